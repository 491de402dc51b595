"""Print diagnostics for people: with the source line, one per line, or counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, Literal, Self, TextIO

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from ordercli.errors import BadInputError
from ordercli.intake.json_text import Excerpt
from ordercli.operations.diagnostics import Diagnostic, Summary
from ordercli.output.console import DataConsole
from ordercli.output.diagnostics.diagnostic_shapes import RuleCount
from ordercli.output.diagnostics.report import (
    EXAMPLES,
    ArrayWriter,
    Groups,
    Report,
    ReportOptions,
    StreamReport,
    rest_of,
    to_json,
)
from ordercli.output.safe_text import visible
from ordercli.rulebook.rule import Severity

_COLOURS: Final = {"error": "bold red", "warning": "bold yellow"}
_FRAME = "blue"
_TAB = " " * 4
_NARROWEST = 20


class TextReport(Report):
    """Print the first examples of every group with their source line, and at the end the number of the others."""

    def __init__(self, console: Console, *, alone: bool = False) -> None:
        self._console = console
        self._alone = alone
        self._groups = Groups()

    @classmethod
    def new(cls, stream: TextIO, options: ReportOptions) -> Self:
        """Return a report that writes to the stream, in colour if that is a terminal."""
        return cls(DataConsole(file=stream, no_color=options.no_color or None), alone=options.alone)

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Print one of the first examples of its group."""
        if self._groups.add(diagnostic) <= EXAMPLES:
            self._print(Text("\n").join(_lines(diagnostic, self._console.width)))

    def unreadable(self, error: BadInputError) -> None:
        """Print why an input cannot be read, unless it is on standard error."""
        if self._alone:
            self._print(Text.assemble(("error", _COLOURS["error"]), f": {visible(error.message)}\n"))

    def end(self, summary: Summary) -> None:  # the caller prints the summary, on standard error
        """Print a line for every group that has more examples than were shown."""
        for group, count in self._groups:
            if count > EXAMPLES:
                header = (f"{group.severity}[{group.code}]", _COLOURS[group.severity])
                self._print(Text.assemble(header, f" {rest_of(group, count)}"))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)


def print_in_full(diagnostics: Iterable[Diagnostic], console: Console) -> None:
    """Print diagnostics with their source lines."""
    for each in diagnostics:
        console.print(Text("\n").join(_lines(each, console.width)), soft_wrap=True, highlight=False)


def _lines(diagnostic: Diagnostic, width: int) -> list[Text]:
    colour = _COLOURS[diagnostic.severity]
    margin = " " * len(str(diagnostic.line))
    header = (f"{diagnostic.severity}[{diagnostic.code}]", colour)
    return [
        Text.assemble(header, f" {diagnostic.name}: {visible(diagnostic.message)}"),
        Text.assemble((f"{margin}--> ", _FRAME), _where(diagnostic)),
        *(_snippet(diagnostic, diagnostic.excerpt, width) if diagnostic.excerpt else ()),
        Text.assemble((f"{margin} = ", _FRAME), f"explain: ordercli explain {diagnostic.code}"),
        Text(),
    ]


def _where(diagnostic: Diagnostic) -> str:
    order = f"record {diagnostic.record}" if diagnostic.external_id is None else f"order {diagnostic.external_id}"
    place = f"{visible(diagnostic.file)}:{diagnostic.line}:{diagnostic.column}"
    return "   ".join(filter(None, (place, visible(diagnostic.pointer), visible(order))))


def _snippet(diagnostic: Diagnostic, excerpt: Excerpt, width: int) -> list[Text]:
    number = str(diagnostic.line)
    margin = " " * len(number)
    room = max(width - len(number) - 3, _NARROWEST)
    source, caret, length = _window(excerpt, room)
    advice = "" if diagnostic.suggestion is None else f"help: did you mean `{visible(diagnostic.suggestion)}`?"
    beside = advice if caret + length + 1 + cell_len(advice) <= room else ""
    carets = (f"{'^' * length} {beside}".rstrip(), _COLOURS[diagnostic.severity])
    return [
        Text(f"{margin} |", _FRAME),
        Text.assemble((f"{number} | ", _FRAME), source),
        Text.assemble((f"{margin} | ", _FRAME), " " * caret, carets),
        *([Text.assemble((f"{margin} = ", _FRAME), advice)] if advice and not beside else []),
    ]


def _window(excerpt: Excerpt, width: int) -> tuple[str, int, int]:
    """Return the part of an excerpt that fits into `width` cells, and the first cell and the length of the caret."""
    before, fault, after = (
        visible(part.replace("\t", _TAB))
        for part in (
            excerpt.text[: excerpt.start],
            excerpt.text[excerpt.start : excerpt.end],
            excerpt.text[excerpt.end :],
        )
    )
    if cell_len(fault) > width * 2 // 3:
        fault, after = _head(fault, width * 2 // 3), ""
    room = width - cell_len(fault)
    before = _tail(before, max(room // 2, room - cell_len(after)))
    after = _head(after, room - cell_len(before))
    return f"{before}{fault}{after}".rstrip(), cell_len(before), max(cell_len(fault), 1)


def _head(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"{set_cell_size(text, width - 1)}…"


def _tail(text: str, width: int) -> str:
    return text if cell_len(text) <= width else f"…{set_cell_size(text[::-1], width - 1)[::-1]}"


class ConciseReport(StreamReport):
    """One line for each diagnostic, and with `alone` for each input that could not be read."""

    def __init__(self, stream: TextIO, *, alone: bool = False) -> None:
        super().__init__(stream)
        self._alone = alone

    @classmethod
    def new(cls, stream: TextIO, options: ReportOptions) -> Self:
        """Return a report that writes to the stream."""
        return cls(stream, alone=options.alone)

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write the line."""
        self._stream.write(f"{concise(diagnostic)}\n")

    def unreadable(self, error: BadInputError) -> None:
        """Write the line, unless it is on standard error."""
        if self._alone:
            self._stream.write(f"error: {visible(error.message)}\n")


def concise(diagnostic: Diagnostic) -> str:
    """Return the diagnostic in one line, without the line feed."""
    place = f"{visible(diagnostic.file)}:{diagnostic.line}:{diagnostic.column}"
    return f"{place}: {diagnostic.code} {visible(diagnostic.message)}"


_Rule = tuple[str, "Severity", str]
_Counts = list[tuple[_Rule, int]]


class CountsReport(StreamReport):
    """Print a line for each rule at the end, the most frequent first; as text or as JSON."""

    def __init__(self, stream: TextIO, name: Literal["text", "json", "ndjson"] = "text") -> None:
        super().__init__(stream)
        self._write = {"text": self._text, "json": self._json, "ndjson": self._ndjson}[name]
        self._counts: Counter[_Rule] = Counter()

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Count it."""
        self._counts[diagnostic.code, diagnostic.severity, diagnostic.name] += 1

    def end(self, summary: Summary) -> None:  # the rules are the point here
        """Write the table."""
        self._write(sorted(self._counts.items(), key=lambda line: (-line[1], line[0])))

    def _text(self, counts: _Counts) -> None:
        width = max((len(f"{count:,}") for _, count in counts), default=0)
        for (code, severity, name), count in counts:
            self._stream.write(f"{count:>{width},}  {code}  {severity:<7}  {name}\n")

    def _json(self, counts: _Counts) -> None:
        array = ArrayWriter(self._stream)
        self._stream.write("[")
        for each in counts:
            array.add(_members(each))
        self._stream.write("\n]\n")

    def _ndjson(self, counts: _Counts) -> None:
        self._stream.writelines(f"{_members(each)}\n" for each in counts)


def _members(counted: tuple[_Rule, int]) -> str:
    (code, severity, name), count = counted
    return to_json(RuleCount(code=code, name=name, severity=severity, count=count).members())
