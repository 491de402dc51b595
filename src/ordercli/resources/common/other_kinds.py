"""Recognise documents that are not orders of a kind: other kinds of documents, and envelopes with orders in them."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from ordercli.intake.json_text import JsonValue
from ordercli.rulebook.document import ORDER_IN_ENVELOPE, Document, wrapped
from ordercli.rulebook.rule import Finding, Rule

# The lists of line items of orders, by the member that may wrap an order.
_ORDERS: Mapping[str, str] = {"productOrder": "productOrderItem", "serviceOrder": "serviceOrderItem"}
_IN_TEXT = ('"productOrderItem"', '"serviceOrderItem"')

# Keyed by the member with the list of its items.
KINDS: Mapping[str, str] = {
    "productOrderItem": "a product order (TMF622)",
    "serviceOrderItem": "a service order (TMF641)",
    "quoteItem": "a quote (TMF648)",
    "cartItem": "a shopping cart (TMF663)",
    "orderItem": "a product order in the form before TMF622 v4, whose `orderItem` is `productOrderItem` now",
}
# Members of a reference to a line item, as milestones and products have them under the same name as an order its lines.
_OF_REFERENCES = frozenset({"productOrderItemId", "orderItemId", "itemId"})
_CANCELLATION = "a request to cancel an order, which `ordercli cancel --from` takes"
_EVENT = "an event that holds no order with its line items"
_OPERATION = "an operation of a JSON Patch, which `ordercli patch` takes"
_CANCELLATION_MEMBERS = ("cancellationReason", "requestedCancellationDate", "effectiveCancellationDate")
# The lines of rejects files that hold no order, by their `request`: what they are, and the command that takes them.
REQUESTS: Mapping[str, tuple[str, str]] = {
    "patch": ("a patch", "ordercli patch --from"),
    "cancel": ("a cancellation", "ordercli cancel --from"),
    "fulfil": ("a report of fulfilment", "ordercli fulfil"),
    "reference import": ("a record of reference data", "ordercli reference import"),
}
_OPERATIONS = frozenset({"add", "remove", "replace", "move", "copy", "test"})
_WRAPPERS_OF_OTHERS: Mapping[str, str] = {"cart": KINDS["cartItem"]}
_MOST_LOOKED_AT = 50_000  # values of one document
_MOST_FOUND = 1_000


def other_kind(document: Document, items: str, rule: Rule) -> Finding | None:
    """Return the finding for a document that is not an order of the wanted kind alone: ORD011, ORD012 or None.

    `items` is the member with the line items, and `rule` is ORD011 of the kind.
    """
    if document.get(items):
        return _second_kind(document, items, rule)
    if wrapper := _wrapper_of(document):
        return wrapped(wrapper)
    if member := _holds_items(document, KINDS):
        return rule.finding(f"/{member}", kind=KINDS[member])
    if places := _places_of_orders(document):
        return _envelope(places)
    if found := _other_kind_inside(document, rule) or _request_or_event(document, rule) or _record(document, rule):
        return found
    # The order in it has no line items: it is read, so that its own faults are reported.
    sole = next((name for name in _ORDERS if len(document) == 1 and isinstance(document.get(name), dict)), None)
    return wrapped(sole) if sole else None


def other_request(request: str | None, rule: Rule) -> Finding | None:
    """Return the finding for a line of a rejects file whose `request` is not to submit an order; None if it is."""
    if request in {None, "submit"}:
        return None
    kind, command = REQUESTS.get(request or "", ("", ""))
    return rule.finding(
        "", kind=f"{kind} that was refused, which `{command}` takes" if kind else unknown_request(request)
    )


def unknown_request(request: str | None) -> str:
    """Return what a line of a rejects file is that a later version wrote."""
    return f"a request of kind {request!r}, which this version does not know"


def _second_kind(document: Document, items: str, rule: Rule) -> Finding | None:
    """Return the finding for an order with line items of another kind too, because those would not be created."""
    other = next((each for each in _ORDERS.values() if each != items and _has_items(document.get(each))), None)
    if other is None:
        return None
    message = f"The order has both {items} and {other}; send the {other} as an order of its own"
    return rule.finding(f"/{other}", kind=KINDS[other])._replace(message=message)


def _other_kind_inside(document: Document, rule: Rule) -> Finding | None:
    if member := _holds_items(document, _WRAPPERS_OF_OTHERS):
        return rule.finding(f"/{member}", kind=_WRAPPERS_OF_OTHERS[member])
    # A list: an object may be the reference of an order to an item of a quote.
    lists = (path for value, path in _inner_values(document) if _has_items(value))
    named = ((path, str(path[-1])) for path in lists if path[-1] in KINDS)
    return next((rule.finding(_pointer(path), kind=KINDS[member]) for path, member in named), None)


def _request_or_event(document: Document, rule: Rule) -> Finding | None:
    """Return the finding for a request that changes an order, or for an event about one."""
    if isinstance(document.get("event"), dict) and isinstance(document.get("eventType"), str):
        return rule.finding("/event", kind=_EVENT)
    if isinstance(op := document.get("op"), str) and op in _OPERATIONS and isinstance(document.get("path"), str):
        return rule.finding("/op", kind=_OPERATION)
    canceled = next((name for name in _ORDERS if isinstance(document.get(name), dict)), None)
    named = str(document.get("@type", "")).startswith("Cancel")
    if canceled and (named or any(document.get(member) for member in _CANCELLATION_MEMBERS)):
        return rule.finding(f"/{canceled}", kind=_CANCELLATION)
    return None


def _record(document: Document, rule: Rule) -> Finding | None:
    """Return the finding for a record of a catalogue, an inventory or the like."""
    from ordercli.reference.record_types import RECORD_TYPES, UNUSED_TYPES, kind_of  # few documents are records

    kind = kind_of(document)
    if kind in RECORD_TYPES:
        kind = f"a record of reference data ({kind}), which `ordercli reference import` takes"
    elif kind in UNUSED_TYPES:
        kind = f"a record of the type {kind}"
    else:
        return None
    return rule.finding("/@type" if document.get("@type") else "", kind=kind)


def _holds_items(members: Document, kinds: Mapping[str, str]) -> str | None:
    return next((name for name in kinds if isinstance(members.get(name), list | dict) and members[name]), None)


def _wrapper_of(document: Document) -> str | None:
    """Return the sole member of a document if it holds an order of any kind."""
    if len(document) != 1:
        return None
    member, inner = next(iter(document.items()))
    holds = isinstance(inner, dict) and member in _ORDERS and isinstance(inner.get(_ORDERS[member]), list)
    return member if holds else None


_Path = tuple[str | int, ...]


def _envelope(places: list[tuple[_Path, bool]]) -> Finding:
    """Return ORD012 for orders at these places, each with whether it is a list of orders."""
    from shlex import quote  # few documents are envelopes

    first, is_list = places[0]
    at = _pointer(first)
    if len(places) == 1:
        return ORDER_IN_ENVELOPE.finding(at, at=quote(at), **({"detail": "orders"} if is_list else {}))
    dotted = {".".join(str(name) for name in path if isinstance(name, str)) for path, _ in places}
    if len(dotted) == 1 and not any(isinstance(name, str) and (not name or "." in name) for name in first):
        return ORDER_IN_ENVELOPE.finding(at, detail="orders", at=quote(dotted.pop()))
    return ORDER_IN_ENVELOPE.finding(at, detail="more", at=quote(at), count=f"{len(places):,}")


def _places_of_orders(document: Document) -> list[tuple[_Path, bool]]:
    """Return the paths of the orders inside a document, the nearest first, and whether each is a list of orders."""
    places = []
    for value, path in _inner_values(document):
        if _is_order(value):
            places.append((path, False))
        elif isinstance(value, list) and any(map(_is_order_or_wrapper, value)):
            places.append((path, True))
        if len(places) == _MOST_FOUND:
            break
    return places


def _inner_values(document: Document) -> Iterator[tuple[Any, _Path]]:
    """Yield the values inside a document, the nearest first, and nothing inside an order or a list of orders."""
    waiting: deque[tuple[Any, _Path]] = deque([(document, ())])
    for _ in range(_MOST_LOOKED_AT):
        if not waiting:
            return
        value, path = waiting.popleft()
        if path:
            yield value, path
        if isinstance(value, dict) and not _is_order(value):
            waiting += ((each, (*path, name)) for name, each in value.items() if isinstance(each, dict | list | str))
        elif isinstance(value, list) and not any(map(_is_order_or_wrapper, value)):
            waiting += ((each, (*path, n)) for n, each in enumerate(value) if isinstance(each, dict | list | str))


def _is_order(value: JsonValue) -> bool:
    """Return whether a value is an order of any kind, or a text that holds one or several."""
    if isinstance(value, str):
        return any(items in value for items in _IN_TEXT) and value.lstrip().startswith(("{", "["))
    return isinstance(value, dict) and any(_has_items(value.get(each)) for each in _ORDERS.values())


def _has_items(value: JsonValue) -> bool:
    """Return whether a value is a list that is not empty and not one of references to items."""
    return isinstance(value, list) and not all(
        isinstance(each, dict) and not _OF_REFERENCES.isdisjoint(each) for each in value
    )


def _is_order_or_wrapper(value: JsonValue) -> bool:
    return _is_order(value) or (isinstance(value, dict) and _wrapper_of(value) is not None)


def _pointer(path: _Path) -> str:
    return "".join(f"/{str(name).replace('~', '~0').replace('/', '~1')}" for name in path)
