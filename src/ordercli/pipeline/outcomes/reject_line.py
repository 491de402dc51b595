"""The line of a rejects file: who refused what and why, and the order as it came."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import orjson

from ordercli.pipeline.outcomes.outcome import errors

if TYPE_CHECKING:
    from ordercli.intake.record import Record
    from ordercli.validation.finding import Finding

_is_json = msgspec.json.Decoder(msgspec.Raw).decode


def reject_line(batch_id: str, source: str, record: Record, findings: list[Finding]) -> bytes:
    """One line of a rejects file: who refused what and why, and the order as it came."""
    reject = {
        "batchId": batch_id,
        "source": source,
        "file": record.file,
        "line": record.line,
        "record": record.record,
        "errors": errors(record, findings),
    }
    return b'{"$reject":' + orjson.dumps(reject) + b"," + _body(record.data) + b"}\n"


def _body(data: bytes) -> bytes:
    """The order as it came, on one line; as text where it is no JSON."""
    try:
        data.decode()
        _is_json(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return b'"raw":' + orjson.dumps(data.decode(errors="replace"))
    # Outside of strings a line end is white space, and inside it would not be JSON.
    return b'"order":' + data.replace(b"\r", b" ").replace(b"\n", b" ")
