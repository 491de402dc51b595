"""The lazy command tree: a command's module is imported when the command is called."""

import sys
from typing import Annotated

import typer

from ordercli.commands.tree import Root
from ordercli.version import __version__

app = typer.Typer(
    name="ordercli",
    cls=Root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the value of an option
    if wanted:
        sys.stdout.write(f"ordercli {__version__}\n")
        raise typer.Exit


@app.callback()
def ordercli(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version, and end.")
    ] = False,
) -> None:
    """Validate, queue and create TM Forum TMF622 product orders in bulk.

    Examples:
        ordercli submit orders.ndjson              create customer orders at once
        ordercli submit orders.ndjson --async      put them in the inbound queue
        ordercli queue run                         create what is queued
        ordercli list --state new                  which orders there are
        ordercli show CRM-1007                     one order, by its id or external id
    """
