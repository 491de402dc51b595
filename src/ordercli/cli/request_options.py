"""The options that `patch` and `cancel` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.bulk.rejects_file import Wanted, wanted_rejects
from ordercli.intake.inputs import readable

if TYPE_CHECKING:
    from ordercli.cli.invocation import Invocation


def repeated(command: str, actor: str | None) -> list[str]:
    """Return a command with the options that a run over its rejects file needs again; its lines tell their source."""
    return [command] if actor is None else [command, "--actor", actor]


def rejects_file(call: Invocation, read: str, path: str | None, *, force: bool) -> Wanted:
    """Return what `--rejects` asks for, for a run that reads requests from a file.

    Raises:
        BadInputError, UsageError: the path cannot be written, or must not be.
    """
    if path is None:
        return None
    call.output_files.reads(readable([read]))
    return wanted_rejects(call.output_files, path, force=force)


Source = Annotated[
    str | None, typer.Option(help="Where the orders came from, if an external id stands in several sources.")
]
Actor = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who is named in the history. [default: the user of the system]")
]
OverrideContext = Annotated[
    bool,
    typer.Option(
        "--override-context", help="For lines of a rejects file too the options count, not what the lines say."
    ),
]
RejectsFile = Annotated[
    str | None,
    typer.Option(
        "--rejects",
        metavar="PATH|none",
        help="Where refused requests go, with --from. [default: beside the input]",
        show_default=False,
    ),
]
