"""Tell in which version of TMF622 an order is written, by its document alone.

Each version has members that the other one has not, or has in another form. An order with signs of both versions is
written in neither; one without any sign is read as v4, in which most of TMF622 v5 is optional.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]


class Signs(NamedTuple):
    """The pointers of the first signs of each version in a document; None where it has none."""

    v4: str | None
    v5: str | None


def signs(document: Mapping[str, Any]) -> Signs:
    """Return the first signs of TMF622 v4 and of v5."""
    first: dict[str, str] = {}
    for version, pointer in _order(document):
        first.setdefault(version, pointer)
        if len(first) == 2:  # noqa: PLR2004 - both versions
            break
    return Signs(first.get("v4"), first.get("v5"))


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
        for at, item in _objects(above, "productOrderItem", place):
            yield from _item(item, at)
            waiting.append((item, at))


def _item(item: Json, at: str) -> Iterator[Sign]:
    quote_item = item.get("quoteItem")
    if isinstance(quote_item, dict) and quote_item.get("quoteItemId") is not None:
        yield "v5", f"{at}/quoteItem/quoteItemId"
    for place, relation in _objects(item, "productOrderItemRelationship", at):
        if relation.get("orderItem") is not None:
            yield "v4", f"{place}/orderItem"
    product = item.get("product")
    if isinstance(product, dict):
        yield from _wrapped(product, "relatedParty", "partyOrPartyRole", f"{at}/product")
        yield from _wrapped(product, "place", "place", f"{at}/product")


def _wrapped(holder: Mapping[str, Any], name: str, inner: str, pointer: str) -> Iterator[Sign]:
    """Yield the form of parties, channels or places: wrapped into an object with their role (v5), or flat (v4)."""
    for at, each in _objects(holder, name, pointer):
        if each.get(inner) is not None:
            yield "v5", f"{at}/{inner}"
        elif each.get("id") is not None:
            yield "v4", f"{at}/id"


def _objects(holder: Mapping[str, Any], name: str, pointer: str) -> Iterator[tuple[str, Json]]:
    members = holder.get(name)
    for n, each in enumerate(members if isinstance(members, list) else ()):
        if isinstance(each, dict):
            yield f"{pointer}/{name}/{n}", each
