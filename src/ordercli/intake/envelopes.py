"""Take orders out of what holds them: lines of rejects files, wrappers, envelopes (`--at`), and JSON strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from ordercli.errors import UsageError
from ordercli.intake.json_text import DocumentText, Place
from ordercli.intake.json_values import BrokenValueError, ValueReader
from ordercli.intake.record import BLANKS, Envelope, Problem, Record, Reject, SheetError, advance

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from ordercli.intake.json_text import Excerpt


_HALF = r"\\u[dD][{}][0-9a-fA-F]{{2}}"
# One character of a JSON string, as it is written; a pair of escaped surrogates is one.
_CHARACTER = re.compile(rf"{_HALF.format('89abAB')}{_HALF.format('c-fC-F')}|\\u[0-9a-fA-F]{{4}}|\\.|[^\\]", re.DOTALL)


class EscapedText(DocumentText):
    """The text of a document that is inside a JSON string, whose text begins at `line` and `column` of its file.

    `data` is the document, `escaped` its text as it stands in the file. A JSON string is on one line.
    """

    def __init__(self, data: bytes, line: int, column: int, escaped: bytes) -> None:
        super().__init__(data, line, column)
        self.escaped = escaped.decode("utf-8", errors="replace")
        self._sources: list[int] | None = None
        if "\\" in self.escaped:
            self._sources = [0, *(character.end() for character in _CHARACTER.finditer(self.escaped))]

    def source(self, offset: int) -> int:
        """Return the offset in the escaped text of the character at an offset of the document."""
        return self._sources[offset] if self._sources else offset

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a character, given its line and column (from 1) in the document."""
        return self._starts[line - 1] + column - 1

    def place(self, start: int, end: int) -> Place:
        """Return the place in the file of the characters from offset `start` up to `end`."""
        return Place(self._line, self._column + self.source(start), self._line, self._column + self.source(end))

    def character(self, line: int, column: int) -> Place:
        """Return the place in the file of one character, given its line and column (from 1) in the document."""
        start = min(self.offset(line, column), max(len(self.text) - 1, 0))
        return self.place(start, min(start + 1, len(self.text)))

    def excerpt(self, place: Place) -> Excerpt | None:
        """Return the part of the JSON string around a place; None if the place is on another line."""
        if place.line != self._line:
            return None
        start, end = place.column - self._column, place.end_column - self._column
        return self.cut(self.escaped, 0, start, end, len(self.escaped))


_MARK = b'"$reject"'
CODES_OF_SHEETS = "ORD70"  # what their codes begin with
_GREATEST_NUMBER = 2**63 - 1

_MEMBERS: tuple[tuple[str, type], ...] = (
    ("batchId", str),
    ("file", str),
    ("line", int),
    ("record", int),
    ("request", str),
    ("source", str),
    ("profile", str),
    ("resource", str),
    ("mode", str),
    ("target", str),
    ("orderId", str),
)


class _RejectLine(msgspec.Struct):
    reject: msgspec.Raw = msgspec.field(name="$reject")
    order: msgspec.Raw = msgspec.Raw()
    raw: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(_RejectLine).decode
_decode_any = msgspec.json.decode
_decode_text = msgspec.json.Decoder(str).decode
_check = msgspec.json.Decoder(msgspec.Raw).decode


def open_reject_line(record: Record) -> Record:
    """Return the order inside a line that has `$reject`, with its own place; return any other record unchanged.

    The line has the bytes of the order in `order`, or text that was not JSON in `raw`.
    """
    if record.problem or _MARK not in record.data:
        return record
    try:
        line = _decode(record.data)
        order, raw = bytes(line.order), bytes(line.raw)
        if order:
            return _inside(record, order, order)._replace(reject=_read(line.reject))
        if raw:
            return _inside(record, raw[1:], _decode_text(raw).encode())._replace(reject=_read(line.reject))
    except (msgspec.DecodeError, RecursionError):
        pass
    return record


def _read(raw: msgspec.Raw) -> Reject:
    """Return the `$reject` data of a line; no data if a member has a wrong type."""
    read = _decode_any(raw)
    if not isinstance(read, dict):
        return Reject()
    values = _typed(read, _MEMBERS)
    first = read.get("first")
    of_sheet = _errors_of_sheet(read.get("errors"))
    found = (Reject(*values) if values else Reject())._replace(of_sheet=of_sheet)
    if values is None or first is None:
        return found
    place = _typed(first, (_MEMBERS[0], _MEMBERS[1], _MEMBERS[3])) if isinstance(first, dict) else None
    if place is None or None in place:
        return Reject(of_sheet=of_sheet)
    return found._replace(first=(place[0], place[1], place[2]))


def _errors_of_sheet(errors: Any) -> tuple[SheetError, ...]:
    """Return the errors that only the sheet of an order shows; texts that are missing are empty."""
    found = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    texts = [[str(each.get(name) or "") for name in SheetError._fields] for each in found]
    return tuple(SheetError(*each) for each in texts if each[0].startswith(CODES_OF_SHEETS))


def _typed(read: dict[str, Any], members: tuple[tuple[str, type], ...]) -> list[Any] | None:
    """Return the values of members, each None if it is missing; return None if one has a wrong type."""
    values = [read.get(name) for name, _ in members]
    fit = (value is None or _is_fit(value, kind) for value, (_, kind) in zip(values, members, strict=True))
    return values if all(fit) else None


def _is_fit(value: object, kind: type) -> bool:
    """Return whether the value has the type; for a number, also whether it can be written again."""
    return isinstance(value, kind) and (not isinstance(value, int) or abs(value) <= _GREATEST_NUMBER)


def _inside(record: Record, found: bytes, data: bytes) -> Record:
    """Return the record at the last occurrence of `found` in the line; the order is written last in it."""
    line, column = advance(record.line, record.column, record.data[: record.data.rindex(found)])
    return record._replace(data=data, line=line, column=column)


_BAD_ESCAPE = re.compile("~(?![01])")


class OrderPath(NamedTuple):
    """The path to the orders in each document, from `--at`.

    With `every`, a list in the path that is not followed by an index stands for each of its elements.
    """

    text: str
    segments: tuple[str, ...]
    every: bool

    @classmethod
    def parse(cls, text: str) -> OrderPath:
        """Parse a JSON Pointer (RFC 6901), which begins with `/`, or a dotted path.

        Raises:
            UsageError: The text is empty, a dotted path has an empty name, or `~` begins no escape.
        """
        if text.startswith("/"):
            if _BAD_ESCAPE.search(text):
                raise UsageError(f"--at {text}: in a JSON Pointer, ~ is written ~0 and / in a name is written ~1")
            return cls(text, tuple(part.replace("~1", "/").replace("~0", "~") for part in text.split("/")[1:]), False)
        names = tuple(text.split("."))
        if not all(names):
            raise UsageError(
                f"--at takes a JSON Pointer or a dotted path, not {text!r}",
                hint="such as /event/productOrder or event.productOrder",
            )
        return cls(text, names, True)


class _TwiceError(Exception):
    """An object has a member of the path more than once."""


class _Found(NamedTuple):
    """A value at the path, with its place and the JSON Pointer to it."""

    line: int
    column: int
    data: bytes
    at: str


def open_envelopes(records: Iterator[Record], path: OrderPath) -> Iterator[Record]:
    """Yield the orders at the path in each document; the elements of a list are orders of their own.

    A JSON string at the path is read as the text of an order, or of a list of orders. Lines of rejects files and
    documents that cannot be read are yielded unchanged. A document without the path becomes a record with a problem.
    """
    number = 0
    for record in records:
        if record.problem or record.reject or record.envelope or not _is_json(record.data):
            opened = iter((record,))
        else:
            opened = _orders_in(record, path)
        for order in opened:
            number += 1
            yield order._replace(record=number)


def stream_orders(values: ValueReader, file: str, path: OrderPath) -> Generator[Record, None, bool]:
    """Yield the orders of a document that is too large to be held whole; return whether more documents may follow."""
    document = Record(b"", file, values.line, values.column, 1)
    descent = _Descent(values, path)
    try:
        for each in descent.values_at(0, ""):
            yield from _records_of(document, each)
    except _TwiceError as error:
        yield _refused(document, _twice(error, path))
        return False
    except BrokenValueError as broken:
        problem = broken.problem._replace(reason=f"{broken.problem.reason}; nothing after it was read")
        yield Record(values.excerpt(), file, values.line, values.column, 1, problem=problem)
        return False
    if not descent.reached:
        yield _refused(document, _nothing(path))
    return True


def open_wrapper(record: Record, member: str) -> Record:
    """Return the order in the member of a document; a record with a problem if it has that member more than once."""
    return next(_orders_in(record, OrderPath(member, (member,), every=False)))


def _orders_in(record: Record, path: OrderPath) -> Iterator[Record]:
    is_text = record.envelope is not None and record.envelope.escaped is not None
    start = (1, 1) if is_text else (record.line, record.column)
    descent = _Descent(ValueReader(iter([record.data]), len(record.data), *start), path)
    try:
        found = list(descent.values_at(0, ""))
    except _TwiceError as error:
        yield _refused(record, _twice(error, path))
        return
    if not descent.reached:
        yield _refused(record, _nothing(path))
    for each in found:
        yield from _records_of(record, each)


def _twice(error: _TwiceError, path: OrderPath) -> str:
    return f"{error} stands more than once in an object of the path {path.text}"


def _nothing(path: OrderPath) -> str:
    return f"Nothing stands at {path.text} in this document"


class _Descent:
    """One pass over a document that takes the values at a path and skips the others."""

    def __init__(self, values: ValueReader, path: OrderPath) -> None:
        self.reached = False
        self._values = values
        self._path = path

    def values_at(self, depth: int, at: str) -> Iterator[_Found]:
        """Take the next value, and yield what it has at the path from the segment `depth` on."""
        values = self._values
        character = values.next_character()
        if depth == len(self._path.segments):
            self.reached = True
            if character == "[":
                for n in values.inside("["):
                    yield _Found(values.line, values.column, values.value(), f"{at}/{n}")
            else:
                yield _Found(values.line, values.column, values.value(), at)
        elif character == "{":
            yield from self._in_object(depth, at)
        elif character == "[":
            yield from self._in_list(depth, at)
        else:
            values.value()

    def _in_object(self, depth: int, at: str) -> Iterator[_Found]:
        wanted, is_seen = self._path.segments[depth], False
        for name in self._values.inside("{"):
            if name != wanted:
                self._values.value()
            elif is_seen:
                raise _TwiceError(wanted)
            else:
                is_seen = True
                yield from self.values_at(depth + 1, f"{at}/{_as_segment(wanted)}")

    def _in_list(self, depth: int, at: str) -> Iterator[_Found]:
        wanted = self._path.segments[depth]
        every = self._path.every and not wanted.isdecimal()
        for n in self._values.inside("["):
            if every:
                yield from self.values_at(depth, f"{at}/{n}")
            elif str(n) == wanted:
                yield from self.values_at(depth + 1, f"{at}/{n}")
            else:
                self._values.value()


def _as_segment(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _refused(record: Record, reason: str) -> Record:
    return record._replace(problem=Problem("no-order", reason, record.line, record.column))


def _records_of(record: Record, found: _Found) -> Iterator[Record]:
    """Yield the record of a value, with the pointer to it from the outermost document; open a text that holds JSON."""
    outer = record.envelope or Envelope("")
    at = outer.at + found.at
    if outer.escaped is not None:
        text = EscapedText(record.data, record.line, record.column, outer.escaped)
        yield _in_text(record, text, found._replace(at=at))
    elif found.data.startswith(b'"') and _is_json(found.data) and _begins_json(_decode_text(found.data)):
        yield from _of_text(record, found._replace(at=at))
    else:
        yield record._replace(data=found.data, line=found.line, column=found.column, envelope=Envelope(at))


def _begins_json(text: str) -> bool:
    return text.lstrip(BLANKS.decode()).startswith(("{", "["))


def _of_text(record: Record, found: _Found) -> Iterator[Record]:
    """Yield the order in a JSON string, or the orders of the list in it."""
    escaped, data = found.data[1:-1], _decode_text(found.data).encode()
    whole = record._replace(data=data, line=found.line, column=found.column + 1, envelope=Envelope(found.at, escaped))
    if not _is_json(data):
        yield whole
        return
    text = EscapedText(data, whole.line, whole.column, escaped)
    values = ValueReader(iter([data]), len(data))
    if values.next_character() == "[":
        for n in values.inside("["):
            part = _Found(values.line, values.column, values.value(), f"{found.at}/{n}")
            yield _in_text(whole, text, part)
    else:
        yield _in_text(whole, text, _Found(values.line, values.column, values.value(), found.at))


def _in_text(record: Record, text: EscapedText, found: _Found) -> Record:
    """Return the record of a part of a JSON string, which has its line and column in the unescaped text."""
    start = text.offset(found.line, found.column)
    first, end = text.source(start), text.source(start + len(found.data.decode()))
    envelope = Envelope(found.at, text.escaped[first:end].encode())
    return record._replace(data=found.data, column=record.column + first, envelope=envelope)


def _is_json(data: bytes) -> bool:
    try:
        data.decode()
        _check(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
