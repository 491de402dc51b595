"""`ordercli batch cancel`."""

from contextlib import closing
from typing import Annotated

import typer

from ordercli.bulk.batch_cancellation import CancellationOptions, CancellationRun
from ordercli.cli.completion import batch_ids
from ordercli.cli.invocation import DryRun, Invocation, seconds
from ordercli.database.opening import open_database, read_database
from ordercli.errors import UsageError
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.output.batches import plan_in_words, print_cancellation, print_withdrawn
from ordercli.run_control import Stop

app = typer.Typer(add_completion=False)

BatchId = Annotated[
    str, typer.Argument(metavar="ID", help="A batch id, as printed by submit.", autocompletion=batch_ids)
]
Reason = Annotated[str, typer.Option(metavar="TEXT", help="Reason, kept with the batch and in the history of orders.")]
IncludeInProgress = Annotated[
    bool, typer.Option("--include-in-progress", help="Also cancel orders on which work has begun, where they allow it.")
]
Wait = Annotated[str, typer.Option(metavar="DURATION", help="Wait at most this long for entries that a worker holds.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; required without a terminal.")]
Actor = Annotated[
    str | None, typer.Option(metavar="NAME", help="Name recorded in the history. [default: the system user]")
]


@app.command("cancel")
def cancel(
    context: typer.Context,
    identifier: BatchId,
    reason: Reason,
    include_in_progress: IncludeInProgress = False,
    wait: Wait = "60s",
    dry_run: DryRun = False,
    yes: Yes = False,
    actor: Actor = None,
) -> None:
    """Cancel a batch as a whole: discard the entries that wait or failed, and cancel the orders that were created.

    Says first what it will do. Orders that are new, acknowledged, on hold or awaiting information are cancelled; others
    stay as they are, unless --include-in-progress is given. A run that still reads the input of the batch stops. The
    external ids become free, so that the corrected file can be submitted. Repeat the command to go on after a crash.

    Examples:
        ordercli batch cancel 019374d2f0a17c3e9d4b5a6f7c8d9e0f --reason "wrong file" --dry-run
        ordercli batch cancel 019374d2f0a17c3e9d4b5a6f7c8d9e0f --reason "wrong file"
        ordercli batch cancel 019374d2f0a17c3e9d4b5a6f7c8d9e0f --reason "wrong file" --include-in-progress --yes -o json
    """
    call = Invocation(context, works=True, actor=actor)
    if not reason.strip():
        raise UsageError("--reason must not be empty")
    options = CancellationOptions(reason, include_in_progress, seconds("--wait", wait) or 0)
    with closing(read_database(call.database)) as looked_at:
        looking = CancellationRun(looked_at, identifier, call.settings, options)
        plan = looking.plan()
        consequence = plan_in_words(identifier, plan)
        if dry_run or yes:
            call.output.note(consequence)
        if dry_run:
            print_cancellation(looking.planned(plan), call.output)
            raise typer.Exit
    call.confirm(plan.changes, consequence, yes=yes)
    with closing(open_database(call.changed_database)) as store:
        run = CancellationRun(store, identifier, call.settings, options)
        stop = Stop().listen()
        with call.output.progress("cancel", bad="left") as display:
            print_withdrawn(run.run(stop, display.show if display else None), call.output)
    code = code_of_stop(stop) if stop.signal else ExitCode.REJECTED if run.counts["conflict"] else ExitCode.OK
    print_cancellation(run.result(plan, code), call.output)
    raise typer.Exit(code)
