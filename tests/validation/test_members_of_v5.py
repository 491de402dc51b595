"""A member of a TMF622 v5 order that is missing, of a wrong type, or in the form of v4 is one finding at its place."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.shapes_v5 import KNOWN_FIELDS, ProductOrder
from ordercli.resources.validator import OrderValidator
from support.builders import as_document, as_order, encoded
from support.shapes import A_DATE, filled
from validation.test_v5_rules import V4

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.running import Ordercli

Json = dict[str, Any]


def ref(kind: str) -> Json:
    return {"@type": kind, "id": "r-1", "name": "n"}


def written() -> Json:
    """An order whose objects have the types that their places ask for."""
    order = as_v5(deepcopy(V4))
    (item,) = order["productOrderItem"]
    order["productOrderItem"].append({"@type": "ProductOrderItem", "id": "3", "action": "noChange"})
    item["productOrderItemRelationship"][0] |= {"id": "3", "relationshipType": "reliesOn"}
    item |= {
        "actionReason": "moves",
        "appointment": ref("AppointmentRef"),
        "billingAccount": ref("BillingAccountRef"),
        "note": [{"@type": "Note", "id": "1", "author": "a", "date": "2026-02-27T15:04:05Z", "text": "t"}],
        "payment": [ref("PaymentRef")],
        "qualification": [ref("ProductOfferingQualificationRef")],
        "quoteItem": {"@type": "QuoteItemRef", "quoteId": "q", "quoteItemId": "1"},
        "productOfferingQualificationItem": {
            "@type": "ProductOfferingQualificationItemRef",
            "itemId": "1",
            "productOfferingQualificationId": "q",
        },
    }
    item["product"] |= {
        "name": "n",
        "isBundle": False,
        "startDate": "2026-02-27T15:04:05Z",
        "terminationDate": "2027-02-27T15:04:05Z",
        "productRelationship": [{"@type": "ProductRelationship", "id": "p", "relationshipType": "reliesOn"}],
        "agreementItem": [{"@type": "AgreementItemRef", "agreementId": "a", "agreementItemId": "1"}],
        "intent": {"@type": "Intent", "relatedParty": [party("PartyRef")]},
        "relatedParty": [party("Individual"), party("PartyRef")],
        "product": [{"@type": "ProductRef", "id": "p-2"}],
        "realizingService": [ref("ServiceRef")],
        "realizingResource": [ref("ResourceRef")],
    }
    step = {"@type": "ProductOrderItemRef", "productOrderId": "o", "productOrderItemId": "1"}
    return order | {
        "requestedInitialState": "draft",
        "agreement": [ref("AgreementRef")],
        "billingAccount": ref("BillingAccountRef"),
        "orderRelationship": [{"@type": "OrderRelationship", "id": "o", "relationshipType": "reliesOn"}],
        "payment": [ref("PaymentRef")],
        "productOfferingQualification": [ref("ProductOfferingQualificationRef")],
        "quote": [ref("QuoteRef")],
        "productOrderMilestone": [
            {"@type": "Milestone", "name": "n", "milestoneDate": "2026-02-27T15:04:05Z", "productOrderItem": [step]}
        ],
        "productOrderJeopardyAlert": [{"@type": "JeopardyAlert", "alertDate": "2026-02-27T15:04:05Z", "message": "m"}],
        "productOrderErrorMessage": [{"@type": "ErrorMessage", "code": "1", "reason": "r"}],
    }


def party(kind: str) -> Json:
    return {"@type": "RelatedPartyOrPartyRole", "role": "contact", "partyOrPartyRole": ref(kind)}


def rich() -> Json:
    """The same order with every member that the shape of v5 knows."""
    order: Json = json.loads(WHOLE)
    return order


def whole() -> Json:
    order, plain = filled(written(), ProductOrder, KNOWN_FIELDS, KNOWN_FIELDS.root), written()
    # Without members of v4 alone, and with as much as there was of the other lines.
    for name in ("currencyCode", "cancellationDate", "cancellationReason"):
        del order[name]
    (first, _), (nesting, second) = order["productOrderItem"], plain["productOrderItem"]
    first["productOrderItem"] = nesting["productOrderItem"]
    first["product"]["product"] = nesting["product"]["product"]
    return order | {"orderCurrency": "EUR", "fulfillmentType": "Deliver", "productOrderItem": [first, second]}


WHOLE = json.dumps(whole())
# Of any type.
ANY = {"value", "expressionValue"}


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in below:
        yield from places(member, (*path, name))


# All places that the shape of v5 knows, so that none is looked at only as an unknown member.
PLACES = [path for path in places(as_document(as_order(rich(), ProductOrder), ProductOrder)) if path[-1] not in ANY]


def changed(path: tuple[str | int, ...], value: Any) -> Json:
    order = rich()
    holder: Any = order
    for name in path[:-1]:
        holder = holder[name]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return order


def at(path: tuple[str | int, ...]) -> str:
    return "".join(f"/{name}" for name in path)


def found(order: Json) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in OrderValidator("tmf622-v5").validate(encoded(order)).findings]


def of_another_type(path: tuple[str | int, ...]) -> Any:
    value: Any = rich()
    for name in path:
        value = value[name]
    return "1" if isinstance(value, int | float) else 7


def test_the_rich_order_has_no_fault() -> None:
    assert found(rich()) == []
    assert len(PLACES) > 900


def by_holder(paths: list[tuple[str | int, ...]]) -> list[tuple[str, list[tuple[str | int, ...]]]]:
    """The paths by the object or list that they lead to a part of."""
    holders: dict[str, list[tuple[str | int, ...]]] = {}
    for path in paths:
        holders.setdefault(at(path[:-1]), []).append(path)
    return list(holders.items())


@pytest.mark.parametrize(("holder", "paths"), by_holder(PLACES), ids=[at or "order" for at, _ in by_holder(PLACES)])
def test_a_member_of_a_wrong_type_is_one_finding_at_its_place(holder: str, paths: list[tuple[str | int, ...]]) -> None:
    told = {at(path): found(changed(path, of_another_type(path))) for path in paths}

    assert told == {place: [("ORD120", place)] for place in told}, holder


MISSING = {"ORD102", "ORD103", "ORD104", "ORD106", "ORD109", "ORD114", "ORD126"}
MEMBERS = [path for path in PLACES if isinstance(path[-1], str)]


@pytest.mark.parametrize(("holder", "paths"), by_holder(MEMBERS), ids=[at or "order" for at, _ in by_holder(MEMBERS)])
def test_a_missing_member_is_one_finding_at_its_place_or_none(holder: str, paths: list[tuple[str | int, ...]]) -> None:
    told = {at(path): found(changed(path, ...)) for path in paths}

    # In the standard every object but an amount of money has to have its type.
    assert all(reported for place, reported in told.items() if place.endswith("@type")), holder
    assert {place: [(code in MISSING, pointer) for code, pointer in found] for place, found in told.items()} == {
        place: [(True, place)] * min(len(found), 1) for place, found in told.items()
    }


FLAT = [
    (("externalId",), "CRM-1007", "/externalId"),
    (("relatedParty", 0), {"@type": "RelatedParty", "id": "c-1", "role": "buyer"}, "/relatedParty/0/id"),
    (("channel", 0), {"id": "online", "role": "web"}, "/channel/0/id"),
    (
        ("productOrderItem", 0, "product", "place", 0),
        {"id": "site-1", "role": "site"},
        "/productOrderItem/0/product/place/0/id",
    ),
    (
        ("productOrderItem", 0, "product", "relatedParty", 0),
        {"id": "c-1", "role": "contact"},
        "/productOrderItem/0/product/relatedParty/0/id",
    ),
    (
        ("productOrderItem", 0, "productOrderItemRelationship", 0),
        {"orderItem": {"id": "3"}, "relationshipType": "reliesOn"},
        "/productOrderItem/0/productOrderItemRelationship/0/orderItem",
    ),
    (("cancellationReason",), "late", "/cancellationReason"),
    (("cancellationDate",), A_DATE, "/cancellationDate"),
]


@pytest.mark.parametrize(("path", "value", "sign"), FLAT, ids=[sign for *_, sign in FLAT])
def test_a_member_in_the_form_of_v4_is_one_finding_at_its_place(
    path: tuple[str | int, ...], value: Any, sign: str
) -> None:
    assert found(changed(path, value)) == [("ORD013", sign)]


ONE_OBJECT = [
    (("productOrderItem", 0, "product", "place"), {"@type": "PlaceRef", "id": "site-1"}, "ORD120", ""),
    (
        ("productOrderItem", 0, "quoteItem"),
        {"@type": "QuoteItemRef", "id": "1", "quoteId": "q"},
        "ORD114",
        "quoteItemId",
    ),
]


@pytest.mark.parametrize(("path", "value", "code", "member"), ONE_OBJECT)
def test_what_has_no_sign_of_v4_is_one_finding_of_its_shape(
    path: tuple[str | int, ...], value: Any, code: str, member: str
) -> None:
    assert found(changed(path, value)) == [(code, at((*path, member) if member else path))]


WRAPPED = [
    (("externalId",), "/externalId"),
    (("relatedParty",), "/relatedParty/0/partyOrPartyRole"),
    (("channel",), "/channel/0/channel"),
    (("requestedInitialState",), "/requestedInitialState"),
    (("productOrderItem", 0, "quoteItem"), "/productOrderItem/0/quoteItem/quoteItemId"),
    (("productOrderItem", 0, "product", "place"), "/productOrderItem/0/product/place/0/place"),
    (
        ("productOrderItem", 0, "product", "relatedParty"),
        "/productOrderItem/0/product/relatedParty/0/partyOrPartyRole",
    ),
]


@pytest.mark.parametrize(("path", "sign"), WRAPPED, ids=[sign for _, sign in WRAPPED])
@pytest.mark.parametrize("profile", ["tmf622", "tmf622-v4"])
def test_a_member_in_the_form_of_v5_is_one_finding_in_an_order_of_v4(
    path: tuple[str | int, ...], sign: str, profile: str
) -> None:
    order: Any = deepcopy(V4)
    of_v4: Any = order
    of_v5: Any = rich()
    for name in path[:-1]:
        of_v4, of_v5 = of_v4[name], of_v5[name]
    of_v4[path[-1]] = of_v5[path[-1]]

    ((code, message),) = [
        (each.code, each.message) for each in OrderValidator(profile).validate(encoded(order)).findings
    ]

    assert code == "ORD013"
    assert f"v5 (at {sign})" in message


@pytest.mark.parametrize(
    ("member", "pointer"),
    [("id", "/id"), ("name", None), ("@type", "/@type")],
)
def test_a_reference_to_an_intent_needs_its_id(member: str, pointer: str | None) -> None:
    path = ("productOrderItem", 0, "product", "intent")
    intent = {"@type": "IntentRef", "id": "i-1", "name": "n"}
    del intent[member]

    assert [place for _, place in found(changed(path, intent))] == ([f"{at(path)}{pointer}"] if pointer else [])


def test_what_stands_deeper_in_a_value_is_kept_as_it_came(ordercli: Ordercli) -> None:
    order = rich()
    product = order["productOrderItem"][0]["product"]
    person = next(each["partyOrPartyRole"] for each in product["relatedParty"])
    person["contactMedium"].append(
        {"@type": "EmailContactMedium", "emailAddress": "ana@example.com", "own": [1, {"x": []}]}
    )
    product["place"][0]["place"]["geographicLocation"] |= {"@type": "GeoJsonPoint", "geometry": [14.43, "PRECISE"]}
    sent = json.dumps(order).replace('"PRECISE"', "50.0800")

    submitted = ordercli("submit", "-", "--profile", "tmf622", "--async", "-o", "json", stdin=sent.encode())
    ordercli("queue", "run")
    shown = ordercli("show", order["externalId"][0]["id"], "-o", "json")

    assert submitted.json["accepted"] == 1, submitted.stdout
    assert "50.0800" in shown.stdout
    assert shown.json["productOrderItem"][0]["product"] == json.loads(sent)["productOrderItem"][0]["product"]
