"""A member of a TMF622 v5 order that is missing, of a wrong type, or in the form of v4 is one finding at its place."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.shapes_v5 import ProductOrder
from ordercli.resources.validator import OrderValidator
from support.builders import as_document, as_order, encoded
from validation.test_v5_rules import V4

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]


def ref(kind: str) -> Json:
    return {"@type": kind, "id": "r-1", "name": "n"}


def rich() -> Json:
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


# Of any type.
ANY = {"value"}


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
    assert len(PLACES) > 150


@pytest.mark.parametrize("path", PLACES, ids=at)
def test_a_member_of_a_wrong_type_is_one_finding_at_its_place(path: tuple[str | int, ...]) -> None:
    ((code, pointer),) = found(changed(path, of_another_type(path)))

    assert (code, pointer) == ("ORD120", at(path))


MISSING = {"ORD102", "ORD103", "ORD104", "ORD106", "ORD109", "ORD114", "ORD126"}


# An order without lines, with lines of a milestone, is taken for an envelope; bad-v5 has one without either.
MEMBERS = [path for path in PLACES if isinstance(path[-1], str) and path != ("productOrderItem",)]


@pytest.mark.parametrize("path", MEMBERS, ids=at)
def test_a_missing_member_is_one_finding_at_its_place_or_none(path: tuple[str | int, ...]) -> None:
    reported = found(changed(path, ...))

    # In the standard every object but an amount of money has to have its type.
    assert reported or path[-1] != "@type"
    assert [(code in MISSING, pointer) for code, pointer in reported] == [(True, at(path))] * len(reported)
    assert len(reported) <= 1


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
        ("productOrderItem", 0, "productOrderItemRelationship", 0),
        {"orderItem": {"id": "3"}, "relationshipType": "reliesOn"},
        "/productOrderItem/0/productOrderItemRelationship/0/orderItem",
    ),
]


@pytest.mark.parametrize(("path", "value", "sign"), FLAT, ids=[sign for *_, sign in FLAT])
def test_a_member_in_the_form_of_v4_is_one_finding_at_its_place(
    path: tuple[str | int, ...], value: Any, sign: str
) -> None:
    assert found(changed(path, value)) == [("ORD013", sign)]


WRAPPED = ("externalId", "relatedParty", "channel")


@pytest.mark.parametrize("name", WRAPPED)
@pytest.mark.parametrize("profile", ["tmf622", "tmf622-v4"])
def test_a_member_in_the_form_of_v5_is_one_finding_in_an_order_of_v4(name: str, profile: str) -> None:
    order = deepcopy(V4) | {name: as_v5(deepcopy(V4))[name]}

    ((code, _),) = [(each.code, each.pointer) for each in OrderValidator(profile).validate(encoded(order)).findings]

    assert code == "ORD013"
