"""A record of an input: its exact bytes, their place, and the data of a line of a rejects file."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

_CONTINUATION = bytes(range(0x80, 0xC0))


def advance(line: int, column: int, data: bytes) -> tuple[int, int]:
    """Return line and column of the byte after `data`, whose first byte is at `line` and `column`.

    Continuation bytes of UTF-8 are not counted.
    """
    newlines = data.count(b"\n")
    if newlines:
        data = data[data.rindex(b"\n") + 1 :]
        line, column = line + newlines, 1
    return line, column + (len(data) if data.isascii() else len(data.translate(None, _CONTINUATION)))


STDIN = "-"


class Problem(NamedTuple):
    """Why a document could not be read completely.

    `line` and `column` count from 1 in the file, columns in characters.
    """

    kind: Literal["not-json", "not-utf8", "too-large"]
    reason: str
    line: int
    column: int


class Reject(NamedTuple):
    """The `$reject` data of a line of a rejects file; None for members that are missing or of a wrong type.

    For an order that was refused several times, `first` is the first refusal: batch id, file and record.
    """

    batch_id: str | None = None
    file: str | None = None
    line: int | None = None
    record: int | None = None
    request: str | None = None
    source: str | None = None
    profile: str | None = None
    resource: str | None = None
    mode: str | None = None
    target: str | None = None
    order_id: str | None = None
    first: tuple[str, str, int] | None = None


class Record(NamedTuple):
    """One document of an input, unchanged.

    `data` is the document without line end, separator and byte order mark; of a document that is too large, the first
    1,024 bytes. `file` is the path as given (`-` for standard input). `line` and `column` (from 1, in characters) are
    the place where `data` begins. `record` counts the documents of the file from 1. `reject` is set if the document
    was in a line of a rejects file.
    """

    data: bytes
    file: str
    line: int
    column: int
    record: int
    byte_order_mark: bool = False
    problem: Problem | None = None
    reject: Reject | None = None


_MARK = b'"$reject"'
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


def unwrap(record: Record) -> Record:
    """Return the order inside a line that has `$reject`, with its own place; return any other record unchanged.

    The line has the bytes of the order in `order`, or text that was not JSON in `raw`.
    """
    if record.problem or _MARK not in record.data:
        return record
    try:
        line = _decode(record.data)
        order, raw = bytes(line.order), bytes(line.raw)
        if order:
            return _inside(record, order, order)._replace(reject=_said(line.reject))
        if raw:
            return _inside(record, raw[1:], _decode_text(raw).encode())._replace(reject=_said(line.reject))
    except (msgspec.DecodeError, RecursionError):
        pass
    return record


def _said(raw: msgspec.Raw) -> Reject:
    """Return the `$reject` data of a line; no data if a member has a wrong type."""
    said = _decode_any(raw)
    if not isinstance(said, dict):
        return Reject()
    values = _typed(said, _MEMBERS)
    first = said.get("first")
    if values is None or first is None:
        return Reject(*values) if values else Reject()
    place = _typed(first, (_MEMBERS[0], _MEMBERS[1], _MEMBERS[3])) if isinstance(first, dict) else None
    return Reject(*values)._replace(first=(place[0], place[1], place[2])) if place and None not in place else Reject()


def _typed(said: dict[str, Any], members: tuple[tuple[str, type], ...]) -> list[Any] | None:
    """Return the values of members, each None if it is missing; return None if one has a wrong type."""
    values = [said.get(name) for name, _ in members]
    fit = (value is None or _is_fit(value, kind) for value, (_, kind) in zip(values, members, strict=True))
    return values if all(fit) else None


def _is_fit(value: object, kind: type) -> bool:
    """Return whether the value has the type; for a number, also whether it can be written again."""
    return isinstance(value, kind) and (not isinstance(value, int) or abs(value) <= _GREATEST_NUMBER)


def _inside(record: Record, found: bytes, data: bytes) -> Record:
    """Return the record at the last occurrence of `found` in the line; the order is written last in it."""
    line, column = advance(record.line, record.column, record.data[: record.data.rindex(found)])
    return record._replace(data=data, line=line, column=column)
