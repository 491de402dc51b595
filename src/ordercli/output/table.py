"""Lay out rows of texts for a terminal: as a table, or where words had to be broken for that, a line for each cell.

A table is made of blocks of rows, so that a long list is printed as it is read: Rich takes about 150 microseconds for
each cell of a table, and must have all of it before it prints the first row.
"""

from __future__ import annotations

import re
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING

from rich.cells import cell_len, chop_cells
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import Console

_BLOCK = 1000
_GAP = "  "
_LONGEST_WORD = 11  # the longest word of a state, a date or a number, which is never broken
_LONGEST_WHOLE = 40  # an id of at most this many characters is never broken, however narrow the terminal is
_LONGEST_PART = 20  # a part of a word is broken if it is longer
# The parts of a longer word, at whose ends it may be broken: of a path, a name with dashes, or ProductOrderCreateEvent.
_PARTS = re.compile(r".+?(?:[/\\_.,:;=@&?-]+|(?<=[a-z0-9])(?=[A-Z])|$)")
_INDENT = "  "


def print_table(names: Sequence[str], rows: Iterable[Sequence[str]], console: Console, width: int) -> None:
    """Print a bold line of names and the rows, folded at words to this width.

    If the first rows have words that would have to be broken for that, print each row as lines of name and cell.
    """
    table = _Table(names, console, width)
    remaining = iter(rows)
    for n, block in enumerate(iter(lambda: list(islice(remaining, _BLOCK)), [])):
        table.widen(block)
        if n == 0 and not table.fits:
            _print_rows(names, chain(block, remaining), console, width)
            return
        if n == 0:
            table.print_names()
        console.file.write("".join(f"{line}\n" for line in table.lines_of(block)))
    if not table.has_rows:
        table.print_names()


def _print_rows(names: Sequence[str], rows: Iterable[Sequence[str]], console: Console, width: int) -> None:
    """Print each cell that is not empty behind its name; below it, if it has a word too long to stand beside it."""
    beside = max(map(_width, names)) + len(_GAP)
    heads = [_bold(name, console) for name in names]
    for n, row in enumerate(rows):
        if n:
            console.file.write("\n")
        for name, head, cell in zip(names, heads, row, strict=True):
            longest = _longest(name)
            if not cell:
                continue
            if (least := _least(cell, longest)) > width - beside:
                lines = _folded(cell, max(width - len(_INDENT), least, 1), longest)
                console.file.writelines(f"{line}\n" for line in (head, *(_INDENT + line for line in lines)))
            else:
                first, *lines = _folded(cell, width - beside, longest)
                console.file.write(f"{head}{' ' * (beside - _width(name))}{first}\n")
                console.file.writelines(f"{' ' * beside}{line}\n" for line in lines)


def _bold(text: str, console: Console) -> str:
    with console.capture() as shown:
        console.print(Text(text, style="bold"), soft_wrap=True, end="")
    return shown.get()


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

    @property
    def fits(self) -> bool:
        """Return whether the rows so far fit into the console without a broken word; a single column always does."""
        return len(self._names) == 1 or self._is_natural or sum(self._least) <= self._room

    @property
    def _is_natural(self) -> bool:
        """Return whether every cell so far has room on one line."""
        return sum(self._natural) <= self._room

    def widen(self, rows: list[Sequence[str]]) -> None:
        """Widen the columns for these rows, as far as the console has room."""
        self.has_rows = True
        columns = [*zip(*rows, strict=True)]
        self._natural = [max(*pair) for pair in zip(self._natural, map(_widest, columns), strict=True)]
        if self._is_natural:
            self._widths = self._natural
            return
        for n, (name, cells) in enumerate(zip(self._names, columns, strict=True)):
            words = {_width(word) for cell in set(cells) for word in cell.split(" ")}
            self._words[n] = max(self._words[n], *words)
            self._least[n] = max(self._least[n], *(_least(cell, _longest(name)) for cell in set(cells)))
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

    def lines_of(self, rows: list[Sequence[str]]) -> Iterator[str]:
        """Yield the lines of rows for which the columns were widened."""
        if self._is_natural and all(map(str.isascii, chain.from_iterable(rows))):
            return (_GAP.join(map(str.ljust, row, self._widths)).rstrip(" ") for row in rows)
        return (line for row in rows for line in self.lines(row))

    def lines(self, row: Sequence[str]) -> Iterator[str]:
        """Yield the lines of a row: one, or more if a cell does not fit into its column."""
        widths = self._widths
        if all(_width(cell) <= width for cell, width in zip(row, widths, strict=True)):
            yield _GAP.join(map(_padded, row, widths)).rstrip(" ")
            return
        folded = (
            _folded(cell, width, _longest(name)) for name, cell, width in zip(self._names, row, widths, strict=True)
        )
        for parts in zip_longest(*folded, fillvalue=""):
            yield _GAP.join(map(_padded, parts, widths)).rstrip(" ")


def _longest(name: str) -> int:
    """Return how long a word of the column may be and is never broken."""
    return _LONGEST_WHOLE if name.lower().endswith("id") else _LONGEST_WORD


def _parts(word: str, longest: int) -> list[str]:
    """Return the parts of a word between which it may be broken: one, if it is not too long for that."""
    return [word] if _width(word) <= longest else _PARTS.findall(word)


def _least(cell: str, longest: int) -> int:
    """Return the width that a cell needs so that no part of a word is broken, or only a very long one."""
    widths = (_width(part) for word in cell.split(" ") for part in _parts(word, longest))
    return max((width if width <= longest else min(width, _LONGEST_PART) for width in widths), default=0)


def _folded(cell: str, width: int, longest: int) -> list[str]:
    """Return the lines of a cell, broken between words, else between parts of a word, else anywhere."""
    lines, line = [], ""
    for n, word in enumerate(cell.split(" ")):
        text = f"{line} {word}" if n else word
        if _width(text) <= width:
            line = text
            continue
        if n and line:
            lines.append(line)
        line = ""
        for part in [word] if _width(word) <= width else _parts(word, longest):
            if _width(line + part) <= width:
                line += part
                continue
            if line:
                lines.append(line)
            *whole, line = chop_cells(part, width)
            lines += whole
    return [each.rstrip(" ") for each in (*lines, line)]


def _width(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def _widest(cells: Sequence[str]) -> int:
    return max(map(len if all(map(str.isascii, cells)) else _width, cells))


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
