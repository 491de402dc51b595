"""What orders of TMF622 v5 alone are asked, and that the same order is told the same in both versions."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.validator import OrderValidator
from support.builders import accepted, encoded
from support.versions import place_in_v5

Json = dict[str, Any]
V4: Json = {
    "externalId": "CRM-1007",
    "requestedStartDate": "2026-03-02T08:00:00Z",
    "channel": [{"id": "online", "role": "web"}],
    "relatedParty": [{"id": "c-1", "role": "buyer", "@referredType": "Customer"}],
    "note": [{"text": "x", "date": "2026-02-27T15:04:05Z"}],
    "productOrderItem": [
        {
            "id": "1",
            "action": "add",
            "quantity": 1,
            "product": {
                "place": [{"id": "site-1", "role": "site"}],
                "productSpecification": {"id": "s"},
                "productCharacteristic": [{"name": "Colour", "value": "white"}, {"name": "Ports", "value": 4}],
            },
            "productOffering": {"id": "o"},
            "itemPrice": [
                {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.9}}},
            ],
            "productOrderItem": [{"id": "2", "action": "modify", "product": {"id": "p-1"}}],
            "productOrderItemRelationship": [{"id": "2", "relationshipType": "HasChild"}],
        }
    ],
}
# Places, and values that break a rule at each in either version.
FAULTS: list[tuple[str, Any]] = [
    ("requestedStartDate", "2026-03-02"),
    ("productOrderItem/0/quantity", 0),
    ("productOrderItem/0/quantity", "1"),
    ("productOrderItem/0/action", "ad"),
    ("productOrderItem/0/productOrderItem/0/id", "1"),
    ("productOrderItem/0/productOrderItemRelationship/0/id", "9"),
    ("productOrderItem/0/product/place/0/id", 7),
    ("channel/0/id", 7),
    ("relatedParty/0/id", 7),
    ("note/0/date", "yesterday"),
    ("state", "completed"),
]


def reported(document: Json, profile: str) -> list[tuple[str, str]]:
    return sorted((each.code, each.pointer) for each in OrderValidator(profile).validate(encoded(document)).findings)


@given(st.lists(st.sampled_from(FAULTS), max_size=3, unique_by=lambda fault: fault[0]))
def test_the_same_order_is_reported_the_same_in_both_versions(faults: list[tuple[str, Any]]) -> None:
    order = deepcopy(V4)
    for place, value in faults:
        *path, last = place.split("/")
        holder: Any = order
        for name in path:
            holder = holder[int(name) if isinstance(holder, list) else name]
        holder[last] = value

    expected = sorted((code, place_in_v5(pointer)) for code, pointer in reported(order, "tmf622-v4"))

    assert reported(as_v5(order), "tmf622-v5") == expected
    assert reported(as_v5(order), "tmf622") == expected
    assert reported(order, "tmf622") == reported(order, "tmf622-v4")


def test_the_same_order_becomes_the_same_rows_in_both_versions() -> None:
    v4 = PRODUCT_ORDER.to_rows(accepted(profile="tmf622-v4"), encoded(V4), "2026-03-01T08:00:00.000Z")
    v5 = PRODUCT_ORDER.to_rows(accepted(profile="tmf622-v5"), encoded(as_v5(V4)), "2026-03-01T08:00:00.000Z")

    assert v4.order.profile != v5.order.profile
    assert v5[1:] == v4[1:]
    assert (v5.order.customer_id, v5.order.channel_id) == ("c-1", "online")


def changed(place: str, value: Any) -> Json:
    order = as_v5(V4)
    *path, last = place.split("/")
    holder: Any = order
    for name in path:
        holder = holder[int(name) if isinstance(holder, list) else name]
    holder[int(last) if isinstance(holder, list) else last] = value
    return order


PRODUCT = "productOrderItem/0/product"
CHARACTERISTIC = f"{PRODUCT}/productCharacteristic/0"
OF_CHARACTERISTIC = f"{CHARACTERISTIC}/characteristicRelationship"
PRICE = {"@type": "ProductPrice", "price": {"@type": "Price"}}
LINE = {"@type": "RelatedOrderItem", "role": "origin", "orderId": "7"}
RELATION = {"@type": "CharacteristicRelationship", "relationshipType": "aggregation"}
SECOND = {"@type": "ExternalIdentifier", "id": "PO-2"}


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        (f"{CHARACTERISTIC}/@type", "Characteristic", ("ORD127", f"/{CHARACTERISTIC}/@type")),
        (f"{CHARACTERISTIC}/@type", "Odd", ("ORD126", f"/{CHARACTERISTIC}/@type")),
        (f"{CHARACTERISTIC}/@type", "OddCharacteristic", ("ORD126", f"/{CHARACTERISTIC}/@type")),
        (f"{CHARACTERISTIC}/value", 1, ("ORD126", f"/{CHARACTERISTIC}/value")),
        (f"{CHARACTERISTIC}/value", None, ("ORD126", f"/{CHARACTERISTIC}/value")),
        (f"{CHARACTERISTIC}/@type", "StringArrayCharacteristic", ("ORD126", f"/{CHARACTERISTIC}/value")),
        (f"{PRODUCT}/@type", "Odd", ("ORD126", f"/{PRODUCT}/@type")),
        (f"{PRODUCT}/@type", "ProductRef", ("ORD126", f"/{PRODUCT}/id")),
        (f"{PRODUCT}/place/0/place/@type", "Odd", ("ORD126", f"/{PRODUCT}/place/0/place/@type")),
        (f"{PRODUCT}/place/0/place/id", None, ("ORD126", f"/{PRODUCT}/place/0/place/id")),
        ("relatedParty/0/partyOrPartyRole/@type", "Odd", ("ORD126", "/relatedParty/0/partyOrPartyRole/@type")),
        ("relatedParty/0/partyOrPartyRole/id", None, ("ORD114", "/relatedParty/0/partyOrPartyRole/id")),
        (f"{PRODUCT}/productTerm", [{"name": "x"}], ("ORD114", f"/{PRODUCT}/productTerm/0/@type")),
        (f"{PRODUCT}/productPrice", [PRICE], ("ORD114", f"/{PRODUCT}/productPrice/0/priceType")),
        (f"{PRODUCT}/productOrderItem", [LINE], ("ORD114", f"/{PRODUCT}/productOrderItem/0/orderItemId")),
        (f"{CHARACTERISTIC}/characteristicRelationship", [RELATION], ("ORD114", f"/{OF_CHARACTERISTIC}/0/id")),
        ("productOrderItem/0/itemTerm", [{}], ("ORD114", "/productOrderItem/0/itemTerm/0/@type")),
        ("relatedParty/0/role", None, ("ORD114", "/relatedParty/0/role")),
        ("channel/0/channel", None, ("ORD114", "/channel/0/channel")),
        ("@type", None, ("ORD114", "/@type")),
        (
            "productOrderItem/0/note",
            [{"@type": "Note", "date": "today"}],
            ("ORD123", "/productOrderItem/0/note/0/date"),
        ),
        (
            "productOrderMilestone",
            [{"@type": "ProductOrderMilestone", "milestoneDate": "today"}],
            ("ORD123", "/productOrderMilestone/0/milestoneDate"),
        ),
        (
            "productOrderJeopardyAlert",
            [{"@type": "ProductOrderJeopardyAlert", "alertDate": "today"}],
            ("ORD123", "/productOrderJeopardyAlert/0/alertDate"),
        ),
        (
            "productOrderErrorMessage",
            [{"@type": "ProductOrderErrorMessage", "timestamp": "today"}],
            ("ORD123", "/productOrderErrorMessage/0/timestamp"),
        ),
        (
            f"{PRODUCT}/productRelationship",
            [{"@type": "ProductRelationship", "relationshipType": "reliesOn"}],
            ("ORD114", f"/{PRODUCT}/productRelationship/0/id"),
        ),
        ("externalId", [SECOND, SECOND], ("ORD212", "/externalId/1")),
        ("externalId", [SECOND, {**SECOND, "id": "x" * 2001}], ("ORD213", "/externalId/1/id")),
        ("externalId", "CRM-1007", ("ORD013", "/externalId")),
        ("relatedParty/0", {"@type": "RelatedParty", "role": "buyer", "id": "c-1"}, ("ORD013", "/relatedParty/0/id")),
    ],
)
@pytest.mark.parametrize("profile", ["tmf622", "tmf622-v5"])
def test_each_fault_of_v5_is_one_finding_at_its_place(
    place: str, value: Any, expected: tuple[str, str], profile: str
) -> None:
    assert reported(changed(place, value), profile) == [expected]


@pytest.mark.parametrize("value", ["1e400", "-1e400", "4.0", "123456789012345678901234567890", "1e308"])
def test_a_whole_number_has_any_size_and_notation(value: str) -> None:
    order = changed(f"{PRODUCT}/productCharacteristic/1/value", "VALUE")
    data = encoded(order).replace(b'"VALUE"', value.encode())

    assert b'"IntegerCharacteristic"' in data
    assert OrderValidator("tmf622-v5").validate(data).findings == []


@pytest.mark.parametrize(
    ("profile", "order", "sign"),
    [
        ("tmf622-v5", as_v5(V4) | {"cancellationReason": "late"}, "/cancellationReason"),
        ("tmf622-v5", as_v5(V4) | {"cancellationDate": "2026-03-02T08:00:00Z", "odd": 1}, "/cancellationDate"),
        ("tmf622-v4", V4 | {"requestedInitialState": "draft"}, "/externalId"),
    ],
)
@pytest.mark.parametrize("by_family", [False, True])
def test_a_member_of_the_other_version_is_refused_in_either_profile(
    profile: str, order: Json, sign: str, *, by_family: bool
) -> None:
    assert reported(order, "tmf622" if by_family else profile) == [("ORD013", sign)]


def test_a_type_of_ones_own_may_name_that_of_the_standard() -> None:
    order = changed(f"{CHARACTERISTIC}/@type", "Shade")
    order["productOrderItem"][0]["product"]["productCharacteristic"][0]["@baseType"] = "StringCharacteristic"

    assert reported(order, "tmf622-v5") == []


def test_a_mixture_of_both_versions_is_one_finding_that_names_two_places() -> None:
    (finding,) = OrderValidator("tmf622").validate(encoded(changed("externalId", "CRM-1007"))).findings

    assert finding.message == (
        "The order mixes TMF622 v4 (at /externalId) and v5 (at /relatedParty/0/partyOrPartyRole):"
        " write all of it in one version"
    )
