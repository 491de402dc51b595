"""Orders that are taken out of other documents are what the pointer leads to, at their places in the file.

The first byte of the input says which path is followed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fuzz import seeds as known
from ordercli.intake.envelopes import OrderPath, open_envelopes
from ordercli.intake.reader import cut_records
from ordercli.operations.diagnostics import diagnose
from ordercli.operations.validate import validate_record
from ordercli.resources.validator import OrderValidator

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.intake.record import Record

PATHS = tuple(
    OrderPath.parse(text)
    for text in ("/event/productOrder", "/data", "data.0", "item.body.raw", "/a~1b/~0", "/", "data.productOrder")
)
BOOK = OrderValidator(lint=True)
MOST = 20  # orders of one input that are validated
# What is longer is read piece by piece, in chunks of some bytes.
LIMITS = (40, 600)
CHUNK = 7


def seeds() -> Iterator[bytes]:
    """Orders in envelopes of every form."""
    orders = [data for data in known.orders() if data.startswith(b"{")][:12]
    for order in orders:
        text = json.dumps(order.decode(errors="replace")).encode()
        yield b'\x00{"event": {"productOrder": ' + order + b"}}"
        yield b'\x01{"data": [' + order + b', {"productOrder": ' + order + b'}, "", []]}'
        yield b'\x03{"item": [{"body": {"raw": ' + text + b'}}, {"body": 1}, {"item": []}]}'
        yield b'\x06{"data": [{"productOrder": ' + order + b"}]}"
    small = b",".join(b'{"externalId": "%d", "note": []}' % n for n in range(9))
    yield (
        b'\x00{"eventId": "1", "event": {"x": [1, {}], "productOrder": [' + small + b'], "y": "\\u00e4"}} {"event": 1}'
    )
    yield b'\x01[{"data": [' + small + b'], "more": null}, {"data": ' + small.partition(b",{")[0] + b"}]"
    yield b'\x02 {"data" : [ ' + small + b' , "' + b"x" * 60 + b'" ] }\n'
    yield b'\x03{"item": [{"body": {"raw": "[1, {}]"}}, {"body": {"raw": [' + small + b"]}}]}"
    yield b'\x04{"a/b": {"~": {"productOrder": {}}, "~": 1}}'
    yield b'\x05{"": "[{\\"\\u00e4\\\\\\"\\": \\"\\ud83d\\udcf1\\"}, 1, \\"x\\"]"}'


def check(data: bytes) -> None:
    """Open the documents, look the orders up once more, and validate them; then read them piece by piece."""
    path = PATHS[data[0] % len(PATHS) if data else 0]
    content = data[1:]
    for limit in LIMITS:
        _hold_stream(content, path, limit)
    outer = {each.record: each for each in cut_records(iter([content]), "f", input_format="ndjson")}

    records = list(open_envelopes(iter(outer.values()), path))

    assert [each.record for each in records] == list(range(1, len(records) + 1))
    lines = content.decode(errors="replace").split("\n")
    for record in records:
        if record.envelope:
            _hold_place(record, lines, [each for each in outer.values() if each.line == record.line])
    for record in records[:MOST]:
        done = validate_record(record, BOOK)
        for each in diagnose(done.record, done.external_id, done.findings):
            assert (each.line, each.column) <= (each.end_line, each.end_column)
            assert each.pointer.startswith(record.pointer(""))


def _hold_stream(content: bytes, path: OrderPath, limit: int) -> None:
    """What is read piece by piece, up to what is too large, is what is read as a whole."""
    chunks = (content[at : at + CHUNK] for at in range(0, len(content), CHUNK))
    whole = list(open_envelopes(cut_records(iter([content]), "f", input_format="json"), path))
    streamed = list(open_envelopes(cut_records(chunks, "f", input_format="json", max_bytes=limit, at=path), path))
    if any(each.problem or not each.envelope for each in whole):
        return  # what is no JSON is not opened as a whole, but piece by piece up to the fault
    sound = [_seen(each) for each in streamed if each.problem is None]
    if len(sound) == len(streamed):
        assert sound == [_seen(each) for each in whole]
    known = iter(map(_seen, whole))
    assert all(each in known for each in sound), "an order that is not in the document, or not in its order"


def _seen(record: Record) -> tuple[Any, ...]:
    return record.data, record.line, record.column, record.envelope and record.envelope.at


def _hold_place(record: Record, lines: list[str], around: list[Record]) -> None:
    assert record.envelope
    text = lines[record.line - 1][record.column - 1 :]
    escaped = record.envelope.escaped
    assert text.startswith((escaped if escaped is not None else record.data).decode())
    if escaped is not None:
        assert json.loads(f'"{escaped.decode()}"', strict=False).encode("utf-8", "surrogatepass") == record.data
    (document,) = around
    if escaped is None or not record.data.startswith((b"{", b"[")):
        found = _value_at(json.loads(document.data), record.envelope.at)
        assert repr(found) == repr(json.loads(record.data))


def _value_at(value: Any, pointer: str) -> Any:
    for name in pointer.split("/")[1:]:
        if isinstance(value, str):
            value = json.loads(value)
        value = value[int(name)] if isinstance(value, list) else value[name.replace("~1", "/").replace("~0", "~")]
    return value
