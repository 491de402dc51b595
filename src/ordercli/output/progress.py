"""Show the progress of a run: a bar or lines on the terminal, and events in a log."""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from ordercli.clock import timestamp
from ordercli.errors import OrdercliError, OutputFileError
from ordercli.exit_codes import code_of_error
from ordercli.output.safe_text import inert_json
from ordercli.output.stream import Format, LogFormat, write_stderr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from rich.progress import TaskID

    from ordercli.output.stream import FileFailures, Output
    from ordercli.output_files.output_file import OutputFile
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


@contextmanager
def progress(
    output: Output, doing: str, bad: str = "rejected", clock: Callable[[], float] = monotonic
) -> Iterator[Display | None]:
    """Yield the display of the progress; None, without any cost, if no person reads it.

    `bad` is the word for orders that were refused or failed. There is no bar on a terminal on which results are printed
    at the same time, nor on one that cannot move its cursor.
    """
    printing = output.on_terminal and output.format in {Format.NDJSON, Format.ID}
    if output.quiet:
        yield None
    elif output.stderr_on_terminal and not printing and os.environ.get("TERM") != "dumb":
        bar = Bar(output, doing, bad, clock)
        try:
            yield bar
        finally:
            bar.clear()
    else:
        yield Lines(output, doing, bad, clock) if output.verbose else None


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

    def __init__(self, output: Output, doing: str, bad: str, clock: Callable[[], float]) -> None:
        self._output = output
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

        console = self._output.console(stderr=True)
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

    def __init__(self, output: Output, doing: str, bad: str, clock: Callable[[], float]) -> None:
        self._output = output
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
        self._output.note(f"{self._doing}: {counted}{part} ({counted / (at - self._started):.0f}/s){bad}")

    def clear(self) -> None:
        """Do nothing: lines stay."""


class Log:
    """A log of events: each is a line for `write`; without it, nothing is written."""

    def __init__(self, write: Callable[[str], None] | None = None, log_format: LogFormat | None = None) -> None:
        self._write = write
        self._wanted = log_format
        # If the log is a file, this opens it again, by its name, before the next line.
        self.reopen: Callable[[], None] | None = None

    def event(self, name: str, members: Mapping[str, object], *, failed: bool = False) -> None:
        """Write one line; `members` are JSON values."""
        if self._write:
            self._write(_line(self._wanted, name, members, failed=failed))


class _LogFile:
    """A log in a file, which is kept open."""

    def __init__(self, file: OutputFile, failures: FileFailures) -> None:
        self._file = file
        self._failures = failures
        self._stream = file.appended(failures.report)
        self._reopens = False

    def reopen(self) -> None:
        """Open the file again before the next line, not at once: a signal may come while a line is written."""
        self._reopens = True

    def write(self, text: str) -> None:
        """Append the text, and hand it to the system."""
        if self._reopens:
            self._open_again()
        self._stream.write(text.encode())
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        self._stream.close()

    def _open_again(self) -> None:
        """Continue in the file that has the name now; in the old one if it cannot be opened."""
        self._reopens = False
        try:
            stream = self._file.appended(self._failures.report)
        except OutputFileError as error:
            self._failures.report(error)
            return
        self._stream.close()
        self._stream = stream


@contextmanager
def open_log(file: OutputFile | None, log_format: LogFormat | None, failures: FileFailures) -> Iterator[Log]:
    """Open the log: a file (mode 0600, appended to), else standard error; write nothing without a file and a format.

    An error that ends the run is logged. A file that fails later is reported, and the run continues.

    Raises:
        OutputFileError: the file cannot be opened any more.
    """
    opened = _LogFile(file, failures) if file else None
    log = Log(opened.write if opened else write_stderr if log_format else None, log_format)
    log.reopen = opened.reopen if opened else None
    try:
        yield log
    except OrdercliError as error:
        log.event("stopped", {"message": error.message, "exitCode": int(code_of_error(error))}, failed=True)
        raise
    finally:
        if opened:
            opened.close()


def _line(log_format: LogFormat | None, name: str, members: Mapping[str, object], *, failed: bool) -> str:
    import orjson  # where nothing is logged, nothing need be written

    time, level = timestamp(datetime.now(UTC)), "error" if failed else "info"
    if log_format is LogFormat.JSON:
        line = orjson.dumps({"time": time, "level": level, "event": name, **members})
        return inert_json(line).decode() + "\n"
    text = " ".join(f"{each}={inert_json(orjson.dumps(value)).decode()}" for each, value in members.items())
    return f"{time} {level} {name} {text}\n"
