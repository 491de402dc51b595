"""`ordercli doctor`."""

import typer

from ordercli.cli.invocation import Invocation, named_database
from ordercli.exit_codes import ExitCode
from ordercli.operations.diagnose import Check, diagnose
from ordercli.output.rows import print_results

app = typer.Typer(add_completion=False)


@app.command("doctor")
def doctor(context: typer.Context) -> None:
    """Check settings, secrets, disk, database, clock, queue and reference data, and say what to do.

    Works without a database, and changes nothing. A failure keeps commands from working: exit code 1.

    Examples:
        ordercli doctor
        ordercli doctor --store production
        ordercli doctor -o json
    """
    call = Invocation(context, works=True)
    found = list(diagnose(call.settings, named_database(call.settings), call.config))
    for each in found:
        each.to_do = each.to_do and call.output.advice.completed(each.to_do)
    print_results(found, Check, call.output)
    raise typer.Exit(ExitCode.REJECTED if any(each.level == "failure" for each in found) else ExitCode.OK)
