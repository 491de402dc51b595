"""An order as its product order document: members of the ServiceNow Product Order Open API, table 45."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.documents import given
from scripts.make_samples.market import utc
from scripts.make_samples.parties import Contact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scripts.make_samples.documents import Json
    from scripts.make_samples.listed import Listed
    from scripts.make_samples.order import Line, Order
    from scripts.make_samples.parties import Person
    from scripts.make_samples.product import Versioned


def payload(order: Order) -> Json:
    """Give the document; times of the order are UTC, those of its lines local."""
    return given(
        {
            "externalId": order.external_id,
            "orderCurrency": order.market.currency,
            "category": order.category,
            "requestedStartDate": utc(order.when.start),
            "requestedCompletionDate": utc(order.when.wanted),
            "committedDueDate": utc(order.when.promised) if order.promised else None,
            "channel": [order.channel.ref()] if order.channel else [],
            "note": list(_notes(order)),
            "productOrderItem": list(_items(order, order.lines, None)),
            "relatedParty": [_party(party, order) for party in (*order.others, order.account)],
            "@type": "ProductOrder",
        }
    )


def _notes(order: Order) -> Iterator[Json]:
    for number, text in enumerate(order.notes, start=1):
        signed = {"id": str(number), "author": order.author, "date": utc(order.when.start)} if order.author else {}
        yield signed | {"text": text}


def _items(order: Order, lines: Sequence[Line], parent: str | None) -> Iterator[Json]:
    for line in lines:
        yield _item(order, line, parent)
        yield from _items(order, line.children, line.id)


def _item(order: Order, line: Line, parent: str | None) -> Json:
    return given(
        {
            "id": line.id,
            "quantity": line.quantity,
            "action": line.action,
            "actionReason": line.reason,
            "committedDueDate": order.market.clock(line.due) if line.due else None,
            "externalProductInventory": [{"externalProductInventoryId": name} for name in line.inventory_ids],
            "itemPrice": list(line.prices),
            "product": _product(order, line),
            "productOffering": _catalogue_ref(order, line.offering),
            "productOrderItemRelationship": list(_relations(line, parent)),
            "@type": "ProductOrderItem",
        }
    )


def _product(order: Order, line: Line) -> Json:
    specification = _catalogue_ref(order, line.specification) | {"@type": "ProductSpecificationRef"}
    place = {"id": line.place.called(outside=order.outside), "@type": "Place"} if line.place else None
    return given(
        {
            "id": product_id(order, line.id) if line.installed else None,
            "@type": "Product",
            "productCharacteristic": list(characteristics(line)),
            "productSpecification": specification,
            "place": place,
            "relatedParty": [_contact(person) for person in line.contacts],
            "productRelationship": [
                {"id": product_id(order, needed), "relationshipType": "Requires"} for needed in line.relies_on
            ],
        }
    )


def product_id(order: Order, line_id: str) -> str:
    """Choose the id by which the order knows an installed product."""
    return order.external_product_id(line_id) if order.outside else order.product_id(line_id)


def characteristics(line: Line) -> Iterator[Json]:
    """Give name, type and value, and the value before where it changes."""
    for name, value in line.characteristics.items():
        yield given(
            {"name": name, "valueType": "string", "value": value, "previousValue": line.previous.get(name)},
        )


def _relations(line: Line, parent: str | None) -> Iterator[Json]:
    if parent is not None:
        yield {"id": parent, "relationshipType": "HasParent"}
    for child in line.children:
        yield {"id": child.id, "relationshipType": "HasChild"}
    for required in line.requires:
        yield {"id": required, "relationshipType": "Requires"}


def _catalogue_ref(order: Order, entry: Versioned) -> Json:
    named = {"id": entry.called(outside=order.outside), "name": entry.name}
    return named | entry.versions() if order.versioned else named


def _party(party: Listed, order: Order) -> Json:
    named = {"id": party.called(outside=order.outside), "name": party.name}
    return named | {"@type": "RelatedParty", "@referredType": party.kind}


def _contact(person: Person) -> Json:
    return given(
        {
            "id": person.id if isinstance(person, Contact) else None,
            "firstName": person.given_name,
            "lastName": person.family_name,
            "email": person.email,
            "phone": person.phone,
            "@type": "RelatedParty",
            "@referredType": "OrderLineItemContact",
        }
    )
