"""A store that was copied to another place, and how far a copy is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.output import Format
from ordercli.render.rows import print_object, print_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.pipeline.housekeeping.moving import Moved
    from ordercli.render.output import Output
    from ordercli.render.progress import Display

COLUMNS = ("table", "rows", "copied", "sha256")


def print_moved(result: Moved, output: Output) -> None:
    """A table of tables for people, one object for programs; what is missing after a signal in words on stderr."""
    if output.format_of_one() is Format.TABLE:
        print_rows((each._asdict() for each in result.tables), COLUMNS, output)
    else:
        print_object(result.as_json(), output)
    if result.exit_code:
        output.note(f"{result.missing} rows are missing; give the same command again")
    elif output.stderr_on_terminal or output.verbose:
        output.note(
            f"{result.total} rows are the same in both, {result.copied} copied in {result.elapsed_seconds:.1f} s"
        )


def follower(display: Display | None) -> Callable[[Moved], None] | None:
    """What shows a copy as it goes, in rows; None where nobody looks."""
    if display is None:
        return None
    return lambda result: display.show(result.total - result.missing, result.copied, 0, result.total)
