"""Orders are taken out of the documents that hold them: their bytes, places and pointers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordercli.errors import UsageError
from ordercli.intake.envelopes import OrderPath, open_envelopes
from ordercli.intake.reader import cut_records
from ordercli.intake.record import Envelope, Problem, Record, Reject
from ordercli.operations.diagnostics import diagnose
from ordercli.operations.results import document_text
from ordercli.operations.validate import validate_record
from ordercli.resources.validator import OrderValidator
from support.builders import encoded, line, product_order

if TYPE_CHECKING:
    from ordercli.operations.validate import ValidatedOrder


def opened(data: bytes, at: str) -> list[Record]:
    return list(open_envelopes(cut_records(iter([data]), "f"), OrderPath.parse(at)))


def test_the_order_at_a_pointer_keeps_its_bytes_and_its_place() -> None:
    data = b'{"id": 7,\n  "event": {"a/b": [0, {"~": {"n":  1.0}}]}}\n{"event": {"a/b": [[], {"~": 2}]}}'

    assert opened(data, "/event/a~1b/1/~0") == [
        Record(b'{"n":  1.0}', "f", 2, 30, 1, envelope=Envelope("/event/a~1b/1/~0")),
        Record(b"2", "f", 3, 30, 2, envelope=Envelope("/event/a~1b/1/~0")),
    ]


def test_the_elements_of_a_list_are_orders_and_are_counted_through_the_file() -> None:
    data = b'{"data": [{"a": 1}, {"a": "\xc3\xa4"}, 3]}\n{"data": []}\n{"data": [{}]}\n'

    assert opened(data, "data") == [
        Record(b'{"a": 1}', "f", 1, 11, 1, envelope=Envelope("/data/0")),
        Record(b'{"a": "\xc3\xa4"}', "f", 1, 21, 2, envelope=Envelope("/data/1")),
        Record(b"3", "f", 1, 33, 3, envelope=Envelope("/data/2")),
        Record(b"{}", "f", 3, 11, 4, envelope=Envelope("/data/0")),
    ]


def test_a_dotted_path_goes_through_every_element_of_a_list_without_an_index() -> None:
    data = encoded({"item": [{"body": {"a": 1}}, {"other": 0}, {"body": [2, 3]}, 4]})

    every, one = opened(data, "item.body"), opened(data, "item.2.body")

    assert [(each.data, each.envelope) for each in every] == [
        (b'{"a":1}', Envelope("/item/0/body")),
        (b"2", Envelope("/item/2/body/0")),
        (b"3", Envelope("/item/2/body/1")),
    ]
    assert [each.data for each in one] == [b"2", b"3"]


def test_a_pointer_takes_one_element_of_a_list_alone() -> None:
    assert opened(b'{"item": [{"body": {}}]}', "/item/body") == [
        Record(
            b'{"item": [{"body": {}}]}',
            "f",
            1,
            1,
            1,
            problem=Problem("no-order", "Nothing stands at /item/body in this document", 1, 1),
        )
    ]


def test_a_text_that_holds_json_is_opened_at_its_place_in_the_string() -> None:
    order = ' {"n": "\u00e4\\u0041",\n"m": [1]} '
    data = json.dumps({"raw": order, "rest": 1}).encode()

    (record,) = opened(data, "/raw")

    # In the file the string is: " {\"n\": \"\u00e4\\u0041\",\n\"m\": [1]} "
    escaped = rb"{\"n\": \"\u00e4\\u0041\",\n\"m\": [1]}"
    assert record == Record(order.strip().encode(), "f", 1, 11, 1, envelope=Envelope("/raw", escaped))
    text = document_text(record)
    assert text.place(1, 4) == (1, 12, 1, 17)
    assert text.character(2, 2) == (1, 11 + escaped.index(b"m"), 1, 12 + escaped.index(b"m"))
    shown = text.excerpt(text.place(1, 4))
    assert shown
    assert (shown.text[shown.start : shown.end], shown.text) == (r"\"n\"", escaped.decode())


def test_a_text_that_holds_a_list_holds_many_orders() -> None:
    data = json.dumps({"raw": '[{"a": "\U0001f4f1"},\n {"productOrder": 2}]'}).encode()

    first, second = opened(data, "/raw")

    assert (first.data, first.column) == ('{"a": "\U0001f4f1"}'.encode(), 11)
    assert first.envelope == Envelope("/raw/0", rb"{\"a\": \"\ud83d\udcf1\"}")
    assert (second.data, second.column) == (b'{"productOrder": 2}', 40)
    assert second.envelope == Envelope("/raw/1", rb"{\"productOrder\": 2}")


def test_a_text_that_is_broken_json_is_reported_at_its_place() -> None:
    (record,) = opened(json.dumps({"raw": '{"id": {{id}}}'}).encode(), "/raw")

    assert found_in(record) == [("ORD001", "/raw", 1, 20)]


@pytest.mark.parametrize("text", ["", "no order", "1"])
def test_another_text_is_no_order(text: str) -> None:
    (record,) = opened(json.dumps({"raw": text}).encode(), "/raw")

    assert record == Record(json.dumps(text).encode(), "f", 1, 9, 1, envelope=Envelope("/raw"))


def test_a_name_that_stands_twice_is_refused() -> None:
    (record,) = opened(b'{"a": {"b": 1, "b": 2}}', "/a/b")

    assert record.problem == Problem("no-order", "b stands more than once in an object of the path /a/b", 1, 1)


def test_what_cannot_be_read_and_lines_of_rejects_files_stay_as_they_are() -> None:
    lines = [b'{"a": ', b"", b'{"$reject": {}, "order": {"a": 1}}', b'{"a": {}}']

    broken, reject, order = opened(b"\n".join(lines), "/a")

    assert broken == Record(b'{"a":', "f", 1, 1, 1)
    assert reject == Record(b'{"a": 1}', "f", 3, 26, 2, reject=Reject())
    assert order == Record(b"{}", "f", 4, 7, 3, envelope=Envelope("/a"))


def read(data: bytes, at: str, max_bytes: int, size: int = 64) -> list[Record]:
    """Read the orders of an input that comes in pieces."""
    path = OrderPath.parse(at)
    pieces = (data[start : start + size] for start in range(0, len(data), size))
    return list(open_envelopes(cut_records(pieces, "f", max_bytes=max_bytes, at=path), path))


@pytest.mark.parametrize("indent", [None, 1])
def test_the_orders_of_a_document_that_is_too_large_are_read_one_by_one(indent: int | None) -> None:
    orders = [{"n": n, "note": "x" * 400} for n in range(1_000)]
    document = {"meta": {"data": [1]}, "data": orders, "end": 2}
    data = json.dumps(document, indent=indent).encode() + b'\n{"data": [{}]}\n'

    large, whole = read(data, "/data", 10_000), read(data, "/data", 1_000_000)

    assert large == whole
    assert [json.loads(each.data) for each in large] == [*orders, {}]
    assert [each.record for each in large] == list(range(1, 1_002))


MEMBERS = b"".join(b'"m%d": "%s", ' % (n, b"x" * 500) for n in range(1_000))


@pytest.mark.parametrize(
    ("data", "orders", "problem"),
    [
        (b"{" + MEMBERS + b'"data": []}', 0, None),
        (b"{" + MEMBERS + b'"n": 1}', 0, ("no-order", "Nothing stands at /data in this document", 1)),
        (b"{" + MEMBERS + b'"data": [1, 2, ?', 2, ("not-json", "Expecting value; nothing after it was read", 511_907)),
        (
            b'{"data": [1], ' + MEMBERS + b'"data": [2]}',
            1,
            ("no-order", "data stands more than once in an object of the path /data", 1),
        ),
        (
            b'{"data": [1], "n": "' + b"x" * 20_000 + b'", "m": 1}',
            1,
            ("too-large", "longer than 10000 bytes; nothing after it was read", 20),
        ),
    ],
)
def test_a_fault_in_a_document_that_is_too_large_is_the_last_record(
    data: bytes, orders: int, problem: tuple[str, str, int] | None
) -> None:
    records = read(data, "/data", 10_000, size=1_000)

    faults = [each.problem for each in records if each.problem]
    assert len(records) == orders + len(faults)
    assert [(each.kind, each.reason, each.column) for each in faults] == ([problem] if problem else [])
    assert faults == ([records[-1].problem] if problem else [])


@pytest.mark.parametrize("text", ["", "a..b", ".a", "/a~2b", "/~"])
def test_a_path_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--at"):
        OrderPath.parse(text)


BOOK = OrderValidator(lint=True)


def validated(record: Record) -> ValidatedOrder:
    return validate_record(record, BOOK)


def found_in(record: Record) -> list[tuple[str, str, int, int]]:
    done = validated(record)
    reported = diagnose(done.record, done.external_id, done.findings)
    return [(each.code, each.pointer, each.line, each.column) for each in reported]


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
ORDERS = st.builds(
    lambda text, action, quantity, unknown: product_order(
        text, items=[line(action=action, quantity=quantity)], **unknown
    ),
    NAMES,
    st.sampled_from(["add", "ad"]),
    st.sampled_from([1, "1", 0]),
    st.dictionaries(st.just("descriptoin") | NAMES, st.none() | NAMES | st.just([{"x\ty": "z"}]), max_size=2),
)


@given(
    order=ORDERS,
    path=st.lists(NAMES | st.integers(0, 2), max_size=4),
    indent=st.sampled_from([None, 1]),
    ascii_only=st.booleans(),
    form=st.sampled_from(["order", "wrapped", "list", "text", "text of a list"]),
)
@example(order=product_order("\U0001f4f1\\"), path=["a/~"], indent=None, ascii_only=True, form="text")
def test_an_order_in_any_envelope_is_validated_as_the_bare_order(
    order: Any,
    path: list[str | int],
    indent: int | None,
    *,
    ascii_only: bool,
    form: str,
) -> None:
    inner = json.dumps(order, indent=indent, ensure_ascii=ascii_only)
    listed = json.dumps([0, order], indent=indent, ensure_ascii=ascii_only)
    value, at, n = {
        "order": (order, "", 0),
        "wrapped": ({"productOrder": order}, "/productOrder", 0),
        "list": ([0, order], "/1", 1),
        "text": (f"\t{inner}\n", "", 0),
        "text of a list": (listed, "/1", 1),
    }[form]
    path = ["first", *path]
    for name in reversed(path):
        value = [0] * name + [value, {}] if isinstance(name, int) else {f"{name}-": [], name: value, f"{name}+": 2}
    document = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    pointer = "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in path)

    record = validated(opened(document.encode(), pointer)[n])
    bare = validated(Record(record.record.data, "bare", 1, 1, 1))

    assert json.loads(record.record.data) == order
    assert record[1:] == bare[1:]
    lines = document.split("\n")
    here, there = (diagnose(each.record, each.external_id, each.findings) for each in (record, bare))
    for inside, alone in zip(here, there, strict=True):
        assert inside.pointer == f"{pointer}{at}{alone.pointer}"
        if inside.line == inside.end_line and alone.line == alone.end_line:
            shown = lines[inside.line - 1][inside.column - 1 : inside.end_column - 1]
            expected = record.record.data.decode().split("\n")[alone.line - 1][alone.column - 1 : alone.end_column - 1]
            assert (json.loads(f'"{shown}"') if form.startswith("text") else shown) == expected
