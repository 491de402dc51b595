"""Diagnostics become text for people: the place, the source line, a caret under the fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from ordercli.render.diagnostics.groups import EXAMPLES, Groups, rest_of
from ordercli.render.diagnostics.report import Report
from ordercli.render.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

    from ordercli.errors import BadInputError
    from ordercli.intake.document_text import Excerpt
    from ordercli.pipeline.outcomes.diagnostic import Diagnostic, Summary

_COLOURS: Final = {"error": "bold red", "warning": "bold yellow"}
_FRAME = "blue"
_TAB = " " * 4
_NARROWEST = 20


class TextReport(Report):
    """The first examples of every group in full as they come, and at the end how many more there were."""

    def __init__(self, console: Console, *, alone: bool = False) -> None:
        self._console = console
        self._alone = alone
        self._groups = Groups()

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Print one of the first examples of its group."""
        if self._groups.add(diagnostic) <= EXAMPLES:
            self._print(Text("\n").join(_lines(diagnostic, self._console.width)))

    def unreadable(self, error: BadInputError) -> None:
        """Print what is wrong with an input, where standard error does not have it."""
        if self._alone:
            self._print(Text.assemble(("error", _COLOURS["error"]), f": {visible(error.message)}\n"))

    def end(self, summary: Summary) -> None:  # noqa: ARG002 - the caller prints the summary, on standard error
        """Print a line for every group that has more examples than were shown."""
        for group, count in self._groups:
            if count > EXAMPLES:
                header = (f"{group.severity}[{group.code}]", _COLOURS[group.severity])
                self._print(Text.assemble(header, f" {rest_of(group, count)}"))

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True, highlight=False)


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
    """As much of an excerpt as fits into `width` cells, and the cells of the caret: its first and their number."""
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
