"""Bytes are read as JSON by the letter: what is none is refused with its place, what is odd but JSON is not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.document import read
from ordercli.rulebook.rule import Finding
from support.builders import as_document, encoded, line, product_order

GOOD = encoded(product_order())


def place(data: bytes) -> tuple[str, int | None, int | None]:
    (finding,) = OrderValidator().validate(data).findings
    return finding.code, finding.line, finding.column


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b'{"a": 1,\n "b": }', ("ORD001", 2, 7)),
        ('{"ä": "ü", x}'.encode(), ("ORD001", 1, 12)),
        (b'{"a": NaN}', ("ORD001", 1, 7)),
        (b'{"a": Infinity}', ("ORD001", 1, 7)),
        (b'{"a": -Infinity}', ("ORD001", 1, 8)),
        (b'{"a": "\\ud800"}', ("ORD001", 1, 8)),
        (b'{"a": 1e999, "b": "\\udfff"}', ("ORD001", 1, 7)),
        (b'{"a": "x\ny"}', ("ORD001", 1, 9)),
        (b'{"a": "\x00"}', ("ORD001", 1, 8)),
        (b'{"a": 01}', ("ORD001", 1, 7)),
        (b'{"a": 1', ("ORD001", 1, 8)),
        (b"{'a': 1}", ("ORD001", 1, 2)),
        (b'{"a": 1,}', ("ORD001", 1, 8)),
        (b"\x00" * 20, ("ORD001", 1, 1)),
        (b"hello", ("ORD001", 1, 1)),
        (b'{"a": 1}\n\n  {"b": 2}', ("ORD002", 3, 3)),
        ('{"ä": 1} x'.encode(), ("ORD002", 1, 10)),
        (b'{"a": 1e999} []', ("ORD002", 1, 14)),
        (b"{}}", ("ORD002", 1, 3)),
        (b'{"a":\n "\xe4"}', ("ORD005", 2, 3)),
        ("{}".encode("utf-16"), ("ORD005", 1, 1)),
    ],
)
def test_the_place_of_what_cannot_be_read_is_named(data: bytes, expected: tuple[str, int, int]) -> None:
    assert place(data) == expected


def test_bytes_that_are_not_utf8_are_seen_in_members_that_nobody_knows() -> None:
    data = GOOD[:-1] + b',"unknown":"\xe4"}'

    assert place(data) == ("ORD005", 1, len(GOOD) + len(',"unknown":"'))


def test_a_whole_surrogate_pair_is_a_character() -> None:
    data = GOOD[:-1] + b',"note":[{"text":"\\ud83d\\ude00"}]}'

    validation = OrderValidator().validate(data)

    assert validation.findings == []
    assert as_document(validation.order) == json.loads(data)


@pytest.mark.parametrize(
    "blank", [" ", "  ", "\\t", "\\n", "\\r", "\\f", "\\u0020", "\\u0009", "\\u000b", "\\u000B \\t"]
)
def test_required_text_of_blanks_is_missing_however_they_are_written(blank: str) -> None:
    data = GOOD.replace(b'"fiber"', f'"{blank}"'.encode())

    assert [finding.code for finding in OrderValidator().validate(data).findings] == ["ORD106"]


@pytest.mark.parametrize("text", ["\\ud800", "\\udc00", "\\udc00\\ud800", "\\uD83D\\u0041", "\\ud8"])
@pytest.mark.parametrize("member", ['"unknown":"{}"', '"{}":1', '"unknown":{{"a":["{}"]}}', '"note":[{{"text":"{}"}}]'])
def test_half_a_surrogate_pair_is_no_character_wherever_it_stands(text: str, member: str) -> None:
    data = GOOD[:-1] + f",{member.format(text)}}}".encode()

    assert [finding.code for finding in OrderValidator().validate(data).findings] == ["ORD001"]


@pytest.mark.parametrize("number", ["1e999", "-1e999", "9" * 5_000, "1" + "0" * 400, "18446744073709551616"])
def test_numbers_of_any_size_are_json(number: str) -> None:
    known = GOOD.replace(b'"quantity":1', b'"quantity":' + number.encode())
    unknown = GOOD[:-1] + b',"unknown":' + number.encode() + b"}"

    codes = ["ORD209"] if number.startswith("-") else []
    assert [finding.code for finding in OrderValidator().validate(known).findings] == codes
    assert OrderValidator().validate(unknown).findings == []


def test_negative_numbers_of_any_size_are_not_positive() -> None:
    order = product_order(items=[line(quantity=-(10**4_000))])

    assert [finding.code for finding in OrderValidator().validate(encoded(order)).findings] == ["ORD209"]


@pytest.mark.parametrize("blanks", [b" ", b"\n", b"\t\r\n "])
def test_white_space_around_the_order_is_nothing(blanks: bytes) -> None:
    assert OrderValidator().validate(blanks + GOOD + blanks).findings == []


@pytest.mark.parametrize(
    ("data", "document"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'{"a": 1e400, "n": 3}', {"a": float("inf"), "n": 3}),
        (b'{"a": null, "b": null, "c": false}', {"a": None, "b": None, "c": False}),
    ],
)
def test_an_object_is_read_as_it_stands(data: bytes, document: dict[str, Any]) -> None:
    assert read(data) == document


@pytest.mark.parametrize("data", [b"", b"null", b"{}", b'{"a": null}'])
def test_an_order_without_content_is_missing(data: bytes) -> None:
    assert read(data) == Finding("ORD101", "error", "", "Invalid payload: Request body missing")


@pytest.mark.parametrize("number", [b"1e99999999999999999999", b"-1E+99999999999999999999"])
def test_an_exponent_that_no_decimal_has_room_for_is_no_number(number: bytes) -> None:
    price = {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": "NUMBER"}}}
    characteristic = {"name": "Distance", "value": "NUMBER"}
    item = line(quantity="NUMBER", itemPrice=[price], product={"productCharacteristic": [characteristic]})
    order = encoded(product_order(items=[item])).replace(b'"NUMBER"', number)

    findings = OrderValidator().validate(order).findings

    assert [(each.code, each.pointer) for each in findings] == [
        ("ORD120", "/productOrderItem/0/itemPrice/0/price/taxIncludedAmount/value"),
        ("ORD120", "/productOrderItem/0/quantity"),
    ]
