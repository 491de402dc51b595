"""Options that several commands share, and how their values are read."""

import sys
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from ordercli.errors import UsageError
from ordercli.output.log import LogFormat
from ordercli.settings import DURATION, duration, short

_LARGEST = 2**63 - 1
_MOST_PROCESSES = 256


class InputFormat(StrEnum):
    """The values of `--input-format`."""

    JSON = "json"
    ARRAY = "array"
    NDJSON = "ndjson"
    JSON_SEQ = "json-seq"


Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH...", help="Files, folders, globs, or `-` for standard input.", show_default=False),
]
InputFormatOption = Annotated[
    InputFormat | None,
    typer.Option("--input-format", help="Format of the input; detected by default.", show_default=False),
]
Jobs = Annotated[str, typer.Option(metavar="N|auto", help="Number of worker processes that validate orders.")]
LogFile = Annotated[
    str | None, typer.Option("--log-file", metavar="PATH", help="Append the run's events to this file.")
]
LogForm = Annotated[
    LogFormat | None,
    typer.Option("--log-format", help="Format of the log; without --log-file it goes to stderr.", show_default=False),
]
MetricsFile = Annotated[
    str | None, typer.Option(metavar="PATH", help="Write queue metrics in the Prometheus text format.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
Limit = Annotated[
    int,
    typer.Option("--limit", metavar="N", min=0, max=_LARGEST, help="Maximum number of rows; 0 means no limit."),
]
Offset = Annotated[
    int, typer.Option("--offset", metavar="N", min=0, max=_LARGEST, help="Number of rows to skip first.")
]
MaxRejects = Annotated[
    str | None,
    typer.Option(
        metavar="N|N%",
        help="Stop at N rejected orders (0 counts as 1), or at N% of the orders read. A percentage is checked after"
        " each order from the 100th on, and at the end.",
    ),
]
Rejects = Annotated[
    str | None,
    typer.Option(metavar="PATH|none", help="File for rejected orders. [default: beside the input]", show_default=False),
]
OverrideContext = Annotated[
    bool,
    typer.Option(
        "--override-context", help="Use the options instead of the context recorded in lines of a rejects file."
    ),
]
Source = Annotated[
    str | None,
    typer.Option(help="Source of the order; needed if its external id exists in several sources."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would be done.")]


def inputs(context: typer.Context, paths: Sequence[str] | None) -> list[str]:
    """Return the paths of a command; without any, standard input unless it is a terminal.

    Raises:
        UsageError: There is nothing to read.
    """
    from ordercli.intake.record import STDIN  # noqa: PLC0415 - an idle queue run reads no input

    if paths:
        return list(paths)
    if sys.stdin is not None and not sys.stdin.isatty():
        return [STDIN]
    hint = f"see `{context.command_path} --help`"
    raise UsageError("no input: name a file, or - for standard input", hint=hint)


def process_count(text: str) -> int | None:
    """Return the number of processes, from 1 to 256, or None for `auto`; raise UsageError for anything else."""
    if text == "auto":
        return None
    count = int(text) if text.isdecimal() and len(text) <= len(str(_MOST_PROCESSES)) else 0
    if not 1 <= count <= _MOST_PROCESSES:
        raise UsageError(f"--jobs takes a number from 1 to {_MOST_PROCESSES}, or auto, not {short(text)}")
    return count


def seconds(option: str, text: str | None) -> float | None:
    """Return the seconds of a duration such as `50s` or `15m`; raise UsageError for anything else."""
    try:
        return None if text is None else duration(text)
    except ValueError as error:
        raise UsageError(f"{option} takes {DURATION}, not {short(text)}") from error
