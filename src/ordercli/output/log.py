"""What a run did goes into a log: a line an event, as JSON or as text."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from ordercli.clock import timestamp
from ordercli.errors import OrdercliError, OutputFileError
from ordercli.output.stream import tell
from ordercli.output.visible import inert_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ordercli.output.problems import FileFailures
    from ordercli.output_files.output_file import OutputFile


class LogFormat(StrEnum):
    """What `--log-format` takes."""

    TEXT = "text"
    JSON = "json"


class Log:
    """Where events are written: a line at a time to `write`, or nowhere."""

    def __init__(self, write: Callable[[str], None] | None = None, wanted: LogFormat | None = None) -> None:
        self._write = write
        self._wanted = wanted
        # Where the log is a file: open it again, by its name, before the next line.
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
        self._stream = file.appended(failures.tell)
        self._reopens = False

    def reopen(self) -> None:
        """Open the file anew before the next line: a signal may come while one is being written."""
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
        """Go on in the file that has the name now; where it cannot be opened, in the old one."""
        self._reopens = False
        try:
            stream = self._file.appended(self._failures.tell)
        except OutputFileError as error:
            self._failures.tell(error)
            return
        self._stream.close()
        self._stream = stream


@contextmanager
def open_log(file: OutputFile | None, wanted: LogFormat | None, failures: FileFailures) -> Iterator[Log]:
    """Open the log: a file (mode 0600, appended to), else standard error; write nothing without a file and a format.

    An error that ends the work is logged on its way out. A file that fails later is told of, and the work goes on.

    Raises:
        OutputFileError: the file cannot be opened any more.
    """
    opened = _LogFile(file, failures) if file else None
    log = Log(opened.write if opened else tell if wanted else None, wanted)
    log.reopen = opened.reopen if opened else None
    try:
        yield log
    except OrdercliError as error:
        log.event("stopped", {"message": error.message, "exitCode": int(error.exit_code)}, failed=True)
        raise
    finally:
        if opened:
            opened.close()


def _line(wanted: LogFormat | None, name: str, members: Mapping[str, object], *, failed: bool) -> str:
    import orjson  # noqa: PLC0415 - where nothing is logged, nothing need be written

    time, level = timestamp(datetime.now(UTC)), "error" if failed else "info"
    if wanted is LogFormat.JSON:
        line = orjson.dumps({"time": time, "level": level, "event": name, **members})
        return inert_json(line).decode() + "\n"
    said = " ".join(f"{each}={inert_json(orjson.dumps(value)).decode()}" for each, value in members.items())
    return f"{time} {level} {name} {said}\n"
