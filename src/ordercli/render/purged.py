"""What a purge of the queue deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.output import Format
from ordercli.render.rows import print_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.pipeline.housekeeping.purging import Purged
    from ordercli.render.output import Output
    from ordercli.render.progress import Display


def print_purged(result: Purged, output: Output, *, dry_run: bool) -> None:
    """Nothing on stdout unless asked for, or nothing was done; in words on stderr on a terminal."""
    if output.wanted is not Format.AUTO or dry_run:
        print_object(result.as_json(), output)
    elif output.stderr_on_terminal or output.verbose:
        counts = ", ".join(f"{count} {state}" for state, count in result.counts.items())
        output.note(f"{result.total} entries deleted in {result.elapsed_seconds:.1f} s ({counts or 'nothing was due'})")


def follower(display: Display | None, total: int) -> Callable[[Purged], None] | None:
    """What shows a purge of so many entries as it goes; None where nobody looks."""
    if display is None:
        return None
    return lambda result: display.show(result.total, result.total, 0, total)
