"""A backup that was made, or was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.render.output import Format
from ordercli.render.rows import print_object
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.pipeline.housekeeping.backing_up import Backup
    from ordercli.render.output import Output
    from ordercli.render.progress import Display

_MEBIBYTE = 2**20


def print_backup(made: Backup | None, output: Output) -> None:
    """Nothing on stdout unless asked for; in words on stderr where a person looks, or a signal came first."""
    if made is None:
        output.note("stopped; no backup was written")
    elif output.wanted is not Format.AUTO:
        print_object(made.as_json(), output)
    elif output.stderr_on_terminal or output.verbose:
        size = f"{made.size / _MEBIBYTE:,.1f} MiB in {made.elapsed_seconds:.1f} s"
        output.note(f"{visible(made.path)}: {size}, found whole\n  sha256 {made.sha256}")


def follower(display: Display | None) -> Callable[[int, int], None]:
    """What shows a backup as it grows, in MiB."""
    if display is None:
        return lambda _done, _total: None
    return lambda done, total: display.show(done, done // _MEBIBYTE, 0, total)
