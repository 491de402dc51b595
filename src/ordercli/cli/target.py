"""`ordercli target …`."""

from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.cli.completion import target_names
from ordercli.cli.invocation import Invocation
from ordercli.errors import UsageError
from ordercli.exit_codes import BY_KIND, ExitCode
from ordercli.operations.forward_entries import lift_refusal
from ordercli.operations.targets import TargetLine, check_target, target_lines
from ordercli.output.rows import print_result, print_results
from ordercli.targets import target as target_of

if TYPE_CHECKING:
    from ordercli.operations.remote import Remote
    from ordercli.targets import Target

app = typer.Typer(add_completion=False, no_args_is_help=True)

TargetName = Annotated[
    str, typer.Argument(metavar="NAME", help="A target, as `target list` prints it.", autocompletion=target_names)
]


@app.callback()
def target() -> None:
    """List and check the systems that orders are forwarded to: [targets.NAME] in your settings file.

    Examples:
        ordercli target list
        ordercli target check crm
    """


@app.command("list")
def list_targets(context: typer.Context) -> None:
    """List the targets, without secrets.

    Examples:
        ordercli target list
        ordercli target list -o ndjson
    """
    call = Invocation(context)
    print_results(target_lines(call.settings), TargetLine, call.output)


@app.command("check")
def check(context: typer.Context, name: TargetName) -> None:
    """Connect to a target, authenticate and read; nothing is posted.

    A target with a look-up is asked for an order that cannot be there, so a look-up that finds any order is noticed.
    Then it is asked for its orders, which only the right address has. If all is well, and the target is paused because
    it had refused us, the pause ends.
    Exit 75 if it cannot be reached, 2 if it refuses the credentials or something in the settings is wrong.

    Examples:
        ordercli target check crm
    """
    call = Invocation(context, works=True)
    found = target_of(call.settings, name)
    result = check_target(remote_of(found), name, found)
    print_result(result, call.output)
    if not result.error and (database := call.database_to_consult) and lift_refusal(database, name):
        call.output.note(f"target {name} goes on; it was paused")
    raise typer.Exit(BY_KIND[result.error] if result.error else ExitCode.OK)


def remote_of(found: "Target") -> "Remote":
    """Return the client of a target; raise UsageError without the package that it needs."""
    try:
        from ordercli.remote.client import Client  # only what is forwarded needs urllib3
    except ModuleNotFoundError as error:
        if error.name != "urllib3":
            raise
        raise UsageError(
            "forwarding needs a package that is not installed (urllib3)",
            hint="install it into the environment of ordercli: pip install urllib3",
        ) from None
    return Client(found)
