"""Orders by their number: the asynchronous example of the Product Order Open API (ServiceNow), varied."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.catalogue import (
    CHANNELS,
    COMPONENTS,
    CONFIGURATION,
    CURRENCIES,
    FAMILIES,
    INSTALLED,
    PACKAGE,
    PARTIES,
    PLACES,
    Component,
    identifier,
)
from ordercli.resources.product_order import examples_v5

Json = dict[str, Any]

# How many lines an order has, and how many orders of a hundred have so many: 3.8 on average.
_LINES = {1: 12, 2: 14, 3: 22, 4: 30, 5: 10, 6: 5, 8: 4, 12: 2, 20: 1}
_COUNTS = [count for count, share in _LINES.items() for _ in range(share)]
_SHARE_OF_CHANGES = 0.2
_OPENING = datetime(2026, 3, 2, 8, 13, 59, tzinfo=UTC)
# The status in which a sold product must be for each action.
_STATUS = {"change": "active", "delete": "active", "no-change": "active", "suspend": "active", "resume": "suspended"}


def order(number: int, lines: int | None = None) -> Json:
    """Return the order of that number, always the same; its lines are a tree of one package and its components.

    It has so many of them if that is given.
    """
    rng = random.Random(number)  # noqa: S311 - variety, no secret
    family = rng.randrange(FAMILIES)
    currency = rng.choice(CURRENCIES)
    start = _OPENING + timedelta(minutes=7 * number)
    due = start + timedelta(days=rng.randint(1, 60))
    is_change = rng.random() < _SHARE_OF_CHANGES
    count = rng.choice(_COUNTS)
    count = lines or count
    components = [PACKAGE, *(COMPONENTS[n % len(COMPONENTS)] for n in range(count - 1))]
    ids = [str(100 + 10 * n) for n in range(count)]
    items = [
        _line(rng, family, component, line_id, due, currency, is_change=is_change)
        for component, line_id in zip(components, ids, strict=True)
    ]
    for line, relations in zip(items, _relations(ids), strict=True):
        line |= {"productOrderItemRelationship": relations, "@type": "ProductOrderItem"}
    return {
        "requestedCompletionDate": _written(due),
        "requestedStartDate": _written(start),
        "committedDueDate": _written(due + timedelta(days=1)),
        "externalId": f"PO-{number:08d}",
        "orderCurrency": currency,
        "channel": [_channel(rng)],
        "note": [_note(n, start) for n in range(1, 3)],
        "productOrderItem": items,
        "relatedParty": [_party(rng, kind) for kind in ("CustomerContact", "Customer", "Consumer")],
        "@type": "ProductOrder",
    }


def with_characteristics(order: Json, count: int) -> Json:
    """Return the order with so many characteristics of its package, whose specification allows any."""
    package, *components = order["productOrderItem"]
    many = [{"name": f"Setting {n}", "valueType": "string", "value": str(n)} for n in range(count)]
    package = {**package, "product": {**package["product"], "productCharacteristic": many}}
    return {**order, "productOrderItem": [package, *components]}


# Members of a product order and its line items that a service order has under another name, or not at all.
_RENAMED = {"productSpecification": "serviceSpecification", "productCharacteristic": "serviceCharacteristic"}
_RENAMED["productRelationship"] = "serviceRelationship"
_NOT_OF_SERVICES = {"orderCurrency", "channel", "productOrderItem", "itemPrice", "product", "productOffering"}


def as_service_order(order: Json) -> Json:
    """Return a service order with the line items of a product order: the same ids, actions and characteristics."""
    kept = {name: member for name, member in order.items() if name not in _NOT_OF_SERVICES}
    return {**kept, "serviceOrderItem": list(map(_service_line, order["productOrderItem"])), "@type": "ServiceOrder"}


def _service_line(line: Json) -> Json:
    product = line["product"]
    beside = {name: product[name] for name in ("place", "relatedParty")}
    service = {_RENAMED.get(name, name): member for name, member in product.items() if name not in beside}
    kept = {name: member for name, member in line.items() if name not in _NOT_OF_SERVICES}
    relations = {"orderRelationship": kept.pop("productOrderItemRelationship"), "@type": "ServiceOrderItem"}
    return {**kept, "service": {**service, "@type": "Service"}, **beside, **relations}


_ACTIONS = {"change": "modify", "resume": "modify", "suspend": "modify", "no-change": "noChange"}


def as_v4(order: Json) -> Json:
    """Return a product order as TMF622 v4 writes it: with its actions, a list of places, and contacts with ids."""
    parties = [{**party, "role": party["@referredType"]} for party in order["relatedParty"]]
    return {**order, "productOrderItem": list(map(_line_v4, order["productOrderItem"])), "relatedParty": parties}


def as_v5(order: Json) -> Json:
    """Return the same as TMF622 v5 writes it."""
    return examples_v5.as_v5(as_v4(order))


def _line_v4(line: Json) -> Json:
    product = line["product"]
    place = {"id": product["place"]["id"], "role": "installation", "@type": "RelatedPlaceRefOrValue"}
    contacts = [
        {"id": each["email"], "name": f"{each['firstName']} {each['lastName']}", "role": "user"}
        | {"@type": "RelatedParty", "@referredType": each["@referredType"]}
        for each in product["relatedParty"]
    ]
    relations = [
        {"relationshipType": each["relationshipType"], "product": {"id": each["id"]}}
        for each in product.get("productRelationship", ())
    ]
    related = {"productRelationship": relations} if relations else {}
    action = _ACTIONS.get(line["action"], line["action"])
    return {**line, "action": action, "product": {**product, "place": [place], "relatedParty": contacts, **related}}


def _line(
    rng: random.Random,
    family: int,
    component: Component,
    line_id: str,
    due: datetime,
    currency: str,
    *,
    is_change: bool,
) -> Json:
    action = rng.choice(list(_STATUS)) if is_change else "add"
    return {
        "id": line_id,
        "quantity": rng.randint(1, 9),
        "action": action,
        **({"actionReason": f"{action} as agreed"} if is_change else {}),
        "committedDueDate": _written(due),
        "itemPrice": [_price(rng, currency)],
        "product": _product(rng, family, component, action),
        "productOffering": {
            "id": identifier("ProductOffering", family),
            "name": f"Premium SD-WAN Offering {family}",
        },
    }


def _price(rng: random.Random, currency: str) -> Json:
    is_recurring = rng.random() < 0.5  # noqa: PLR2004 - one half
    name = "Tariff plan monthly fee" if is_recurring else "Access Fee"
    duty_free = rng.randint(100, 99999) / 100
    return {
        "name": name,
        "priceType": "recurring" if is_recurring else "nonRecurring",
        **({"recurringChargePeriod": "month"} if is_recurring else {}),
        "price": {
            "taxRate": 19,
            "dutyFreeAmount": {"unit": currency, "value": duty_free},
            "taxIncludedAmount": {"unit": currency, "value": round(duty_free * 1.19, 2)},
        },
    }


def _product(rng: random.Random, family: int, component: Component, action: str) -> Json:
    sold = (family, component.name, _STATUS.get(action), rng.randrange(INSTALLED))
    return {
        **({} if action == "add" else {"id": identifier("Product", *sold)}),
        "isBundle": component is PACKAGE,
        "@type": "Product",
        "productCharacteristic": [
            {"name": name, "valueType": "string", "value": rng.choice(CONFIGURATION[name])}
            for name in component.characteristics
        ],
        "productSpecification": {
            "id": identifier("ProductSpecification", family, component.name),
            "name": component.name,
            "@type": "ProductSpecificationRef",
        },
        "place": {"@type": "Place", "id": identifier("Place", rng.randrange(PLACES))},
        "relatedParty": [
            {
                "firstName": "John",
                "lastName": "Smith",
                "email": f"site{rng.randrange(PLACES)}@example.com",
                "phone": str(rng.randint(10**7, 10**8)),
                "@type": "RelatedParty",
                "@referredType": "OrderLineItemContact",
            }
        ],
        **({} if component is not PACKAGE else {"productRelationship": [_needed(rng, family)]}),
    }


def _needed(rng: random.Random, family: int) -> Json:
    sold = (family, PACKAGE.name, "active", rng.randrange(INSTALLED))
    return {"id": identifier("Product", *sold), "relationshipType": "Requires"}


def _relations(ids: list[str]) -> list[list[Json]]:
    """Return the relations of each line: the first is the parent of all others, stated on both sides."""
    children = [{"id": child, "relationshipType": "HasChild"} for child in ids[1:]]
    return [children, *([{"id": ids[0], "relationshipType": "HasParent"}] for _ in ids[1:])]


def _channel(rng: random.Random) -> Json:
    n = rng.randrange(len(CHANNELS))
    return {"id": str(n + 1), "name": CHANNELS[n]}


def _note(number: int, date: datetime) -> Json:
    text = f"This is a TMF product order illustration no {number}"
    return {"id": str(number), "author": "Jean Pontus", "date": _written(date), "text": text}


def _party(rng: random.Random, kind: str) -> Json:
    n = rng.randrange(PARTIES)
    return {
        "id": identifier(kind, n),
        "name": f"{kind} {n}",
        "@type": "RelatedParty",
        "@referredType": kind,
    }


def _written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"
