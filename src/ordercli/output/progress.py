"""Show the progress of a run on the terminal: a bar, or lines. `Output.progress` chooses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rich.console import Console
    from rich.progress import TaskID

    from ordercli.run_control import Progress


FIRST_AFTER_SECONDS = 0.5
SHORTEST_SECONDS = 0.1
LINE_EVERY_SECONDS = 30.0
_Row = TypeVar("_Row")


class Display(Protocol):
    """A display of the progress."""

    def show(self, progress: Progress) -> None:
        """Show the progress; an `OnProgress` callable."""

    def clear(self) -> None:
        """Clear the display before something is printed; the next progress is shown again."""


def cleared(rows: Iterable[_Row], display: Display | None) -> Iterator[_Row]:
    """Yield the rows, with nothing displayed where they are printed."""
    if display is None:
        yield from rows
        return
    for row in rows:
        display.clear()
        yield row
    display.clear()


class Bar:
    """A Rich bar on standard error; it appears after half a second, and is drawn at most ten times a second."""

    def __init__(self, console: Callable[[], Console], doing: str, bad: str, clock: Callable[[], float]) -> None:
        self._console = console
        self._doing = doing
        self._bad = bad
        self._clock = clock
        self._started = clock()
        self._next = self._started + FIRST_AFTER_SECONDS
        self._drawn: Any = None
        self._task: TaskID | None = None

    def show(self, progress: Progress) -> None:
        """Draw the bar, if it is time to."""
        at = self._clock()
        if at < self._next:
            return
        self._next = at + SHORTEST_SECONDS
        if self._drawn is None:
            self._draw()
        done, counted, refused, total = progress
        through = f"{counted:,} ({counted / (at - self._started):,.0f}/s)"
        bad = f"{refused:,} {self._bad}" if refused else ""
        self._drawn.update(self._task, completed=done, total=total, through=through, bad=bad)
        self._drawn.refresh()

    def clear(self) -> None:
        """Remove the bar."""
        if self._drawn is not None:
            self._drawn.stop()
            self._drawn = None

    def _draw(self) -> None:
        from rich import progress as rich  # slow to import

        console = self._console()
        columns = (
            rich.TextColumn("{task.description}", markup=False),
            rich.BarColumn(bar_width=None),
            rich.TaskProgressColumn(),
            rich.TextColumn("{task.fields[through]}", markup=False),
            rich.TextColumn("{task.fields[bad]}", style="red", markup=False),
            rich.TimeRemainingColumn(compact=True),
        )
        # Without a thread for refreshing: the bar moves when work was committed, and costs nothing in between.
        self._drawn = rich.Progress(*columns, console=console, transient=True, auto_refresh=False, expand=True)
        self._task = self._drawn.add_task(self._doing, total=None, through="", bad="")
        self._drawn.start()
        # Show the cursor, so that a process that is killed does not leave the terminal without it.
        console.show_cursor(True)


class Lines:
    """A line on standard error every 30 s."""

    def __init__(self, note: Callable[[str], None], doing: str, bad: str, clock: Callable[[], float]) -> None:
        self._note = note
        self._doing = doing
        self._bad = bad
        self._clock = clock
        self._started = clock()
        self._next = self._started + LINE_EVERY_SECONDS

    def show(self, progress: Progress) -> None:
        """Write a line, if it is time to."""
        at = self._clock()
        if at < self._next:
            return
        self._next = at + LINE_EVERY_SECONDS
        done, counted, refused, total = progress
        part = f", {done / total:.0%}" if total else ""
        bad = f", {refused} {self._bad}" if refused else ""
        self._note(f"{self._doing}: {counted}{part} ({counted / (at - self._started):.0f}/s){bad}")

    def clear(self) -> None:
        """Do nothing: lines stay."""
