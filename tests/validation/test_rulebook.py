"""A book of rules: what it makes of currencies, records, options, and what it says of an order beside findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.errors import UsageError
from ordercli.intake.record import Problem, Record
from ordercli.resources.validator import OrderValidator, Validation
from ordercli.rulebook.rule import Finding
from support.builders import as_document, encoded, line, product_order
from validation.findings import places

if TYPE_CHECKING:
    from support.builders import Json

BYTE_ORDER_MARK = Finding(
    "ORD003", "warning", "", "The document begins with a byte order mark, which JSON does not have"
)


def assert_says(validation: Validation, order: Json, *findings: Finding) -> None:
    assert (as_document(validation.order), validation.findings) == (order, list(findings))


def test_a_good_order_comes_out_with_the_members_that_its_shape_knows() -> None:
    order = product_order(items=[line(unknown={"a": 1}, actionReason=None)])

    validation = OrderValidator().validate(encoded(order | {"foo": "bar"}))

    assert_says(validation, product_order(items=[line()]))
    assert not validation.refused


def test_an_order_that_needs_the_exact_reading_comes_out_without_nulls() -> None:
    order = product_order(items=[line(actionReason=None)], note=[{"text": " begins with a blank"}])

    validation = OrderValidator().validate(encoded(order | {"foo": "bar"}))

    assert_says(validation, product_order(items=[line()], note=[{"text": " begins with a blank"}]))


def test_an_order_with_warnings_is_not_refused() -> None:
    validation = OrderValidator().validate(encoded(product_order(state="new")))

    assert [finding.severity for finding in validation.findings] == ["warning"]
    assert as_document(validation.order) == product_order(state="new")
    assert not validation.refused


def test_an_order_that_breaks_a_rule_is_refused_and_still_an_order() -> None:
    validation = OrderValidator().validate(encoded(product_order("")))

    assert validation.refused
    assert as_document(validation.order) == product_order("")


@pytest.mark.parametrize("document", [b"", b"x", b"[]", encoded(product_order(items=[]))])
def test_what_cannot_be_read_or_is_misshaped_is_no_order(document: bytes) -> None:
    validation = OrderValidator().validate(document)

    assert validation.refused
    assert validation.order is None


@pytest.mark.parametrize(
    ("members", "filled", "codes"),
    [
        ({"orderCurrency": "USD"}, None, []),
        ({"orderCurrency": ...}, "EUR", []),
        ({"orderCurrency": None}, "EUR", []),
        ({"orderCurrency": "  "}, "EUR", []),
        ({"orderCurrency": ..., "currencyCode": "USD"}, None, ["ORD902"]),
        ({"orderCurrency": "", "currencyCode": "USD"}, None, ["ORD902"]),
        ({"orderCurrency": ..., "currencyCode": " "}, "EUR", ["ORD902"]),
        ({"orderCurrency": ..., "currencyCode": "usd"}, None, ["ORD902", "ORD124"]),
    ],
)
def test_the_default_currency_fills_what_the_order_leaves_open(
    members: dict[str, Any], filled: str | None, codes: list[str]
) -> None:
    validation = OrderValidator(default_currency="EUR").validate(encoded(product_order(**members)))

    assert validation.filled_currency == filled
    assert [finding.code for finding in validation.findings] == sorted(codes)


def test_prices_are_compared_with_the_currency_that_was_filled_in() -> None:
    prices = [{"price": {"taxIncludedAmount": {"unit": "USD", "value": 1}}}]
    order = product_order(orderCurrency=..., items=[line(itemPrice=prices)])

    assert places(order, default_currency="USD") == []
    assert [code for code, _ in places(order, default_currency="EUR")] == ["ORD206"]


def test_a_record_is_validated_by_its_bytes() -> None:
    record = Record(encoded(product_order("")), "orders.ndjson", 7, 1, 7)

    validation = OrderValidator().validate_record(record)

    assert_says(validation, product_order(""), *OrderValidator().validate(record.data).findings)
    assert [finding.code for finding in validation.findings] == ["ORD125"]


def test_the_byte_order_mark_of_a_record_is_a_warning() -> None:
    record = Record(encoded(product_order()), "orders.json", 1, 2, 1, byte_order_mark=True)

    validation = OrderValidator().validate_record(record)

    assert_says(validation, product_order(), BYTE_ORDER_MARK)
    assert_says(OrderValidator().validate(b"\xef\xbb\xbf" + record.data), product_order(), BYTE_ORDER_MARK)


@pytest.mark.parametrize(
    ("problem", "expected"),
    [
        (
            Problem("not-json", "unexpected end", 3, 9),
            Finding("ORD001", "error", "", "Not JSON: unexpected end", line=1, column=5),
        ),
        (
            Problem("too-large", "longer than 9 bytes", 4, 2),
            Finding("ORD007", "error", "", "Too large: longer than 9 bytes", line=2, column=2),
        ),
    ],
)
def test_what_the_intake_met_is_a_finding_with_its_place_in_the_document(problem: Problem, expected: Finding) -> None:
    record = Record(b'{"a', "orders.json", 3, 5, 2, problem=problem)

    assert OrderValidator().validate_record(record) == Validation(None, [expected])


def test_a_record_can_have_a_mark_and_a_problem() -> None:
    record = Record(b"x", "x", 1, 1, 1, byte_order_mark=True, problem=Problem("not-json", "no", 1, 1))

    assert [finding.code for finding in OrderValidator().validate_record(record).findings] == ["ORD001", "ORD003"]


def test_with_validation_off_only_what_makes_an_order_unreadable_counts() -> None:
    book = OrderValidator(body_only=True, lint=True, default_currency="EUR")
    order = {"productOrderItem": [{"id": 5}], "state": "new", "externalId": ""}

    validation = book.validate(encoded(order))

    assert validation.findings == []
    assert validation.filled_currency == "EUR"
    assert [finding.code for finding in book.validate(b"[]").findings] == ["ORD008"]


@pytest.mark.parametrize(
    ("book", "message"),
    [
        ({"profile": "tmf633"}, "there is no profile tmf633"),
        ({"default_currency": "eur"}, "the default currency must be three upper-case letters, not eur"),
    ],
)
def test_a_book_is_refused_with_the_reason(book: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        OrderValidator(**book)

    assert caught.value.message == message
