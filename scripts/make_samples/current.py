"""An order in the current form of profile servicenow, whose parties stand in roles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scripts.make_samples.payload import payload

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json
    from scripts.make_samples.order import Order

ROLES = {"Customer": "Account", "Consumer": "Consumer", "CustomerContact": "Contact"}


def current_payload(order: Order) -> Json:
    """Give the document with its parties, the first place and the billing account as this form has them."""
    document = payload(order)
    parties = [_party(ROLES[each["@referredType"]], each["id"], each["name"]) for each in document["relatedParty"]]
    places = [line.place for line in order.lines if line.place]
    locations = [_party("Location", places[0].id, places[0].name)] if places else []
    account = {"id": order.account.id, "name": order.account.name, "@type": "BillingAccountRef"}
    items = [
        {**item, "billingAccount": {**account, "status": "active", "active": True}}
        for item in document["productOrderItem"]
    ]
    return {
        **document,
        "externalSystem": "CPQ-TMF622",
        "productOrderItem": items,
        "relatedParty": parties + locations,
    }


def _party(role: str, party_id: str, name: str) -> Json:
    return {
        "role": role,
        "partyOrPartyRole": {"id": party_id, "name": name, "@type": "PartyRef"},
        "@type": "RelatedPartyOrPartyRole",
    }
