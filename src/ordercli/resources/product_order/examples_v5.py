"""Write an order as TMF622 v5 writes it: the examples of the rules in their second form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]

# By member, the type of the object in it or in its list; those that change their form have a function below.
_TYPES: Mapping[str, str] = {
    "agreement": "AgreementRef",
    "appointment": "AppointmentRef",
    "billingAccount": "BillingAccountRef",
    "itemPrice": "OrderPrice",
    "itemTotalPrice": "OrderPrice",
    "note": "Note",
    "orderTotalPrice": "OrderPrice",
    "payment": "PaymentRef",
    "price": "Price",
    "priceAlteration": "PriceAlteration",
    "product": "Product",
    "productOffering": "ProductOfferingRef",
    "productOfferingPrice": "ProductOfferingPriceRef",
    "productOfferingQualification": "ProductOfferingQualificationRef",
    "productOrderItem": "ProductOrderItem",
    "productOrderItemRelationship": "OrderItemRelationship",
    "productSpecification": "ProductSpecificationRef",
    "qualification": "ProductOfferingQualificationRef",
    "quote": "QuoteRef",
}


def as_v5(order: Json) -> Json:
    """Return the same order as TMF622 v5 writes it; a value that is no object or list of its place stays as it is."""
    document = {name: member for name, member in order.items() if name not in {"externalId", "relatedParty", "channel"}}
    found = _typed(document, "ProductOrder")
    if "externalId" in order:
        found["externalId"] = [{"@type": "ExternalIdentifier", "id": order["externalId"]}]
    if "relatedParty" in order:
        found["relatedParty"] = [_party(each, "RelatedPartyRefOrPartyRoleRef") for each in order["relatedParty"]]
    if "channel" in order:
        found["channel"] = [_wrapped(each, "RelatedChannel", "channel", "ChannelRef") for each in order["channel"]]
    return found


def _typed(members: Json, kind: str) -> Json:
    found: Json = {"@type": kind}
    if kind in {"OrderPrice", "PriceAlteration"}:  # v5 wants both
        found |= {"priceType": "other", "price": {"@type": "Price"}}
    for name, member in members.items():
        if name == "@type":
            continue
        if name == "place":
            found[name] = [_wrapped(each, "RelatedPlaceRefOrValue", "place", "PlaceRef") for each in member]
        elif name == "relatedParty":
            found[name] = [_party(each, "RelatedPartyOrPartyRole") for each in member]
        elif name == "productCharacteristic":
            found[name] = [{"@type": subtype(each.get("value")), **each} for each in member]
        elif name == "productRelationship":
            found[name] = [_relationship(each) for each in member]
        elif name == "quoteItem":
            found[name] = {"@type": "QuoteItemRef", "quoteId": member["quoteId"], "quoteItemId": member["id"]}
        elif name in _TYPES:
            found[name] = _inner(member, _TYPES[name])
        else:
            found[name] = member
    return found


def _inner(value: Any, kind: str) -> Any:  # of any JSON type
    if isinstance(value, list):
        return [_inner(each, kind) for each in value]
    return _typed(value, kind) if isinstance(value, dict) else value


def _wrapped(ref: Json, kind: str, name: str, inner: str) -> Json:
    own = {each: member for each, member in ref.items() if each not in {"role", "@type"}}
    return {"@type": kind, "role": ref.get("role", "any"), name: {"@type": inner, **own}}


def _party(party: Json, kind: str) -> Json:
    names = {"firstName": "givenName", "lastName": "familyName"}
    own = {names.get(each, each): member for each, member in party.items() if each not in {"role", "@type"}}
    inner = "PartyRef" if "id" in party else "Individual"
    return {"@type": kind, "role": party.get("role", "any"), "partyOrPartyRole": {"@type": inner, **own}}


def _relationship(relation: Json) -> Json:
    product = relation.get("product") or {}
    named = relation.get("id") or product.get("id")
    return {"@type": "ProductRelationship", "id": named, "relationshipType": relation["relationshipType"]}


def subtype(value: object) -> str:
    """Return the subtype of a characteristic that has this value."""
    if isinstance(value, list):
        return subtype(value[0] if value else "").replace("Characteristic", "ArrayCharacteristic")
    kinds = {bool: "Boolean", int: "Integer", float: "Number", dict: "Object"}
    return f"{kinds.get(type(value), 'String')}Characteristic"
