"""Rules for the records that an order refers to: offerings, specifications, products, parties, places and others.

A rule has no finding while no record of its type is loaded (`validation.reference = auto`), or if no id is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.resources.common.values import product_of
from ordercli.resources.common.words import CANONICAL_ACTIONS
from ordercli.rulebook.rule import INVALID_FIELD, Broken, Level, Rule, Suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.reference.lookup import Name, ReferenceData
    from ordercli.resources.common.protocols import Item, Order, Party
    from ordercli.resources.common.values import ValidationContext

_LINE = "/productOrderItem/0"
_ERRORS = "ServiceNow Product Order Open API, POST /order/productOrder, table 48"
_TABLE = "ServiceNow Product Order Open API, POST /order/productOrder, table 45"
_WANTED_STATUS: Mapping[str, tuple[str, ...]] = {
    "change": ("active",),
    "delete": ("active", "suspended"),
    "suspend": ("active",),
    "resume": ("suspended",),
}


def differs_from_catalogue(context: ValidationContext, reference: ReferenceData) -> bool:
    """Return whether any line item orders what the catalogue does not have, or not together."""
    ordered = reference.ordered
    for line in context.lines:  # noqa: SIM110 - a loop is faster, and this runs for every order
        if not ordered[line.item].agrees:
            return True
    return False


def names_product(context: ValidationContext, _: ReferenceData) -> bool:
    """Return whether any line item names a product of the inventory."""
    for line in context.lines:  # noqa: SIM110 - as above
        if (product := line.item.product) and product.id:
            return True
    return False


def _unknown_product_offering(item: Item, _: ValidationContext, reference: ReferenceData) -> Broken:
    unmatched = reference.ordered[item].unmatched_offering
    return [_unknown_record(item.product_offering, unmatched, "ProductOffering", reference)] if unmatched else False


UNKNOWN_PRODUCT_OFFERING = Rule(
    level=Level.ITEM,
    code="ORD301",
    name="unknown-product-offering",
    about="""A line item names a product offering, or a version of one, that is not in the catalogue.

    It can be neither priced nor fulfilled. Correct the id or the version, or load the catalogue again (`ordercli
    reference import`). An external id can stand in place of an id.
    """,
    at="/productOffering",
    says="Invalid payload: Product offering does not exist",
    source=_ERRORS,
    bad={f"{_LINE}/productOffering/id": "home-fibre-9000"},
    good={f"{_LINE}/productOffering/id": "HF1000"},
    asks_reference=True,
    error=INVALID_FIELD,
    may_break=differs_from_catalogue,
    check=_unknown_product_offering,
)


def _unknown_product_specification(item: Item, _: ValidationContext, reference: ReferenceData) -> Broken:
    unmatched = reference.ordered[item].unmatched_specification
    if not unmatched:
        return False
    named = product_of(item).product_specification
    return [_unknown_record(named, unmatched, reference.SPECIFICATION, reference)]


UNKNOWN_PRODUCT_SPECIFICATION = Rule(
    level=Level.ITEM,
    code="ORD302",
    name="unknown-product-specification",
    about="""A line item names a product specification, or a version of one, that is not in the catalogue.

    Without it, nobody knows what to build. Correct the id or the version, or load the catalogue again.
    """,
    at="/product/productSpecification",
    says="Invalid payload: Product specification does not exist",
    source=_ERRORS,
    bad={f"{_LINE}/product/productSpecification": {"id": "fibre-access", "version": "7"}},
    good={f"{_LINE}/product/productSpecification": {"id": "fibre-access", "version": "2"}},
    asks_reference=True,
    error=INVALID_FIELD,
    may_break=differs_from_catalogue,
    check=_unknown_product_specification,
)


def _unknown_record(
    named: Any,
    unmatched: str,
    record_type: str,
    reference: ReferenceData,
) -> tuple[str, Mapping[str, Any]]:
    """Return the place of what is unknown in a reference: its id, with the nearest known one, or its version."""
    versions = {"internalVersion": named.internal_version, "version": named.version}
    if unmatched in versions:
        return f"/{unmatched}", {"named": f"{named.id} version {versions[unmatched]}"}
    near = reference.nearest(record_type, named.id)
    return f"/{unmatched}", {"named": named.id, "suggestion": Suggestion(near, "maybe") if near else None}


def _unknown_product_inventory(item: Item, _: ValidationContext, reference: ReferenceData) -> Broken:
    name = product_of(item).id
    if not name:
        return False
    product = reference.product(name)
    if product is None:
        return [(f"{item.product_at}/id", {"named": name})] if reference.lacks("Product", name) else False
    limit, quantity = product.quantity, item.quantity
    changes = CANONICAL_ACTIONS.get(item.action) == "change"
    exceeds = changes and limit is not None and quantity is not None and quantity > limit
    return [("/quantity", {"named": name})] if exceeds else False


UNKNOWN_PRODUCT_INVENTORY = Rule(
    level=Level.ITEM,
    code="ORD303",
    name="unknown-product-inventory",
    about="""A line item refers to a product that is not in the inventory, or changes more of it than the inventory has.

    The place is the id of the product, or the quantity of the line item. A record without a quantity sets no limit.
    Correct the line item, or load the inventory again.
    """,
    says="Invalid payload: Product Inventory does not exist",
    source=_ERRORS,
    bad={f"{_LINE}/action": "change", f"{_LINE}/product/id": "inventory-1"},
    good={f"{_LINE}/action": "change", f"{_LINE}/product/id": "inventory-4711"},
    asks_reference=True,
    error=INVALID_FIELD,
    may_break=names_product,
    check=_unknown_product_inventory,
)


def _sold_product_inactive(item: Item, _: ValidationContext, reference: ReferenceData) -> Broken:
    wanted = _WANTED_STATUS.get(CANONICAL_ACTIONS.get(item.action, ""))
    name = product_of(item).id
    product = reference.product(name) if wanted else None
    if product is None or product.status is None or product.status in (wanted or ()):
        return False
    return [("", {"named": name})]


SOLD_PRODUCT_INACTIVE = Rule(
    level=Level.ITEM,
    code="ORD304",
    name="sold-product-inactive",
    about="""A line item refers to a product whose status does not allow the action.

    Only an active product can be changed or suspended, and only a suspended one can be resumed; both can be deleted. A
    record without a status allows every action. Print the record with `ordercli reference show Product ID`.
    """,
    at="/product/id",
    says="Invalid payload: Sold Product is inactive",
    source=_ERRORS,
    bad={f"{_LINE}/action": "change", f"{_LINE}/product/id": "inventory-4712"},
    good={f"{_LINE}/action": "resume", f"{_LINE}/product/id": "inventory-4712"},
    asks_reference=True,
    error=INVALID_FIELD,
    may_break=names_product,
    check=_sold_product_inactive,
)


def _names_unknown_party(context: ValidationContext, reference: ReferenceData) -> bool:
    return reference.lacks_any({(party.referred_type, party.id) for party in context.order.related_party or ()})


def _unknown_consumer(parties: list[Party], _: ValidationContext, reference: ReferenceData) -> Broken:
    return [(place, {"named": name}) for place, name in _unknown("Consumer", parties, reference)]


UNKNOWN_CONSUMER = Rule(
    level=Level.PARTY,
    code="ORD305",
    name="unknown-consumer",
    about="""The order names a consumer that is not known.

    Nobody would receive the product or the bill. Correct the id, or load the consumer.
    """,
    says="Invalid payload: Consumer does not exist",
    source=_ERRORS,
    bad={"/relatedParty/0/id": "consumer-1"},
    good={"/relatedParty/0/id": "consumer-88"},
    asks_reference=True,
    error=INVALID_FIELD,
    may_break=_names_unknown_party,
    check=_unknown_consumer,
)


def _unknown_customer_account(parties: list[Party], _: ValidationContext, reference: ReferenceData) -> Broken:
    return [(place, {"named": name}) for place, name in _unknown("Customer", parties, reference)]


UNKNOWN_CUSTOMER_ACCOUNT = Rule(
    level=Level.PARTY,
    code="ORD306",
    name="unknown-customer-account",
    about="""The order names a customer account that is not known.

    The order could not be billed. Correct the id, or load the customer account.
    """,
    says="Invalid payload: Customer Account does not exist",
    source=_ERRORS,
    bad={"/relatedParty/0": {"id": "customer-1", "@referredType": "Customer"}},
    good={"/relatedParty/0": {"id": "customer-12", "@referredType": "Customer"}},
    asks_reference=True,
    error=INVALID_FIELD,
    may_break=_names_unknown_party,
    check=_unknown_customer_account,
)


def _unknown_contact(parties: list[Party], _: ValidationContext, reference: ReferenceData) -> Broken:
    return [(place, {"id": name}) for place, name in _unknown("CustomerContact", parties, reference)]


UNKNOWN_CONTACT = Rule(
    level=Level.PARTY,
    code="ORD310",
    name="unknown-contact",
    about="""The order names a contact of the customer that is not known.

    Nobody could be asked about the order. Correct the id, or load the contact.
    """,
    says="Customer contact {id} does not exist",
    source=_TABLE,
    bad={"/relatedParty/1/id": "contact-1"},
    good={"/relatedParty/1/id": "contact-88"},
    asks_reference=True,
    error=INVALID_FIELD,
    may_break=_names_unknown_party,
    check=_unknown_contact,
)


def _unknown(party_type: str, parties: list[Party], reference: ReferenceData) -> list[tuple[str, str]]:
    """Return place and id of the parties of a type that the reference data does not have."""
    return [
        (f"/{n}{party.id_at}", party.id)
        for n, party in enumerate(parties)
        if party.referred_type == party_type and reference.lacks(party_type, party.id)
    ]


def _unknown_place(order: Order, context: ValidationContext, reference: ReferenceData) -> Broken:
    if "Place" not in reference.loaded:
        return False
    parties = _unknown("Place", order.related_party or [], reference)
    found = [(f"/relatedParty{at}", {"id": name}) for at, name in parties]
    if reference.lacks_any(_places_named(context)):
        found += [
            (f"{line.pointer}/product/place{at}", {"id": place.id})
            for line in context.lines
            for at, place in _places(product_of(line.item).place)
            if reference.lacks("Place", place.id)
        ]
    return found


def _places_named(context: ValidationContext) -> set[Name]:
    named = set()
    for line in context.lines:
        place = product_of(line.item).place
        if isinstance(place, list):
            named.update([("Place", each.id) for each in place])
        elif place:
            named.add(("Place", place.id))
    return named


def _places(place: Any) -> list[tuple[str, Any]]:  # a place, a list of places, or None
    if isinstance(place, list):
        return [(f"/{n}{each.id_at}", each) for n, each in enumerate(place)]
    return [(place.id_at, place)] if place else []


UNKNOWN_PLACE = Rule(
    level=Level.ORDER,
    code="ORD309",
    name="unknown-place",
    about="""A line item or the order names a place that is not known.

    Nobody would find the place of installation. Correct the id, or load the place.
    """,
    says="Place {id} does not exist",
    source=_TABLE,
    bad={f"{_LINE}/product/place/id": "site-nowhere"},
    good={f"{_LINE}/product/place/id": "site-lisbon"},
    asks_reference=True,
    error=INVALID_FIELD,
    check=_unknown_place,
)
