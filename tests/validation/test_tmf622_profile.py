"""The rules under profile tmf622: the standard's minimum, nested lines, and what is switched off."""

from __future__ import annotations

from typing import Any

import pytest

from ordercli.resources.resource import Limits
from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.rule import Finding
from support.builders import encoded, line, product_order
from validation.findings import places, short_findings

LINE = "/productOrderItem/0"


def item(item_id: str = "1", action: str = "add", **members: Any) -> dict[str, Any]:
    return {"id": item_id, "action": action, **members}


def order(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"productOrderItem": list(items or [item()]), **members}


def found(document: dict[str, Any], **book: Any) -> list[tuple[str, str]]:
    return places(document, profile="tmf622", **book)


@pytest.mark.parametrize("action", ["add", "modify", "delete", "noChange"])
def test_an_item_with_id_and_action_is_enough(action: str) -> None:
    assert found(order(item(action=action))) == []


def test_the_standard_wants_an_item_with_id_and_action() -> None:
    assert found({}) == [("ORD101", "")]
    assert found({"description": "x"}) == [("ORD102", "/productOrderItem")]
    assert found(order({})) == [("ORD103", f"{LINE}/id"), ("ORD104", f"{LINE}/action")]


@pytest.mark.parametrize(("action", "meant"), [("change", "modify"), ("no-change", "noChange"), ("Add", "add")])
def test_the_words_of_servicenow_are_not_those_of_the_standard(action: str, meant: str) -> None:
    (finding,) = OrderValidator(profile="tmf622").validate(encoded(order(item(action=action)))).findings

    message = f"action `{action}` is none of add, delete, modify, noChange"
    assert finding == Finding("ORD121", "error", f"{LINE}/action", message, suggestion=meant, applicability="safe")


@pytest.mark.parametrize(
    ("member", "field"),
    [
        ({"channel": [{"name": "Web"}]}, "channel"),
        ({"agreement": [{}]}, "agreement"),
        ({"payment": [{}]}, "payment"),
        ({"quote": [{}]}, "quote"),
        ({"productOfferingQualification": [{}]}, "productOfferingQualification"),
    ],
)
def test_a_reference_in_a_list_needs_an_id(member: dict[str, Any], field: str) -> None:
    assert short_findings(order(**member), profile="tmf622") == [
        ("ORD114", f"/{field}/0/id", f"Invalid payload: {field}.id is missing")
    ]


def test_a_single_reference_needs_an_id() -> None:
    assert found(order(billingAccount={})) == [("ORD114", "/billingAccount/id")]
    assert found(order(item(appointment={}))) == [("ORD114", f"{LINE}/appointment/id")]
    assert found(order(item(quoteItem={"name": "x"}))) == [("ORD114", f"{LINE}/quoteItem/id")]


def test_offerings_and_specifications_keep_their_own_codes() -> None:
    assert found(order(item(productOffering={}))) == [("ORD106", f"{LINE}/productOffering/id")]
    assert found(order(item(product={"productSpecification": {}}))) == [
        ("ORD109", f"{LINE}/product/productSpecification/id")
    ]
    assert found(order(item(product={"product": [{"productOffering": {}}]}))) == [
        ("ORD106", f"{LINE}/product/product/0/productOffering/id")
    ]


def test_a_party_needs_type_and_id_whatever_its_type_is() -> None:
    assert found(order(relatedParty=[{"@referredType": "Individual", "id": "1"}])) == []
    assert found(order(relatedParty=[{}])) == [
        ("ORD114", "/relatedParty/0/@referredType"),
        ("ORD114", "/relatedParty/0/id"),
    ]
    assert found(order(item(product={"relatedParty": [{"id": "1"}]}))) == [
        ("ORD114", f"{LINE}/product/relatedParty/0/@referredType")
    ]


def test_notes_need_text_and_places_a_role() -> None:
    assert found(order(note=[{"author": "x"}])) == [("ORD114", "/note/0/text")]
    assert short_findings(order(item(product={"place": [{"id": "1"}]})), profile="tmf622") == [
        ("ORD114", f"{LINE}/product/place/0/role", "Invalid payload: place.role is missing")
    ]
    assert found(order(item(product={"place": [{"role": "installation"}]}))) == []


@pytest.mark.parametrize("value", ["", " ", "x", 0, 0.5, 2**70, False, [], [None], {}, {"unit": None}])
def test_a_characteristic_has_a_name_and_a_value_of_any_type(value: object) -> None:
    assert found(order(item(product={"productCharacteristic": [{"name": "Colour", "value": value}]}))) == []


@pytest.mark.parametrize(
    ("characteristic", "missing"),
    [
        ({}, ["name", "value"]),
        ({"value": "white"}, ["name"]),
        ({"name": None, "value": "white"}, ["name"]),
        ({"name": " ", "value": "white"}, ["name"]),
        ({"name": "Colour"}, ["value"]),
        ({"name": "Colour", "value": None}, ["value"]),
    ],
)
def test_a_characteristic_without_name_or_value_is_refused(characteristic: dict[str, Any], missing: list[str]) -> None:
    place = f"{LINE}/product/productCharacteristic/0"

    assert short_findings(order(item(product={"productCharacteristic": [characteristic]})), profile="tmf622") == [
        ("ORD114", f"{place}/{name}", f"Invalid payload: productCharacteristic.{name} is missing") for name in missing
    ]


def test_servicenow_requires_no_name_of_a_characteristic_but_refuses_a_blank_one() -> None:
    def with_name(**name: str) -> dict[str, Any]:
        return product_order(items=[line(product={"productCharacteristic": [{"value": "white", **name}]})])

    assert places(with_name()) == []
    assert places(with_name(name=" ")) == [("ORD125", f"{LINE}/product/productCharacteristic/0/name")]


def test_place_is_an_array_here_and_an_object_there() -> None:
    as_object = {"place": {"id": "1", "role": "x"}}

    assert short_findings(order(item(product=as_object)), profile="tmf622") == [
        ("ORD120", f"{LINE}/product/place", "Invalid payload: productOrderItem.product.place must be an array")
    ]
    assert short_findings(product_order(items=[line(product={"place": [{"id": "1"}]})])) == [
        ("ORD120", f"{LINE}/product/place", "Invalid payload: productOrderItem.product.place must be an object")
    ]


def test_relations_need_nothing() -> None:
    assert found(order(item(productOrderItemRelationship=[{}, {"id": "1"}, {"relationshipType": "HasChild"}]))) == []


def test_what_only_servicenow_asks_is_not_asked() -> None:
    prices = [{"price": {"taxIncludedAmount": {"unit": "USD", "value": 1}}}]

    assert found(order(item(action="modify", product={"name": "no id"}))) == []
    assert found(order(item(itemPrice=prices), orderCurrency="EUR")) == []
    assert (
        found(
            order(
                item(committedDueDate="2026-03-02T00:00:00Z", itemPrice=prices),
                committedDueDate="2026-03-01T00:00:00Z",
            )
        )
        == []
    )


def test_the_other_rules_hold() -> None:
    amount = {"unit": "usd", "value": 1}
    document = order(
        item("1", quantity=0, productOrderItemRelationship=[{"id": "9", "relationshipType": "bundles"}]),
        item(
            "1",
            itemPrice=[
                {"price": {"taxIncludedAmount": amount}, "priceAlteration": [{"price": {"dutyFreeAmount": amount}}]}
            ],
        ),
        item("x" * 41, product={"productCharacteristic": [{"name": "", "value": "x"}], "startDate": "2026-03-01"}),
        externalId="",
        cancellationDate="tomorrow",
        orderCurrency="€",
        currencyCode="EUR",
        requestedStartDate="2026-03-02T00:00:00Z",
        requestedCompletionDate="2026-03-01T00:00:00Z",
        state="acknowledged",
    )

    assert found(document, limits=Limits(max_items_async=2)) == [
        ("ORD123", "/cancellationDate"),
        ("ORD125", "/externalId"),
        ("ORD210", "/productOrderItem"),
        ("ORD903", "/state"),
        ("ORD209", f"{LINE}/quantity"),
        ("ORD114", "/productOrderItem/2/product/productCharacteristic/0/name"),
        ("ORD123", "/productOrderItem/2/product/startDate"),
        ("ORD201", "/productOrderItem/1/id"),
        ("ORD202", f"{LINE}/productOrderItemRelationship/0/id"),
        ("ORD124", "/orderCurrency"),
        ("ORD124", "/productOrderItem/1/itemPrice/0/price/taxIncludedAmount/unit"),
        ("ORD124", "/productOrderItem/1/itemPrice/0/priceAlteration/0/price/dutyFreeAmount/unit"),
        ("ORD902", "/currencyCode"),
    ]


@pytest.mark.parametrize(
    ("asked", "reported"),
    [
        ({}, []),
        ({"select": ["ORD2", "ORD1"]}, []),
        ({"select": ["ORD208"]}, [("ORD208", "warning")]),
        ({"select": ["ORD122:id"]}, [("ORD122", "warning")]),
        ({"select": ["ORD208", "ORD122"]}, [("ORD122", "warning"), ("ORD208", "warning")]),
        ({"severity": {"ORD208": "warning"}}, [("ORD208", "warning")]),
        ({"severity": {"ORD208": "error", "ORD122": "error"}}, [("ORD122", "error"), ("ORD208", "error")]),
        ({"severity": {"ORD208": "error"}, "ignore": ["ORD208"]}, []),
    ],
)
def test_what_the_standard_allows_is_a_warning_that_has_to_be_asked_for(
    asked: dict[str, Any], reported: list[tuple[str, str]]
) -> None:
    dates = {"requestedStartDate": "2026-03-02T00:00:00Z", "requestedCompletionDate": "2026-03-01T00:00:00Z"}
    document = encoded(order(item("x" * 41), **dates))

    findings = OrderValidator("tmf622", **asked).validate(document).findings

    assert sorted((each.code, each.severity) for each in findings) == reported
    assert {each.pointer for each in findings} <= {"/requestedCompletionDate", f"{LINE}/id"}


def test_the_store_limits_an_external_id_and_nothing_limits_the_id_of_a_line() -> None:
    document = order(item("x" * 4000), externalId="x" * 2001)

    assert found(document) == [("ORD122", "/externalId")]


def test_an_external_id_that_is_too_long_stays_an_error_where_long_line_ids_are_warned_of() -> None:
    document = encoded(order(item("x" * 41), externalId="x" * 2001))

    findings = OrderValidator("tmf622", select=["ORD122"]).validate(document).findings

    assert [(each.pointer, each.severity) for each in findings] == [
        ("/externalId", "error"),
        (f"{LINE}/id", "warning"),
    ]


def test_a_nested_line_is_a_line_of_the_order() -> None:
    document = order(item("1", productOrderItem=[item("2", quantity=0), item("1")]))

    assert found(document) == [
        ("ORD209", f"{LINE}/productOrderItem/0/quantity"),
        ("ORD201", f"{LINE}/productOrderItem/1/id"),
    ]


def test_a_nested_line_has_the_line_around_it_as_its_parent() -> None:
    def to(other: str, kind: str) -> dict[str, Any]:
        return {"productOrderItemRelationship": [{"id": other, "relationshipType": kind}]}

    assert found(order(item("1", productOrderItem=[item("2", **to("1", "HasParent"))]))) == []
    assert found(
        order(item("1", productOrderItem=[item("2", **to("3", "HasParent"))]), item("3", **to("2", "HasChild")))
    ) == [("ORD205", f"{LINE}/productOrderItem/0/productOrderItemRelationship")]
    assert found(order(item("1", productOrderItem=[item("2", **to("1", "HasChild"))]))) == [
        ("ORD203", f"{LINE}/productOrderItem/0/productOrderItemRelationship/0"),
        ("ORD204", f"{LINE}/productOrderItemRelationship"),
    ]
