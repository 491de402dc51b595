"""What TMF622 v5.0.0 requires of the documents that a server sends: members by schema, and the words of states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TASK_STATES = frozenset({"acknowledged", "rejected", "inProgress", "cancelled", "done", "terminatedWithError"})
ITEM_STATES = frozenset(
    {
        "acknowledged",
        "assessingCancellation",
        "cancelled",
        "completed",
        "failed",
        "held",
        "inProgress",
        "partial",
        "pending",
        "pendingCancellation",
        "rejected",
    }
)
ORDER_STATES = ITEM_STATES | {"draft", "inProgress.accepted"}


class Schema(NamedTuple):
    """The members that an object must have, the schemas of its members with objects, and the words of its state."""

    required: str = "@type"
    members: Mapping[str, str] = {}
    states: frozenset[str] = frozenset()


_PRICED = {"price": "Typed", "priceAlteration": "Priced", "productOfferingPrice": "Ref", "billingAccount": "Ref"}
_ORDER = {"agreement": "Ref", "billingAccount": "Ref", "channel": "Channel", "externalId": "Ref", "note": "Typed"}
_ITEM = {"itemPrice": "Priced", "itemTotalPrice": "Priced", "itemTerm": "Typed", "note": "Typed", "payment": "Ref"}
SCHEMAS: Mapping[str, Schema] = {
    "Typed": Schema(),
    "Ref": Schema("@type id"),
    "Priced": Schema("@type price priceType", _PRICED),
    "Channel": Schema("@type role channel", {"channel": "Ref"}),
    "Place": Schema("@type role place", {"place": "Typed"}),
    "PartyOfOrder": Schema("@type role partyOrPartyRole", {"partyOrPartyRole": "Ref"}),
    "PartyOfProduct": Schema("@type role partyOrPartyRole", {"partyOrPartyRole": "Typed"}),
    "Characteristic": Schema("@type name"),
    "Relation": Schema("@type id relationshipType"),
    "Product": Schema(
        "@type",
        {
            "place": "Place",
            "relatedParty": "PartyOfProduct",
            "productCharacteristic": "Characteristic",
            "productRelationship": "Relation",
            "productSpecification": "Ref",
        },
    ),
    "Item": Schema(
        "@type id action",
        {
            **_ITEM,
            "product": "Product",
            "productOffering": "Ref",
            "productOrderItem": "Item",
            "productOrderItemRelationship": "Relation",
        },
        ITEM_STATES,
    ),
    "ProductOrder": Schema(
        "@type",
        {**_ORDER, "orderTotalPrice": "Priced", "productOrderItem": "Item", "relatedParty": "PartyOfOrder"},
        ORDER_STATES,
    ),
    "CancelProductOrder": Schema("@type", {"productOrder": "Ref"}, TASK_STATES),
    "Payload": Schema("", {"productOrder": "ProductOrder", "cancelProductOrder": "CancelProductOrder"}),
    "Event": Schema("@type", {"event": "Payload", "reportingSystem": "Ref", "source": "Ref"}),
    "Hub": Schema("@type callback"),
    "Error": Schema("@type code reason"),
}


def faults(document: Any, name: str, pointer: str = "") -> Iterator[str]:
    """Yield where a document lacks what its schema requires, or has the word of another state."""
    schema = SCHEMAS[name]
    if not isinstance(document, dict):
        yield f"{pointer} is no object"
        return
    yield from (f"{pointer}/{each} is missing" for each in schema.required.split() if document.get(each) is None)
    if schema.states and document.get("state", "acknowledged") not in schema.states:
        yield f"{pointer}/state is {document['state']}"
    for member, inner in schema.members.items():
        found = document.get(member)
        if isinstance(found, list):
            for n, each in enumerate(found):
                yield from faults(each, inner, f"{pointer}/{member}/{n}")
        elif found is not None:
            yield from faults(found, inner, f"{pointer}/{member}")
