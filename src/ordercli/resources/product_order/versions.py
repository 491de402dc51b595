"""Tell in which version of TMF622 an order is written, by its document alone.

Each version has members that the other one has not, or has in another form. An order with signs of both versions is
refused; one without any sign is read as v4, in which most of TMF622 v5 is optional.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.resources.product_order.profiles import SERVICENOW, TMF622_V4, TMF622_V5
from ordercli.resources.product_order.rules.product_orders import OTHER_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ordercli.resources.product_order.shapes_v5 import ProductOrder
    from ordercli.resources.resource import Profile
    from ordercli.rulebook.rule import Finding

Json = dict[str, Any]


def signs(document: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Return the pointers of the first signs of TMF622 v4 and of v5 in a document; None where it has none."""
    first: dict[str, str] = {}
    for version, pointer in _order(document):
        first.setdefault(version, pointer)
        if len(first) > 1:
            break
    return first.get("v4"), first.get("v5")


def version_of(document: Mapping[str, Any]) -> str:
    """Return the name of the profile in whose version a document is written; a mixture of both counts as v4."""
    v4, v5 = signs(document)
    return TMF622_V5.name if v5 is not None and v4 is None else TMF622_V4.name


def is_surely_v5(order: ProductOrder) -> bool:
    """Return whether an order of v5, all of whose fields are known, has a sign of v5 and none of v4.

    False only means that the document has to be searched.
    """
    is_v5 = order.external_identifiers is not None or order.requested_initial_state is not None or bool(order.channel)
    return is_v5 and not TMF622_V5.may_be_of_another_version(order)


def other_version(document: Mapping[str, Any], profile: Profile) -> Finding | None:
    """Return ORD013 for a document that is written in another version than the profile, or in both."""
    v4, v5 = signs(document)
    if v4 is not None and v5 is not None and profile is not SERVICENOW:
        return OTHER_VERSION.finding(v4, detail="mixed", v4=v4, v5=v5)
    if profile is TMF622_V5:
        return None if v4 is None else OTHER_VERSION.finding(v4, version="v4")
    if v5 is None or (profile is SERVICENOW and not _only_in_v5(v5)):
        return None
    return OTHER_VERSION.finding(v5, version="v5")


def _only_in_v5(place: str) -> bool:
    """Return whether a sign of v5 is none of the current form of servicenow, which wraps parties too."""
    return not place.endswith("/partyOrPartyRole")


Sign = tuple[str, str]


def _order(order: Mapping[str, Any]) -> Iterator[Sign]:
    external_id = order.get("externalId")
    if isinstance(external_id, list):
        yield "v5", "/externalId"
    elif isinstance(external_id, str):
        yield "v4", "/externalId"
    if order.get("requestedInitialState") is not None:
        yield "v5", "/requestedInitialState"
    for name in ("cancellationDate", "cancellationReason"):
        if order.get(name) is not None:
            yield "v4", f"/{name}"
    yield from _wrapped(order, "relatedParty", "partyOrPartyRole", "")
    yield from _wrapped(order, "channel", "channel", "")
    yield from _items(order, "")


def _items(holder: Mapping[str, Any], pointer: str) -> Iterator[Sign]:
    """Yield the signs in line items and in those nested in them, without recursion: a document may be deep."""
    waiting = [(holder, pointer)]
    while waiting:
        above, place = waiting.pop()
        for n, item in _objects(above.get("productOrderItem")):
            at = f"{place}/productOrderItem/{n}"
            yield from _item(item, at)
            waiting.append((item, at))


def _item(item: Json, at: str) -> Iterator[Sign]:
    quote_item = item.get("quoteItem")
    if isinstance(quote_item, dict) and quote_item.get("quoteItemId") is not None:
        yield "v5", f"{at}/quoteItem/quoteItemId"
    for n, relation in _objects(item.get("productOrderItemRelationship")):
        if relation.get("orderItem") is not None:
            yield "v4", f"{at}/productOrderItemRelationship/{n}/orderItem"
    product = item.get("product")
    if isinstance(product, dict):
        yield from _wrapped(product, "relatedParty", "partyOrPartyRole", f"{at}/product")
        yield from _wrapped(product, "place", "place", f"{at}/product")


def _wrapped(holder: Mapping[str, Any], name: str, inner: str, pointer: str) -> Iterator[Sign]:
    """Yield the form of parties, channels or places: wrapped into an object with their role (v5), or flat (v4)."""
    for n, each in _objects(holder.get(name)):
        if each.get(inner) is not None:
            yield "v5", f"{pointer}/{name}/{n}/{inner}"
        elif each.get("id") is not None:
            yield "v4", f"{pointer}/{name}/{n}/id"


def _objects(member: Any) -> list[tuple[int, Json]]:
    return [(n, each) for n, each in enumerate(member) if isinstance(each, dict)] if isinstance(member, list) else []
