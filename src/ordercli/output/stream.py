"""Standard output and standard error: formats, readers that go away, errors."""

from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager, suppress
from enum import StrEnum
from time import monotonic
from typing import TYPE_CHECKING, BinaryIO, TextIO

from ordercli.exit_codes import ExitCode, code_of_error
from ordercli.output.safe_text import inert_json, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from _typeshed import ReadableBuffer
    from rich.console import Console

    from ordercli.errors import OrdercliError, OutputFileError
    from ordercli.output.advice import Advice
    from ordercli.output.progress import Display
    from ordercli.reference.store import Coverage
    from ordercli.result_types import Error


class Format(StrEnum):
    """The formats of results; `auto` is a table on a terminal, else NDJSON (JSON for a single object).

    CSV has values as they are; in `csv-safe` those that a spreadsheet would compute begin with an apostrophe.
    """

    AUTO = "auto"
    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"
    CSV_SAFE = "csv-safe"
    ID = "id"


class LogFormat(StrEnum):
    """What `--log-format` takes."""

    TEXT = "text"
    JSON = "json"


def send_nowhere(stream: TextIO | None = None) -> None:
    """Redirect a stream (standard output) to /dev/null, so that closing it does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, (stream or sys.stdout).fileno())
    os.close(nowhere)


def write_stderr(text: str) -> None:
    """Write to standard error; continue if its reader has ended (`2>&1 | head`), or its disk is full.

    On a terminal it stands below what was printed before.
    """
    if sys.stdout.isatty():
        with suppress(OSError):  # the next write to standard output reports it
            sys.stdout.flush()
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        send_nowhere(sys.stderr)


def write_json_to_stderr(members: Mapping[str, object]) -> None:
    """Write a line of JSON to standard error."""
    import orjson  # most runs say nothing there

    write_stderr(inert_json(orjson.dumps(members)).decode() + "\n")


class _Result(io.FileIO):
    """Standard output, whose reader may end at any time (`| head`)."""

    ends_with_reader = False

    def write(self, data: ReadableBuffer, /) -> int | None:  # type: ignore[override] # None where it would block
        try:
            return super().write(data)
        except BrokenPipeError:
            if self.ends_with_reader:
                raise
            send_nowhere()
            return len(memoryview(data).cast("B"))


def survive_closed_pipe() -> None:
    """Let the process continue when the reader of its result has ended; further output is dropped."""
    stream = sys.stdout
    try:
        number = stream.fileno()
    except OSError:  # standard output is in memory, in a test
        return
    stream.flush()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Result(number, "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=getattr(stream, "line_buffering", False),
    )


def end_with_reader() -> None:
    """Let writing to standard output raise BrokenPipeError again: a command that only prints ends with its reader."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, _Result):
        raw.ends_with_reader = True


class Output:
    """Standard output for the result, standard error for everything else."""

    def __init__(
        self,
        result_format: Format = Format.AUTO,
        *,
        quiet: bool = False,
        verbose: int = 0,
        color: bool = True,
        database: str | None = None,
        config: str | None = None,
        store: str | None = None,
    ) -> None:
        self.for_spreadsheet = result_format is Format.CSV_SAFE
        self.format = Format.CSV if self.for_spreadsheet else result_format
        self.quiet = quiet
        self.verbose = verbose
        self.color = color and "NO_COLOR" not in os.environ
        self._advice = database, config, store
        # The name of the store that the command uses, for its summary; set when the command opens it.
        self.shown_store: str | None = None

    @property
    def advice(self) -> Advice:
        """Return the options for advised commands: `database`, `config` and `store` of this run."""
        from ordercli.output.advice import Advice  # most runs print no command

        return Advice(*self._advice)

    def refuse_ids(self) -> None:
        """Refuse `-o id` of a command whose result has no id, before it does anything.

        Raises:
            UsageError: ids are wanted.
        """
        if self.format is Format.ID:
            from ordercli.errors import UsageError  # a mistake

            raise UsageError("the result of this command has no id", hint="choose another format with -o")

    @property
    def on_terminal(self) -> bool:
        """Return whether a person reads the result."""
        return sys.stdout.isatty()

    @property
    def stderr_on_terminal(self) -> bool:
        """Return whether a person sees progress and summaries."""
        return sys.stderr.isatty()

    @property
    def wants_json(self) -> bool:
        """Return whether errors too are read by a program."""
        return self.format in {Format.JSON, Format.NDJSON}

    def format_of_many(self) -> Format:
        """Return the format of a list."""
        if self.format is Format.AUTO:
            return Format.TABLE if self.on_terminal else Format.NDJSON
        return self.format

    def format_of_one(self) -> Format:
        """Return the format of a single object."""
        if self.format is Format.AUTO:
            return Format.TABLE if self.on_terminal else Format.JSON
        return self.format

    @property
    def stdout(self) -> BinaryIO:
        """Return standard output as a stream of bytes."""
        return sys.stdout.buffer

    def print_lines(self, lines: Iterable[bytes]) -> None:
        """Print lines, and flush them, as a reader may be waiting."""
        self.stdout.writelines(lines)
        self.stdout.flush()

    def console(self, *, stderr: bool = False) -> Console:
        """Return a Rich console that prints data as it is: no markup, no emoji, no highlighting."""
        from ordercli.output.console import DataConsole  # Rich takes long to load

        return DataConsole(stderr=stderr, no_color=not self.color or None)

    @contextmanager
    def progress(
        self, doing: str, bad: str = "rejected", clock: Callable[[], float] = monotonic
    ) -> Iterator[Display | None]:
        """Yield the display of the progress; None, without any cost, if no person reads it.

        `bad` is the word for orders that were refused or failed. There is no bar on a terminal on which results are
        printed at the same time, nor on one that cannot move its cursor.
        """
        printing = self.on_terminal and self.format in {Format.NDJSON, Format.ID}
        has_bar = self.stderr_on_terminal and not printing and os.environ.get("TERM") != "dumb"
        if self.quiet or not (has_bar or self.verbose):
            yield None
            return
        from ordercli.output.progress import Bar, Lines  # programs and cron see none

        if not has_bar:
            yield Lines(self.note, doing, bad, clock)
            return
        bar = Bar(lambda: self.console(stderr=True), doing, bad, clock)
        try:
            yield bar
        finally:
            bar.clear()

    def note(self, text: str, prefix: str = "") -> None:
        """Print a note on standard error, after `prefix` if it is text; silent with --quiet."""
        if not self.quiet:
            self._print_message("note", text, prefix)

    def summarize(self, text: str) -> None:
        """Print the first line of a summary on standard error, with the name of the store; silent with --quiet."""
        self.note(f"{text}, store {visible(self.shown_store)}" if self.shown_store else text)

    def warn(self, text: str) -> None:
        """Print a warning on standard error; silent with --quiet."""
        if not self.quiet:
            self._print_message("warning", text, "warning: ")

    def alarm(self, reasons: Iterable[str]) -> None:
        """Print why the exit code is an error, one line per reason, on standard error, even with --quiet."""
        for reason in reasons:
            self._print_message("error", reason, "error: ")

    def _print_message(self, severity: str, text: str, prefix: str) -> None:
        """Print text for people, or a line of JSON if a program reads the errors; complete advised commands."""
        text = self.advice.completed(text)
        if self.wants_json and not self.stderr_on_terminal:
            write_json_to_stderr({"severity": severity, "message": text.strip()})
        else:
            write_stderr(f"{prefix}{text}\n")


class Log:
    """A log of events that is written nowhere; see event_log.py for those that are."""

    # If the log is a file, this opens it again, by its name, before the next line.
    reopen: Callable[[], None] | None = None

    def event(self, name: str, members: Mapping[str, object], *, failed: bool = False) -> None:
        """Log an event; `members` are JSON values."""


class FileFailures:
    """The files that failed in one run, and their effect on its exit code."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._reported: set[str] = set()

    def report(self, error: OutputFileError) -> None:
        """Print the error, unless it was printed before."""
        if error.message not in self._reported:
            self._reported.add(error.message)

            print_problem(error, self._output.advice, as_json=self._output.wants_json)

    def worst(self, exit_status: int) -> ExitCode:
        """Return the exit code of a run: 75 if a file failed, unless a signal or a bug ended the run."""
        code = ExitCode(exit_status)
        is_worse = code >= ExitCode.TRY_AGAIN or code == ExitCode.INTERNAL
        return code if is_worse or not self._reported else ExitCode.TRY_AGAIN


def print_problem(error: OrdercliError, advice: Advice, *, as_json: bool) -> None:
    """Print an error on standard error: what is wrong, and what to do next."""
    hint = error.hint and advice.completed(error.hint)
    if as_json:
        write_json_to_stderr(problem_body(error, hint))
        return
    write_stderr(f"error: {visible(error.message)}\n")
    if hint:
        write_stderr(f"  hint: {visible(hint)}\n")


def problem_body(error: OrdercliError, hint: str | None) -> Error:
    """Return the error body with `exitCode` and `hint`; without rule and place if no rule was broken."""
    from ordercli.intake.inputs import printable
    from ordercli.resources.all_rules import error_body
    from ordercli.rulebook.rule import Finding

    message = printable(error.message)
    body = error_body([Finding(error.rule or "", "error", "", message)])
    if error.rule is None:
        body["details"] = [{"message": message}]
    return {**body, "exitCode": int(code_of_error(error)), "hint": hint and printable(hint)}


def print_coverage(coverage: Coverage, output: Output) -> None:
    """Print a line on standard error, unless all of the rules that ask reference data are on."""
    if coverage.switched_off:
        output.note("reference rules are off: the setting validation.reference is off")
    elif coverage.state == "off":
        load = "`ordercli reference import --help` tells how to load it"
        output.note(f"reference rules are off: no reference data is loaded; {load}")
    elif coverage.state == "partial":
        output.note(f"reference rules are partly off: no records are loaded of {', '.join(coverage.missing)}")
