"""Turn command line words into values, and ask before final work."""

from __future__ import annotations

import re
import sys
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from ordercli.errors import ExitCode, UsageError
from ordercli.intake.record import STDIN
from ordercli.output.stream import tell
from ordercli.settings import DURATION, duration, short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.bulk.submission import RejectLimit, Run


class InputFormat(StrEnum):
    """What `--input-format` takes."""

    JSON = "json"
    ARRAY = "array"
    NDJSON = "ndjson"
    JSON_SEQ = "json-seq"


MOST_PERCENT = 100
MAX_REJECTS_HELP = (
    "Stop at so many refused orders (0 as 1), or at N% of those read: asked after each order from the 100th on,"
    " and at the end."
)

Jobs = Annotated[str, typer.Option(metavar="N|auto", help="How many processes judge orders.")]


def inputs(context: typer.Context, paths: Sequence[str] | None) -> list[str]:
    """Give the paths of a command; without any, standard input where that is no terminal.

    Raises:
        UsageError: there is nothing to read.
    """
    if paths:
        return list(paths)
    if sys.stdin is not None and not sys.stdin.isatty():
        return [STDIN]
    hint = f"see `{context.command_path} --help`"
    raise UsageError("no input: name a file, or - for standard input", hint=hint)


def reject_limit(text: str | None) -> RejectLimit:
    """Read `10` or `5%`; both `0` and `0%` are the limit of a single refused order.

    Raises:
        UsageError: it is anything else.
    """
    from ordercli.bulk.submission import RejectLimit  # noqa: PLC0415 - other commands need none of it

    if text is None:
        return RejectLimit()
    if re.fullmatch(r"[0-9]{1,18}", text):
        return RejectLimit(count=max(int(text), 1))
    if re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,9})?%", text) and (percent := Decimal(text[:-1])) <= MOST_PERCENT:
        return RejectLimit(percent=percent) if percent else RejectLimit(count=1)
    raise UsageError(f"--max-rejects takes a number, or a percentage up to 100%, not {text!r}")


def seconds(option: str, text: str | None) -> float | None:
    """`50s`, `15m`, `10d` or a number of seconds; UsageError for anything else."""
    try:
        return None if text is None else duration(text)
    except ValueError as error:
        raise UsageError(f"{option} takes {DURATION}, not {short(text)}") from error


def wait_for(run: Run, text: str | None) -> float | None:
    """The seconds of `--wait`, which needs a queue to wait for: UsageError without --async, or with --dry-run."""
    if text is not None and (run.mode != "async" or run.dry_run):
        raise UsageError("--wait goes with --async, and not with --dry-run")
    return seconds("--wait", text)


MANY = 100


def is_asked(*, yes: bool) -> bool:
    """Whether there is somebody at a terminal to ask, who did not say --yes."""
    return not yes and sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def confirm(count: int, consequence: str, *, yes: bool) -> None:
    """Ask before something final is done to what filters chose, if anything; a script has to say --yes in any case.

    Raises:
        UsageError: there is nobody to ask, and --yes was not given.
        typer.Exit: the answer was no; nothing was done.
        typer.Abort: the question was interrupted.
    """
    if is_asked(yes=yes):
        if count:
            _ask(consequence)
    elif not yes:
        raise UsageError(
            f"{consequence}: this needs --yes where no terminal asks", hint="nothing was done; add --yes to go on"
        )


def confirm_many(count: int, consequence: str, *, yes: bool) -> None:
    """Ask at a terminal before more than 100 are concerned that were named, or are due by the settings.

    Raises:
        typer.Exit: the answer was no; nothing was done.
        typer.Abort: the question was interrupted.
    """
    if count > MANY and is_asked(yes=yes):
        _ask(consequence)


def _ask(consequence: str) -> None:
    try:
        agreed = typer.confirm(f"{consequence}. Go on?", err=True)
    except typer.Abort as stopped:
        if not isinstance(stopped.__context__, EOFError):  # Ctrl-C is an interrupt, Ctrl-D an answer
            raise
        agreed = False
        tell("\n")
    if not agreed:
        tell("nothing was done\n")
        raise typer.Exit(ExitCode.REJECTED)
