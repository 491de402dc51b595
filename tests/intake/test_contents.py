from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.document import fingerprint, same_values
from support.builders import encoded, line, product_order

ORDER = product_order(note=[{"text": "a"}, {"text": "b"}])


def priced(value: str) -> bytes:
    return b'{"price":' + value.encode() + b"}"


@pytest.mark.parametrize(
    "other",
    [
        json.dumps(ORDER, indent=4).encode(),
        json.dumps(dict(reversed(ORDER.items()))).encode(),
        json.dumps(ORDER, ensure_ascii=True).encode(),
        encoded({**ORDER, "channel": None}),
        encoded({**ORDER, "productOrderItem": [{**line(), "actionReason": None}]}),
        encoded({**ORDER, "productOrderItem": [line(product={"place": None})]}),
        encoded(
            {**ORDER, "id": "x", "href": "/x", "state": "new", "orderDate": "2026", "version": "1", "ponr": "false"}
        ),
        encoded({**ORDER, "expectedCompletionDate": "2026", "completionDate": "2026"}),
        encoded({**ORDER, "productOrderItem": [line(state="new", version="1", ponr="false", workNote=[])]}),
        encoded({**ORDER, "productOrderItem": [line(quantity=1.0)]}),
    ],
)
def test_orders_with_equal_values_say_the_same(other: bytes) -> None:
    assert fingerprint(encoded(ORDER)) == fingerprint(other)


@pytest.mark.parametrize(
    "other",
    [
        {**ORDER, "orderCurrency": "USD"},
        {**ORDER, "note": [{"text": "b"}, {"text": "a"}]},
        {**ORDER, "note": []},
        {**ORDER, "note": {"text": "a"}},
        {**ORDER, "unknown": ""},
        {**ORDER, "productOrderItem": [line("2")]},
        {**ORDER, "productOrderItem": [line(quantity=2)]},
        {**ORDER, "productOrderItem": [line(quantity="1")]},
        {**ORDER, "productOrderItem": [line(id="other")]},
        {**ORDER, "productOrderItem": [line(product={"state": "new"})]},
    ],
)
def test_orders_with_other_values_do_not(other: dict[str, Any]) -> None:
    assert fingerprint(encoded(ORDER)) != fingerprint(encoded(other))


def test_the_lines_in_a_line_are_compared_without_what_the_server_owns() -> None:
    nested = product_order(items=[line(productOrderItem=[line("1.1")])])
    exported = product_order(items=[line(state="new", productOrderItem=[line("1.1", state="new", version="1")])])

    assert fingerprint(encoded(nested)) == fingerprint(encoded(exported))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "1.0"),
        ("100", "1e2"),
        ("0", "-0.0"),
        ("0.10", "0.1"),
        ("1E+400", "10e399"),
        ("123456789012345678901234567890", "1.23456789012345678901234567890e29"),
        ("1" * 5000, "1" * 5000 + ".0"),
        ("1e99999999999999999999", "1e99999999999999999999"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert fingerprint(priced(one)) == fingerprint(priced(other))
    assert same_values(priced(one), priced(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-1", "-2"),  # Python gives these two the same hash
        ("0", '""'),
        ("0", "2305843009213693951"),
        ("0", "false"),
        ("1", "true"),
        ("1", '"1"'),
        ("0.1", "0.1000000000000000055511151231257827"),
        ("9007199254740992", "9007199254740993"),
        ("{}", "[]"),
        ("{}", "null"),
        ("[null]", "[]"),
        ("[[1],2]", "[[1,2]]"),
        ('{"a":"b"}', '[["a","b"]]'),
        ('["number","1"]', "1"),
    ],
)
def test_other_values_are_never_taken_for_the_same(one: str, other: str) -> None:
    assert fingerprint(priced(one)) != fingerprint(priced(other))
    assert not same_values(priced(one), priced(other))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_a_document_written_otherwise_says_the_same(value: object) -> None:
    document = json.dumps({"a": value}).encode()
    otherwise = json.dumps({"b": None, "a": value}, indent=1, ensure_ascii=False).encode()

    assert fingerprint(document) == fingerprint(otherwise)


@given(JSON, JSON)
def test_two_documents_say_the_same_exactly_when_their_values_are_equal(one: object, other: object) -> None:
    documents = json.dumps({"a": one}).encode(), json.dumps({"a": other}).encode()

    assert (fingerprint(documents[0]) == fingerprint(documents[1])) is same_values(*documents)
