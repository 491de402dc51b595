"""Read an input as JSON values: documents one after the other, or the elements of an array."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal

from ordercli.errors import BadInputError
from ordercli.intake.record import BLANKS, EXCERPT, Problem, Record, advance, missing_document, too_large
from ordercli.intake.texts import end_of_value, may_be_cut_off

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    StreamOrders = Callable[["ValueReader", str], Generator[Record, None, bool]]


def read_documents(
    chunks: Iterator[bytes], file: str, max_bytes: int, stream_orders: StreamOrders | None = None
) -> Iterator[Record]:
    """Yield the documents as records; a document without an end takes the rest of the input.

    Of a document that is too large, `stream_orders` yields the orders in it, and returns whether the input goes on.
    """
    values = ValueReader(chunks, max_bytes)
    number = 0
    while values.next_character():
        number += 1
        place = values.line, values.column
        try:
            data = values.value()
        except BrokenValueError as broken:
            if stream_orders and broken.problem.kind == "too-large":
                if (yield from stream_orders(values, file)):
                    continue
                return
            rest = values.rest()
            if rest is None:
                yield Record(values.excerpt(), file, *place, number, problem=broken.problem)
            else:
                yield Record(rest, file, *place, number)
            return
        yield Record(data, file, *place, number)
    if not number:
        yield missing_document(file)


def read_array(chunks: Iterator[bytes], file: str, max_bytes: int) -> Iterator[Record]:
    """Yield the elements of an array as records; an element without an end is the last one."""
    values = ValueReader(chunks, max_bytes)
    number = 0
    if not values.next_character():
        yield missing_document(file)
        return
    try:
        for line, column, data in _elements(values):
            number += 1
            yield Record(data, file, line, column, number)
    except BrokenValueError as broken:
        problem = broken.problem._replace(reason=f"{broken.problem.reason}; nothing after it was read")
        place = values.line, values.column
        yield Record(values.excerpt(), file, *place, number + 1, problem=problem)


def _elements(values: ValueReader) -> Iterator[tuple[int, int, bytes]]:
    """Yield the elements, each with the line and column of its first byte."""
    for _ in values.inside("["):
        yield values.line, values.column, values.value()
    if values.next_character():
        raise values.broken("Extra data after the array")


_NOT_BLANK = re.compile(r"[^ \t\r\n]")
_NUMBER_CUT_OFF = re.compile(r"[.eE]?[-+]?")


class BrokenValueError(Exception):
    """The end of a value cannot be found."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.reason)
        self.problem = problem


class ValueReader:
    """Take values from a stream of text; only one value and one chunk are held in memory.

    The text is decoded as Latin-1, in which each byte is one character and every byte is valid.
    """

    def __init__(self, chunks: Iterator[bytes], max_bytes: int, line: int = 1, column: int = 1) -> None:
        self._chunks = chunks
        self._max_bytes = max_bytes
        self._damage: BadInputError | None = None
        self._text = ""
        self._at = 0
        self.line = line
        self.column = column

    def next_character(self) -> str:
        """Skip blanks and return the next character without taking it; return "" at the end of the input."""
        while not (found := _NOT_BLANK.search(self._text, self._at)):
            self._take(len(self._text))
            if not self._read_on():
                return ""
        self._take(found.start())
        return found.group()

    def expect(self, *characters: str) -> str:
        """Take the next character.

        Raises:
            BrokenValueError: The next character is none of these.
        """
        found = self.next_character()
        if found not in characters:
            raise self.broken(f"Expecting {' or '.join(map(repr, characters))}")
        self._take(self._at + 1)
        return found

    def value(self) -> bytes:
        """Take the value that begins at the next character.

        Raises:
            BrokenValueError: It is not JSON, or too large; nothing is taken.
        """
        end = self._end_of_value()
        if end - self._at > self._max_bytes:
            raise self._too_large()
        return self._take(end)

    def inside(self, bracket: Literal["[", "{"]) -> Iterator[str | int]:
        """Take an array or an object; at each index or name that is yielded, the caller takes the value.

        Raises:
            BrokenValueError: The next character is not the bracket, or the text is not JSON.
        """
        self.expect(bracket)
        closing = "]" if bracket == "[" else "}"
        n = 0
        if self.next_character() == closing:
            self.expect(closing)
            return
        while n == 0 or self.expect(",", closing) == ",":
            place = self._name() if bracket == "{" else n
            self.next_character()
            yield place
            n += 1

    def _name(self) -> str:
        """Take the name of a member and the colon after it."""
        if self.next_character() != '"':
            raise self.broken("Expecting property name enclosed in double quotes")
        line, column = self.line, self.column
        try:
            name: str = json.loads(self.value())
        except UnicodeDecodeError as error:
            place = advance(line, column, error.object[: error.start])
            raise BrokenValueError(Problem("not-utf8", f"byte 0x{error.object[error.start]:02x}", *place)) from None
        except json.JSONDecodeError as error:  # a control character
            raise BrokenValueError(Problem("not-json", error.msg, line, column + error.pos)) from None
        self.expect(":")
        return name

    def excerpt(self) -> bytes:
        """Return the first bytes of the remaining text without taking them."""
        return self._look_ahead(EXCERPT)[:EXCERPT].rstrip(BLANKS)

    def rest(self) -> bytes | None:
        """Return all remaining text without taking it; None if it is longer than a document may be."""
        rest = self._look_ahead(self._max_bytes + 1)
        return rest.rstrip(BLANKS) if len(rest) <= self._max_bytes else None

    def broken(self, reason: str, at: int | None = None) -> BrokenValueError:
        """Return the error for the current place, or for another index of the text in memory."""
        before = self._text[self._at : at].encode("latin-1") if at else b""
        return BrokenValueError(Problem("not-json", reason, *advance(self.line, self.column, before)))

    def _end_of_value(self) -> int:
        while True:
            try:
                end = end_of_value(self._text, self._at)
            except json.JSONDecodeError as error:
                self._read_on_after(error)
            except RecursionError:
                raise BrokenValueError(Problem("too-large", "nested too deeply", self.line, self.column)) from None
            else:
                may_go_on = self._text[end - 1].isdigit() and _NUMBER_CUT_OFF.fullmatch(self._text, end)
                if not may_go_on or end - self._at > self._max_bytes or not self._read_on():
                    return end

    def _read_on_after(self, error: json.JSONDecodeError) -> None:
        """Read more if the value seems to continue after the text in memory; else raise the error."""
        too_far = self._at + self._max_bytes + 1
        if may_be_cut_off(error, min(too_far, len(self._text))):
            if len(self._text) >= too_far:
                raise self._too_large() from None
            if self._read_on():
                return
        raise self.broken(error.msg.removesuffix(" starting at").rstrip(": "), error.pos) from None

    def _too_large(self) -> BrokenValueError:
        return BrokenValueError(too_large(self._max_bytes, self.line, self.column))

    def _look_ahead(self, size: int) -> bytes:
        while len(self._text) - self._at < size and self._read_on():
            pass
        return self._text[self._at :].encode("latin-1")

    def _take(self, end: int) -> bytes:
        if end == self._at:
            return b""
        taken = self._text[self._at : end].encode("latin-1")
        self.line, self.column = advance(self.line, self.column, taken)
        self._at = end
        return taken

    def _read_on(self) -> bool:
        """Double the text in memory, so that a long value is scanned a few times and not once per chunk."""
        if self._damage:
            raise self._damage
        unread = self._text[self._at :]
        wanted = max(1, min(len(unread), self._max_bytes + 1 - len(unread)))
        more: list[str] = []
        try:
            for chunk in self._chunks:
                more.append(chunk.decode("latin-1"))
                wanted -= len(chunk)
                if wanted <= 0:
                    break
        except BadInputError as error:
            self._damage = error
        if more:
            self._text, self._at = "".join((unread, *more)), 0
        elif self._damage:
            raise self._damage
        return bool(more)
