"""What cannot be judged because of another finding is not reported."""

from __future__ import annotations

from typing import Any

import pytest

from support.builders import CUSTOMER, line, product_order
from validation.findings import places

RELATIONS = "productOrderItemRelationship"
LINE = "/productOrderItem/0"


def relation(item_id: Any, kind: Any) -> dict[str, Any]:
    return {"id": item_id, "relationshipType": kind}


def test_an_empty_order_is_missing_and_nothing_more() -> None:
    assert places({}) == [("ORD101", "")]


@pytest.mark.parametrize(
    ("member", "code"),
    [
        ("productOrderItem", "ORD102"),
        ("relatedParty", "ORD111"),
    ],
)
@pytest.mark.parametrize("empty", [..., None, []])
def test_an_empty_required_list_hides_what_would_be_in_it(member: str, code: str, empty: Any) -> None:
    order = product_order(**{member: empty})

    assert places(order) == [(code, f"/{member}")]


@pytest.mark.parametrize(
    ("item", "code", "place"),
    [
        ({"productOffering": {}}, "ORD105", "productOffering"),
        ({"productOffering": {"id": None}}, "ORD105", "productOffering"),
        ({"product": {}}, "ORD107", "product"),
        ({"product": {"productSpecification": {}, "id": "1"}}, "ORD108", "product/productSpecification"),
    ],
)
def test_an_empty_required_object_hides_what_would_be_in_it(item: dict[str, Any], code: str, place: str) -> None:
    order = product_order(items=[line() | item])

    assert places(order) == [(code, f"{LINE}/{place}")]


@pytest.mark.parametrize("action", ["change", "delete", "suspend", "resume"])
def test_the_inventory_id_of_a_missing_product_is_not_missed(action: str) -> None:
    order = product_order(items=[line(action=action) | {"product": None}])

    assert places(order) == [("ORD107", f"{LINE}/product")]


def test_an_empty_element_of_a_list_is_validated() -> None:
    assert places(product_order(note=[{}])) == [("ORD114", "/note/0/text")]
    assert places(product_order(note=[None])) == [("ORD114", "/note/0/text")]
    assert places(product_order(items=[line(product={"place": {}})])) == [("ORD114", f"{LINE}/product/place/id")]


def test_an_empty_party_lacks_its_type_and_whether_it_needs_an_id_is_unknown() -> None:
    assert places(product_order(relatedParty=[CUSTOMER, {}])) == [("ORD114", "/relatedParty/1/@referredType")]


def test_an_empty_line_lacks_all_that_a_line_needs() -> None:
    assert places(product_order(items=[{}])) == [
        ("ORD103", f"{LINE}/id"),
        ("ORD104", f"{LINE}/action"),
        ("ORD105", f"{LINE}/productOffering"),
        ("ORD107", f"{LINE}/product"),
    ]


@pytest.mark.parametrize("wrong", [5, "x", True, [[]]])
def test_a_wrong_typed_line_hides_what_would_be_in_it(wrong: Any) -> None:
    assert places(product_order(items=[line("1"), wrong])) == [("ORD120", "/productOrderItem/1")]


@pytest.mark.parametrize("wrong", [5, "x", True, {"a": 1}])
def test_wrong_typed_lines_hide_what_would_be_in_them(wrong: Any) -> None:
    assert places(product_order(items=wrong)) == [("ORD120", "/productOrderItem")]


@pytest.mark.parametrize("wrong", [5, "x", True, []])
def test_a_wrong_typed_object_hides_what_would_be_in_it(wrong: Any) -> None:
    item = line(action="change") | {"product": wrong}

    assert places(product_order(items=[item])) == [("ORD120", f"{LINE}/product")]


@pytest.mark.parametrize("damage", [{"id": None}, {"id": " "}, {"id": 7}])
def test_relations_to_unknown_lines_are_silent_while_an_id_is_missing_or_malformed(damage: dict[str, Any]) -> None:
    parent = line("1", productOrderItemRelationship=[relation("2", "HasChild"), relation("3", "Requires")])
    child = line("2", productOrderItemRelationship=[relation("1", "HasParent")]) | damage

    found = places(product_order(items=[parent, child]))

    assert found == [("ORD120" if damage == {"id": 7} else "ORD103", "/productOrderItem/1/id")]


def test_relations_between_known_lines_are_validated_while_an_id_is_missing() -> None:
    parent = line("1", productOrderItemRelationship=[relation("2", "HasChild")])

    found = places(product_order(items=[parent, line("2"), line() | {"id": None}]))

    assert found == [("ORD103", "/productOrderItem/2/id"), ("ORD203", f"{LINE}/{RELATIONS}/0")]


@pytest.mark.parametrize(
    ("damaged", "code", "place"),
    [
        (relation(None, "HasParent"), "ORD114", "/id"),
        (relation(5, "HasParent"), "ORD120", "/id"),
        (relation("1", ""), "ORD114", "/relationshipType"),
        (relation("1", 5), "ORD120", "/relationshipType"),
        ("1", "ORD120", ""),
    ],
)
def test_a_relation_is_not_called_one_sided_while_the_other_side_is_damaged(
    damaged: Any,
    code: str,
    place: str,
) -> None:
    parent = line("1", productOrderItemRelationship=[relation("2", "HasChild")])
    child = line("2", productOrderItemRelationship=[damaged])

    found = places(product_order(items=[parent, child]))

    assert found == [(code, f"/productOrderItem/1/{RELATIONS}/0{place}")]


def test_a_relation_to_an_unknown_line_is_not_called_one_sided_too() -> None:
    order = product_order(items=[line("1", productOrderItemRelationship=[relation("2", "HasChild")])])

    assert places(order) == [("ORD202", f"{LINE}/{RELATIONS}/0/id")]


def test_a_line_that_is_its_own_parent_is_a_cycle_and_nothing_more() -> None:
    order = product_order(items=[line("1", productOrderItemRelationship=[relation("1", "HasParent")])])

    assert places(order) == [("ORD204", f"{LINE}/{RELATIONS}")]


@pytest.mark.parametrize(
    ("party", "code"),
    [
        ({"id": "1"}, "ORD114"),
        ({"id": "1", "@referredType": " "}, "ORD114"),
        ({"id": "1", "@referredType": "Customr"}, "ORD121"),
        ({"id": "1", "@referredType": 5}, "ORD120"),
    ],
)
def test_no_customer_is_missed_while_the_type_of_a_party_is_missing_or_malformed(
    party: dict[str, Any], code: str
) -> None:
    contact = {"id": "2", "@referredType": "CustomerContact"}

    assert places(product_order(relatedParty=[contact, party])) == [(code, "/relatedParty/1/@referredType")]


def test_no_customer_is_missed_while_a_party_is_no_object() -> None:
    assert places(product_order(relatedParty=["x"])) == [("ORD120", "/relatedParty/0")]


@pytest.mark.parametrize("currency", ["eur", "EURO", "€", 5])
def test_prices_are_not_compared_with_a_malformed_currency(currency: Any) -> None:
    prices = [{"price": {"taxIncludedAmount": {"unit": "USD", "value": 1}}}]
    order = product_order(orderCurrency=currency, items=[line(itemPrice=prices)])

    assert places(order) == [("ORD120" if currency == 5 else "ORD124", "/orderCurrency")]


def test_a_malformed_currency_is_not_missed_nor_filled() -> None:
    prices = [{"price": {"taxIncludedAmount": {"unit": "USD", "value": 1}}}]
    order = product_order(orderCurrency=..., currencyCode=5, items=[line(itemPrice=prices)])

    assert places(order) == [("ORD120", "/currencyCode")]
    assert places(order, default_currency="EUR") == [("ORD120", "/currencyCode")]


def test_a_malformed_unit_is_not_compared() -> None:
    prices = [{"price": {"dutyFreeAmount": {"unit": "usd", "value": 1}}}]

    assert places(product_order(items=[line(itemPrice=prices)])) == [
        ("ORD124", f"{LINE}/itemPrice/0/price/dutyFreeAmount/unit")
    ]


@pytest.mark.parametrize(
    ("start", "completion"), [("2026-13-01T00:00:00Z", "2026-01-01T00:00:00Z"), ("2026-02-01T00:00:00Z", "2026-01-01")]
)
def test_malformed_dates_are_not_compared(start: str, completion: str) -> None:
    order = product_order(requestedStartDate=start, requestedCompletionDate=completion)

    assert [code for code, _ in places(order)] == ["ORD123"]


def test_a_line_with_a_malformed_date_is_not_compared_but_the_others_are() -> None:
    lines = [line("1", committedDueDate="soon"), line("2", committedDueDate="2026-03-02T00:00:00Z")]
    order = product_order(committedDueDate="2026-03-01T00:00:00Z", items=lines)

    assert places(order) == [("ORD207", "/committedDueDate"), ("ORD123", f"{LINE}/committedDueDate")]
