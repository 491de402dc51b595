"""Lay out rows of texts as a table for a terminal, in blocks, so that a long list is printed as it is read.

Rich takes about 150 microseconds for each cell of a table, and must have all of it before it prints the first row.
"""

from __future__ import annotations

from itertools import islice, zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

_BLOCK = 1000
_GAP = "  "
_LONGEST_WORD = 11  # the longest word of a state, a date or a number, which is never broken
_LONGEST_WHOLE = 40  # an id of at most this many characters is never broken, however narrow the terminal is


def print_table(names: Sequence[str], rows: Iterable[Sequence[str]], console: Console, width: int) -> None:
    """Print a bold line of names and the rows, folded at words to this width, as far as possible."""
    table = _Table(names, console, width)
    remaining = iter(rows)
    for n, block in enumerate(iter(lambda: list(islice(remaining, _BLOCK)), [])):
        table.widen(block)
        if n == 0:
            table.print_names()
        console.file.writelines(f"{line}\n" for row in block for line in table.lines(row))
    if not table.has_rows:
        table.print_names()


class _Table:
    """The widths of the columns; they grow with the blocks of rows, and never shrink.

    `_words` are the widths of the longest words, `_least` those of the words that are never broken.
    """

    def __init__(self, names: Sequence[str], console: Console, width: int) -> None:
        self.has_rows = False
        self._room = width - len(_GAP) * (len(names) - 1)
        self._names = names
        self._console = console
        self._natural = [_width(name) for name in names]
        self._words = list(self._natural)
        self._least = list(self._natural)
        self._widths = list(self._natural)

    def widen(self, rows: list[Sequence[str]]) -> None:
        """Widen the columns for these rows, as far as the console has room."""
        self.has_rows = True
        for n, (name, cells) in enumerate(zip(self._names, zip(*rows, strict=True), strict=True)):
            longest = _LONGEST_WHOLE if name.lower().endswith("id") else _LONGEST_WORD
            words = {_width(word) for cell in set(cells) for word in cell.split(" ")}
            self._natural[n] = max(self._natural[n], *map(_width, cells))
            self._words[n] = max(self._words[n], *words)
            self._least[n] = max(self._least[n], *(word for word in words if word <= longest), 1)
        self._widths = self._narrowed(self._narrowed(self._natural, self._words), self._least)

    def _narrowed(self, widths: list[int], least: list[int]) -> list[int]:
        """Return widths that fit into the room; the widest column gives way first, none below its least."""
        narrowed = [max(each, min(width, self._room)) for each, width in zip(least, widths, strict=True)]
        while sum(narrowed) > self._room and (wider := [n for n, each in enumerate(least) if narrowed[n] > each]):
            narrowed[max(wider, key=narrowed.__getitem__)] -= 1
        return narrowed

    def print_names(self) -> None:
        """Print the names of the columns."""
        for line in self.lines(self._names):
            self._console.print(Text(line, style="bold"), soft_wrap=True)

    def lines(self, row: Sequence[str]) -> Iterator[str]:
        """Yield the lines of a row: one, or more if a cell does not fit into its column."""
        widths = self._widths
        if all(_width(cell) <= width for cell, width in zip(row, widths, strict=True)):
            yield _GAP.join(map(_padded, row, widths)).rstrip(" ")
            return
        folded = (self._folded(cell, width) for cell, width in zip(row, widths, strict=True))
        for parts in zip_longest(*folded, fillvalue=""):
            yield _GAP.join(map(_padded, parts, widths)).rstrip(" ")

    def _folded(self, cell: str, width: int) -> list[str]:
        return [line.plain.rstrip(" ") for line in Text(cell).wrap(self._console, width, overflow="fold")]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
