"""Standard output and standard error: their formats and their readers."""

from __future__ import annotations

import io
import os
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from _typeshed import ReadableBuffer
    from rich.console import Console

    from ordercli.output.advice import Advice


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


def send_nowhere(stream: TextIO | None = None) -> None:
    """Let what is still written to a stream (standard output) vanish, so that closing it does not fail again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, (stream or sys.stdout).fileno())
    os.close(nowhere)


def tell(text: str) -> None:
    """Write to standard error; where its reader has gone (`2>&1 | head`), or it is full, the work goes on."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        send_nowhere(sys.stderr)


def tell_json(members: Mapping[str, object]) -> None:
    """Write a line of JSON to standard error."""
    import orjson  # noqa: PLC0415 - most runs say nothing there

    from ordercli.output.visible import inert_json  # noqa: PLC0415

    tell(inert_json(orjson.dumps(members)).decode() + "\n")


class _Result(io.FileIO):
    """Standard output, whose reader may go at any time (`| head`)."""

    ends_with_reader = False

    def write(self, data: ReadableBuffer, /) -> int | None:  # type: ignore[override] # None where it would block
        try:
            return super().write(data)
        except BrokenPipeError:
            if self.ends_with_reader:
                raise
            send_nowhere()
            return len(memoryview(data).cast("B"))


def outlive_reader() -> None:
    """Let the process go on when the reader of its result has gone: what is still written then vanishes."""
    stream = sys.stdout
    try:
        number = stream.fileno()
    except OSError:  # a test reads along in memory
        return
    stream.flush()
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(_Result(number, "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=getattr(stream, "line_buffering", False),
    )


def end_with_reader() -> None:
    """Let writing to standard output raise BrokenPipeError again: a command that only shows ends with its reader."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    if isinstance(raw, _Result):
        raw.ends_with_reader = True


class Output:
    """Standard output for the result, standard error for everything else."""

    def __init__(
        self,
        wanted: Format = Format.AUTO,
        *,
        quiet: bool = False,
        verbose: int = 0,
        color: bool = True,
        database: str | None = None,
        config: str | None = None,
    ) -> None:
        self.for_spreadsheet = wanted is Format.CSV_SAFE
        self.wanted = Format.CSV if self.for_spreadsheet else wanted
        self.quiet = quiet
        self.verbose = verbose
        self.color = color and "NO_COLOR" not in os.environ
        self._advice = database, config

    @property
    def advice(self) -> Advice:
        """What a next command of this run is made with; `database` and `config` are its options."""
        from ordercli.output.advice import Advice  # noqa: PLC0415 - most runs print no command

        return Advice(*self._advice)

    def refuse_ids(self) -> None:
        """Refuse `-o id` of a command whose result has no id, before it does anything.

        Raises:
            UsageError: ids are wanted.
        """
        if self.wanted is Format.ID:
            from ordercli.errors import UsageError  # noqa: PLC0415 - a mistake

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
        return self.wanted in {Format.JSON, Format.NDJSON}

    def format_of_many(self) -> Format:
        """Return the format of a list."""
        if self.wanted is Format.AUTO:
            return Format.TABLE if self.on_terminal else Format.NDJSON
        return self.wanted

    def format_of_one(self) -> Format:
        """Return the format of a single object."""
        if self.wanted is Format.AUTO:
            return Format.TABLE if self.on_terminal else Format.JSON
        return self.wanted

    @property
    def stdout(self) -> BinaryIO:
        """Standard output, as bytes."""
        return sys.stdout.buffer

    def print_lines(self, lines: Iterable[bytes]) -> None:
        """Print lines that somebody may be waiting for."""
        self.stdout.writelines(lines)
        self.stdout.flush()

    def console(self, *, stderr: bool = False) -> Console:
        """Return a Rich console that prints data as it is: no markup, no emoji, no highlighting."""
        from ordercli.output.console import DataConsole  # noqa: PLC0415 - Rich takes long to load

        return DataConsole(stderr=stderr, no_color=not self.color or None)

    def note(self, text: str, prefix: str = "") -> None:
        """Print a note on standard error, in words after `prefix`; silent with --quiet."""
        if not self.quiet:
            self._say("note", text, prefix)

    def warn(self, text: str) -> None:
        """Print a warning on standard error; silent with --quiet."""
        if not self.quiet:
            self._say("warning", text, "warning: ")

    def alarm(self, reasons: Iterable[str]) -> None:
        """Print why the exit code is bad, a line a reason, on standard error even with --quiet."""
        for reason in reasons:
            self._say("error", reason, "error: ")

    def _say(self, severity: str, text: str, prefix: str) -> None:
        """Print words for people; a line of JSON where a program reads the errors, which are such lines too."""
        if self.wants_json and not self.stderr_on_terminal:
            tell_json({"severity": severity, "message": text.strip()})
        else:
            tell(f"{prefix}{text}\n")
