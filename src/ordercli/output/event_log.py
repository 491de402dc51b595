"""Log events: in a file, or on standard error. `Invocation.open_log` opens the log of a run."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ordercli.clock import timestamp
from ordercli.errors import OrdercliError, OutputFileError
from ordercli.exit_codes import code_of_error
from ordercli.intake import json_text
from ordercli.output.safe_text import inert_json
from ordercli.output.stream import Log, LogFormat, write_stderr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ordercli.output.stream import FileFailures
    from ordercli.output_files.output_file import OutputFile


class EventLog(Log):
    """A log of events, each a line for `write`."""

    def __init__(self, write: Callable[[str], None], log_format: LogFormat | None) -> None:
        self._write = write
        self._wanted = log_format

    def event(self, name: str, members: Mapping[str, object], *, failed: bool = False) -> None:
        """Write one line; `members` are JSON values."""
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
    """Open the log: a file (mode 0600, appended to), else standard error.

    An error that ends the run is logged. A file that fails later is reported, and the run continues.

    Raises:
        OutputFileError: the file cannot be opened any more.
    """
    opened = _LogFile(file, failures) if file else None
    log = EventLog(opened.write if opened else write_stderr, log_format)
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
    time, level = timestamp(datetime.now(UTC)), "error" if failed else "info"
    if log_format is LogFormat.JSON:
        line = json_text.encode({"time": time, "level": level, "event": name, **members})
        return inert_json(line).decode() + "\n"
    text = " ".join(f"{each}={inert_json(json_text.encode(value)).decode()}" for each, value in members.items())
    return f"{time} {level} {name} {text}\n"
