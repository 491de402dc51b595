"""A line of a rejects file goes in, the order that was refused comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ordercli.intake.place import advance
from ordercli.intake.record import Reject

if TYPE_CHECKING:
    from ordercli.intake.record import Record

_MARK = b'"$reject"'


class _First(msgspec.Struct, rename="camel"):
    batch_id: str
    file: str
    record: int


class _Reject(msgspec.Struct, rename="camel"):
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
    first: _First | None = None


class _RejectLine(msgspec.Struct):
    reject: msgspec.Raw = msgspec.field(name="$reject")
    order: msgspec.Raw = msgspec.Raw()
    raw: msgspec.Raw = msgspec.Raw()


_decode = msgspec.json.Decoder(_RejectLine).decode
_decode_reject = msgspec.json.Decoder(_Reject).decode
_decode_text = msgspec.json.Decoder(str).decode


def unwrap(record: Record) -> Record:
    """Return the order inside a line that has `$reject`, at its own place; any other record as it is.

    `order` gives the order's bytes as they stand, `raw` the text of what was no JSON.
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
    """Return what the line says of itself; nothing where a member has another type than it is written with."""
    try:
        *said, first = msgspec.structs.astuple(_decode_reject(raw))
    except msgspec.DecodeError:
        return Reject()
    return Reject(*said, (first.batch_id, first.file, first.record) if first else None)  # type: ignore[call-arg]


def _inside(record: Record, found: bytes, data: bytes) -> Record:
    """`found` as it stands in the line; its last occurrence, as what was refused is written last."""
    line, column = advance(record.line, record.column, record.data[: record.data.rindex(found)])
    return record._replace(data=data, line=line, column=column)
