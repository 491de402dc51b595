from __future__ import annotations

import json

import pytest

from ordercli.intake.reader import cut_records
from ordercli.intake.record import Problem, Record, Reject

REJECT = b'"$reject": {"batchId": "b", "errors": [{"code": "ORD104", "message": "\xe2\x82\xac"}]}'


def read(data: bytes, max_bytes: int = 10_000) -> list[Record]:
    return list(cut_records(iter([data]), "f", max_bytes=max_bytes))


def test_a_line_with_a_reject_gives_the_bytes_of_its_order_at_their_place() -> None:
    order = b'{"price":  19.90, "name": "\xc3\xa4"}'
    line = b"{" + REJECT + b', "order": ' + order + b"}\n"

    records = read(b'{"id": 1}\n' + line + b'{"id": 3}\n')

    column = len(line.decode()) - len(order.decode()) - 1
    assert records == [
        Record(b'{"id": 1}', "f", 1, 1, 1),
        Record(order, "f", 2, column, 2, reject=Reject(batch_id="b")),
        Record(b'{"id": 3}', "f", 3, 1, 3),
    ]


def test_a_line_with_raw_text_gives_its_bytes() -> None:
    line = b"{" + REJECT + b', "raw": "{\\"name\\": \\u00e4\\n\xc3\xa4"}'

    records = read(line)

    column = line.decode().index(r"{\"name") + 1
    assert records == [Record('{"name": ä\nä'.encode(), "f", 1, column, 1, reject=Reject(batch_id="b"))]


@pytest.mark.parametrize("order", [b"{}", b"[]", b"null", b'""', b"1"])
def test_the_order_is_found_where_it_stands_even_if_its_bytes_occur_before(order: bytes) -> None:
    records = read(b'{"$reject": {"line": 1, "errors": [], "a": null, "b": {}, "c": ""}, "order": ' + order + b"}")

    assert records == [Record(order, "f", 1, 78, 1, reject=Reject(line=1))]


def test_an_order_over_several_lines_keeps_its_line() -> None:
    document = {"order": {"id": 1}, "$reject": {}}

    records = read(json.dumps(document, indent=2).encode())

    assert records == [Record(b'{\n    "id": 1\n  }', "f", 2, 12, 1, reject=Reject())]


def test_a_reject_that_comes_with_a_byte_order_mark_is_opened_too() -> None:
    records = read(b"\xef\xbb\xbf" + b'{"$reject": {}, "order": {"id": 1}}')

    assert records == [Record(b'{"id": 1}', "f", 1, 26, 1, byte_order_mark=True, reject=Reject())]


def test_a_line_says_in_which_context_it_was_refused() -> None:
    reported = {
        "batchId": "b",
        "request": "patch",
        "source": "crm",
        "profile": "tmf622",
        "resource": "productOrder",
        "mode": "async",
        "target": "north",
        "file": "g",
        "line": 3,
        "record": 4,
        "orderId": "o",
        "first": {"batchId": "a", "file": "e", "record": 1},
    }

    (record,) = read(json.dumps({"$reject": reported, "order": 1}).encode())

    assert record.reject == Reject(
        "b", "g", 3, 4, "patch", "crm", "tmf622", "productOrder", "async", "north", "o", ("a", "e", 1)
    )


@pytest.mark.parametrize(
    "reported",
    [1, None, [], {"batchId": 1}, {"batchId": "b", "record": "1"}, {"first": {"batchId": "a"}}],
)
def test_what_is_said_in_other_types_is_not_believed(reported: object) -> None:
    (record,) = read(json.dumps({"$reject": reported, "order": 1}).encode())

    assert record.reject == Reject()


@pytest.mark.parametrize(
    "line",
    [
        b'{"note": "costs 5 $"}',
        b'{"note": {"$reject": {}, "order": {}}}',
        b'{"note": "\\"$reject\\""}',
        b'["$reject"]',
        b'{"$reject": {}}',
        b'{"$reject": {}, "raw": 1}',
        b'{"$reject": {}, "raw": "\\ud800"}',
        b'{"$reject": {}, "order": {}',
        b'{"$reject": {}, "order": {"a": "\xff"}',
        b'{"$reject": {}, "order": ' + b"[" * 500_000 + b"]" * 500_000 + b"}",
    ],
    ids=lambda line: line[:50].decode(errors="replace"),
)
def test_any_other_line_is_a_record_as_it_is(line: bytes) -> None:
    assert list(cut_records(iter([line]), "f", input_format="ndjson")) == [Record(line, "f", 1, 1, 1)]


def test_a_reject_that_is_too_large_is_not_opened() -> None:
    line = b'{"$reject": {}, "order": {"id": 1}}'

    records = read(line, max_bytes=34)

    assert records == [Record(line, "f", 1, 1, 1, problem=Problem("too-large", "longer than 34 bytes", 1, 1))]
