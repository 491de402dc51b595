"""An order as TMF622 v5 writes it: every object has its type, and parties, places and channels stand in roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.documents import given
from scripts.make_samples.market import utc
from scripts.make_samples.parties import Company
from scripts.make_samples.payload import characteristics

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json
    from scripts.make_samples.listed import Listed
    from scripts.make_samples.order import Line, Order
    from scripts.make_samples.parties import Person
    from scripts.make_samples.places import Channel

ACTIONS = {"change": "modify", "no-change": "noChange"}


def v5_payload(order: Order) -> Json:
    """Give the document with the members of TMF622 v5 alone."""
    return given(
        {
            "@type": "ProductOrder",
            "externalId": _identifiers(order),
            "category": order.category,
            "requestedStartDate": utc(order.when.start),
            "requestedCompletionDate": utc(order.when.wanted),
            "requestedInitialState": "acknowledged" if order.promised else None,
            "channel": [_channel(order.channel)] if order.channel else [],
            "note": [
                {"@type": "Note", "author": order.account.name, "date": utc(order.when.start), "text": text}
                for text in order.notes
            ],
            "productOrderItem": [_item(order, line) for line in order.lines],
            "relatedParty": [_party(each) for each in (*order.others, order.account)],
        }
    )


def _identifiers(order: Order) -> list[Json]:
    """Give the number of the order, and that of the purchase order of a company."""
    first = {"externalIdentifierType": "orderNumber", "id": order.external_id}
    purchase = {"externalIdentifierType": "purchaseOrder", "id": f"PO-{order.external_id}"}
    owned = [(first, "CRM"), *([(purchase, order.account.name)] if isinstance(order.account, Company) else [])]
    return [{"@type": "ExternalIdentifier", "owner": owner, **members} for members, owner in owned]


def _channel(channel: Channel) -> Json:
    return {"@type": "RelatedChannel", "role": "order entry", "channel": {"@type": "ChannelRef", **channel.ref()}}


def _item(order: Order, line: Line) -> Json:
    return given(
        {
            "@type": "ProductOrderItem",
            "id": line.id,
            "quantity": line.quantity,
            "action": ACTIONS.get(line.action, line.action),
            "itemPrice": [
                {"@type": "OrderPrice", **each, "price": {"@type": "Price", **each["price"]}} for each in line.prices
            ],
            "product": _product(order, line),
            "productOffering": {"@type": "ProductOfferingRef", **line.offering.ref()},
            "productOrderItem": [_item(order, child) for child in line.children],
        }
    )


def _product(order: Order, line: Line) -> Json:
    versions = line.specification.versions()
    place = {"@type": "PlaceRef", "id": line.place.id, "name": line.place.name} if line.place else None
    return given(
        {
            "@type": "Product",
            "id": order.product_id(line.id) if line.installed else None,
            "productCharacteristic": [
                {
                    "@type": "StringCharacteristic",
                    **{name: value for name, value in each.items() if name != "previousValue"},
                }
                for each in characteristics(line)
            ],
            "productSpecification": {
                "@type": "ProductSpecificationRef",
                **line.specification.ref(),
                "version": versions["version"],
            },
            "place": [{"@type": "RelatedPlaceRefOrValue", "role": "installation", "place": place}] if place else [],
            "relatedParty": [_user(person) for person in line.contacts],
            "productRelationship": [
                {"@type": "ProductRelationship", "relationshipType": "Requires", "id": order.product_id(needed)}
                for needed in line.relies_on
            ],
        }
    )


def _party(party: Listed) -> Json:
    ref = {"@type": "PartyRef", "id": party.id, "name": party.name, "@referredType": party.kind}
    return {"@type": "RelatedPartyRefOrPartyRoleRef", "role": party.kind, "partyOrPartyRole": ref}


def _user(person: Person) -> Json:
    named = {"@type": "Individual", "givenName": person.given_name, "familyName": person.family_name}
    return {"@type": "RelatedPartyOrPartyRole", "role": "user", "partyOrPartyRole": named}
