"""An order in the words of the standard: a TMF622 v4 ProductOrder, lines nested in each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.documents import given
from scripts.make_samples.market import utc
from scripts.make_samples.payload import characteristics

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json
    from scripts.make_samples.listed import Listed
    from scripts.make_samples.order import Line, Order

ACTIONS = {"change": "modify", "no-change": "noChange"}


def standard_payload(order: Order) -> Json:
    """Give the document with the members of TMF622 v4 alone."""
    return given(
        {
            "externalId": order.external_id,
            "category": order.category,
            "requestedStartDate": utc(order.when.start),
            "requestedCompletionDate": utc(order.when.wanted),
            "channel": [order.channel.ref() | {"role": "order entry"}] if order.channel else [],
            "note": [
                {"author": order.account.name, "date": utc(order.when.start), "text": text} for text in order.notes
            ],
            "productOrderItem": [_item(order, line) for line in order.lines],
            "relatedParty": [_party(order.account, "customer")],
            "@type": "ProductOrder",
        }
    )


def _item(order: Order, line: Line) -> Json:
    return given(
        {
            "id": line.id,
            "quantity": line.quantity,
            "action": ACTIONS.get(line.action, line.action),
            "itemPrice": list(line.prices),
            "product": _product(order, line),
            "productOffering": line.offering.ref(),
            "productOrderItem": [_item(order, child) for child in line.children],
            "@type": "ProductOrderItem",
        }
    )


def _product(order: Order, line: Line) -> Json:
    needed = [
        {"relationshipType": "Requires", "product": {"id": order.product_id(line_id)}} for line_id in line.relies_on
    ]
    return given(
        {
            "id": order.product_id(line.id) if line.installed else None,
            "@type": "Product",
            "productCharacteristic": [
                {name: value for name, value in each.items() if name != "previousValue"}
                for each in characteristics(line)
            ],
            "productSpecification": line.specification.ref() | {"version": line.specification.versions()["version"]},
            "place": [{"id": line.place.id, "name": line.place.name, "role": "installation"}] if line.place else [],
            "relatedParty": [_party(person, "user") for person in line.contacts],
            "productRelationship": needed,
        }
    )


def _party(party: Listed, role: str) -> Json:
    named = {"id": party.id, "name": party.name, "role": role}
    return named | {"@type": "RelatedParty", "@referredType": party.kind}
