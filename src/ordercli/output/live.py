"""Show how something changes: a table that is drawn again on a terminal, a line of JSON for each change in a pipe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import sleep
from typing import TYPE_CHECKING, Any, TypeVar

from ordercli.errors import UsageError
from ordercli.output.rows import json_line, member_table
from ordercli.output.stream import Format
from ordercli.run_control import Interrupted

if TYPE_CHECKING:
    from ordercli.output.stream import Output
    from ordercli.run_control import Stop

Members = dict[str, Any]
_R = TypeVar("_R")
EVERY_SECONDS = 1.0


def refuse_unless_live(output: Output) -> None:
    """Refuse a format that cannot be continued, before anything is read.

    Raises:
        UsageError: the format is none of a table, JSON lines, and the default.
    """
    if output.format not in {Format.AUTO, Format.TABLE, Format.NDJSON}:
        raise UsageError("a view that goes on has the formats table and ndjson", hint="leave -o out, or give -o ndjson")


def watch(
    read: Callable[[], _R],
    members: Callable[[_R], Members],
    is_over: Callable[[_R], bool],
    output: Output,
    stop: Stop,
    *,
    moving: frozenset[str] = frozenset(),
) -> _R:
    """Read something once a second and show it, until it is over or a signal comes; return what was read last.

    In a pipe, nothing is printed as long as only `moving` members change.
    """
    with _shown(output) as show:
        last: Members | None = None
        while True:
            found = read()
            shown = members(found)
            still = {name: member for name, member in shown.items() if name not in moving}
            show(shown, is_new=still != last)
            last = still
            if is_over(found) or not pause(stop):
                return found


def pause(stop: Stop, seconds: float = EVERY_SECONDS) -> bool:
    """Wait; return False, at once, if a signal has asked to stop."""
    try:
        with stop.waiting():
            sleep(seconds)
    except Interrupted:
        return False
    return True


@contextmanager
def _shown(output: Output) -> Iterator[Callable[..., None]]:
    """Yield the function that shows a state; on a terminal, the last state stays there."""
    if output.format_of_one() is not Format.TABLE:

        def print_line(shown: Members, *, is_new: bool) -> None:
            if is_new:
                output.print_lines([json_line(shown)])

        yield print_line
        return
    from rich.live import Live  # slow to import

    with Live(console=output.console(), auto_refresh=False) as live:

        def draw(shown: Members, *, is_new: bool) -> None:  # noqa: ARG001 - a moving member is drawn, too
            live.update(member_table(shown), refresh=True)

        yield draw
