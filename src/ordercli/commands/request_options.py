"""The options that `patch` and `cancel` share."""

from __future__ import annotations

from typing import Annotated

import typer


def repeated(command: str, source: str | None, actor: str | None) -> list[str]:
    """Return a command with the options that a run over its rejects file needs again."""
    given = {"--source": source, "--actor": actor}
    return [command, *(word for option, value in given.items() if value is not None for word in (option, value))]


Source = Annotated[
    str | None, typer.Option(help="Where the orders came from, if an external id stands in several sources.")
]
Actor = Annotated[
    str | None, typer.Option(metavar="NAME", help="Who is named in the history. [default: the user of the system]")
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
