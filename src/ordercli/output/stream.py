"""Standard output and standard error: formats, readers, text that a terminal never obeys, errors, advised commands."""

from __future__ import annotations

import io
import os
import re
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TextIO

from ordercli.exit_codes import ExitCode, code_of_error

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from _typeshed import ReadableBuffer
    from rich.console import Console

    from ordercli.errors import OrdercliError, OutputFileError
    from ordercli.operations.contexts import Resend
    from ordercli.reference.store import Coverage
    from ordercli.result_types import Error


# Control characters except tabs and line ends, bidirectional marks, line ends of Unicode, byte order marks.
_CONTROL_CHARACTERS = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n)"

# Commands in the log of a CI job. GitHub reads `::error::` at the beginning of a line, Azure Pipelines `##vso[…]`,
# TeamCity `##teamcity[…]` and older runners `##[…]` anywhere. Escaping one character disables them.
_COMMAND = r"(?m:^[^\S\n]*:(?=:))|#(?=#\w*\[)"
_COMMAND_IN_JSON = rb"#(?=#\w*\[)"  # no line of JSON begins with a colon


def visible(text: str, limit: int | None = 1_000) -> str:
    r"""Return the text with every character that is not printable as an escape (`\x1b`, `\n`), cut to `limit`.

    Not printable are control and format characters (bidirectional marks, zero-width ones), lone surrogates,
    unassigned characters, and all spaces but the ordinary one. Commands of CI systems lose a character in the same way.
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}…"
    if not text.isprintable():
        text = "".join(
            character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
            for character in text
        )
    return _without_commands(text)


def inert(text: str) -> str:
    r"""Return the text with characters that control a terminal or a CI log as escapes (`\x1b`); tabs, LF, CRLF stay."""
    if not text.isprintable():
        text = re.sub(_CONTROL_CHARACTERS, lambda found: visible(found[0]), text)
    return _without_commands(text)


def inert_json(document: bytes) -> bytes:
    r"""Return equal JSON with characters that control a terminal or a CI log as JSON escapes (`\u009b`)."""
    if not document.isascii() or b"\x7f" in document:  # what comes before the blank is escaped in any JSON
        document = re.sub(_CONTROL_CHARACTERS, lambda found: f"\\u{ord(found[0]):04x}", document.decode()).encode()
    return re.sub(_COMMAND_IN_JSON, rb"\\u0023", document) if b"##" in document else document


def _without_commands(text: str) -> str:
    if "##" not in text and "::" not in text:
        return text
    return re.sub(_COMMAND, lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}", text)


# Commands that need neither a database nor settings.
_ALONE = {"explain", "rules", "schema"}
_TAKE_REJECTS = {"submit", "patch", "cancel", "fulfil"}
_APART = "send a file of each kind; the error ORD010 of a line names its options, a line without it needs none"
_ADVISED = r"`ordercli ([^`]+)`"
_PASSWORD = "set PGPASSWORD or use ~/.pgpass, for the password is left out"  # noqa: S105 - tells how to give one


class Advice(NamedTuple):
    """The options of the command line that every advised command for the same database must repeat.

    Values from the environment or from settings files apply to the next command anyway.
    """

    database: str | None = None
    config: str | None = None

    def command(self, *words: str) -> str:
        """Return the command `ordercli WORDS…`, quoted for a shell, with the options that it needs."""
        return f"ordercli {' '.join(map(quoted, words))}{self._options_of(words[0])}"

    def line(self, purpose: str, *words: str) -> str:
        """Return `PURPOSE: COMMAND`; the command ends the line, so that it can be copied."""
        missing = f" ({_PASSWORD})" if self._leaves_out_password(words[0]) else ""
        return f"{purpose}{missing}: {self.command(*words)}"

    def completed(self, text: str) -> str:
        """Return a hint, with the options of this run in each command that it names as `` `ordercli …` ``."""
        words = [found[1].split()[0] for found in re.finditer(_ADVISED, text) if not found[1].endswith("--help")]
        missing = f" ({_PASSWORD})" if any(map(self._leaves_out_password, words)) else ""
        return re.sub(_ADVISED, self._completed, text) + missing

    def _completed(self, found: re.Match[str]) -> str:
        command = found[1]
        options = "" if command.endswith("--help") else self._options_of(command.split()[0])
        return f"`ordercli {command}{options}`"

    def _options_of(self, command: str) -> str:
        if command in _ALONE:
            return ""
        shown = self._shown_database()
        given = {"--database": shown, "--config": self.config}
        return "".join(f" {option} {quoted(value)}" for option, value in given.items() if value is not None)

    def _shown_database(self) -> str | None:
        from ordercli.database.address import without_password  # most runs print no command

        return without_password(self.database) if self.database else None

    def _leaves_out_password(self, command: str) -> bool:
        return bool(self._options_of(command) and self.database and self._shown_database() != self.database)


def send_again(advice: Advice, path: str, ways: Iterable[Resend], *own: str) -> Iterator[str]:
    """Yield the commands that send the lines of a rejects file again, each with the options that it needs.

    `own` are the words and options of the command that refused the lines; without `ways`, it accepts all of them.
    """
    options: dict[str, set[tuple[str, ...]]] = {}
    resumed = set()
    for request, needed, batch_id in ways:
        options.setdefault(request, set()).add(needed)
        resumed |= {batch_id} if batch_id else set()
    for batch_id in sorted(resumed):
        yield advice.line("first", "batch", "resume", batch_id)
    for request, needs in sorted((options or {own[0]: {()}}).items()):
        if request not in _TAKE_REJECTS:
            continue
        if len(needs) > 1:
            yield f"the lines of {visible(path)} need different options: {_APART}"
            continue
        (needed,) = needs
        words = own if request == own[0] else (request,)
        file = (path_word(path),) if request in {"submit", "fulfil"} else ("--from", path)
        yield advice.line("to send it here all the same" if needed else "repair and send again", *words, *file, *needed)


def quoted(word: str) -> str:
    """Return a word quoted for a shell; characters that control a terminal or cannot be shown are octal escapes."""
    from shlex import quote  # most runs print no command

    if visible(word, limit=None) == word:
        return quote(word)
    octal = "".join(f"\\{byte:03o}" for byte in os.fsencode(word))
    return f"\"$(printf '{octal}')\""


def path_word(path: str) -> str:
    """Return a path in a form that no command reads as an option."""
    return f"./{path}" if path.startswith("-") else path


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
    """Write to standard error; continue if its reader has ended (`2>&1 | head`), or its disk is full."""
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
        """Return the options for advised commands: `database` and `config` of this run."""
        return Advice(*self._advice)

    def refuse_ids(self) -> None:
        """Refuse `-o id` of a command whose result has no id, before it does anything.

        Raises:
            UsageError: ids are wanted.
        """
        if self.wanted is Format.ID:
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

    def note(self, text: str, prefix: str = "") -> None:
        """Print a note on standard error, after `prefix` if it is text; silent with --quiet."""
        if not self.quiet:
            self._print_message("note", text, prefix)

    def warn(self, text: str) -> None:
        """Print a warning on standard error; silent with --quiet."""
        if not self.quiet:
            self._print_message("warning", text, "warning: ")

    def alarm(self, reasons: Iterable[str]) -> None:
        """Print why the exit code is an error, one line per reason, on standard error, even with --quiet."""
        for reason in reasons:
            self._print_message("error", reason, "error: ")

    def _print_message(self, severity: str, text: str, prefix: str) -> None:
        """Print text for people, or a line of JSON if a program reads the errors."""
        if self.wants_json and not self.stderr_on_terminal:
            write_json_to_stderr({"severity": severity, "message": text.strip()})
        else:
            write_stderr(f"{prefix}{text}\n")


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
