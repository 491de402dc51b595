"""The document of a customer order: make it, compare it, and apply patches to it."""

from __future__ import annotations

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from ordercli.intake import json_text
from ordercli.resources.registry import RESOURCES, stored_kind
from ordercli.resources.resource import LINE_MEMBERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from ordercli.intake.json_text import JsonValue
    from ordercli.orders.order_rows import LineView, OrderRow, OrderView
    from ordercli.resources.resource import Profile


ITEM_MEMBERS: tuple[str, ...] = tuple(map(attrgetter("items"), RESOURCES.values()))


@cache
def _server_owned() -> tuple[str, ...]:
    """Return the members that only the order system sets, in any profile."""
    profiles = (profile for each in RESOURCES.values() for profile in each.profiles.values())
    return tuple(dict.fromkeys(name for profile in profiles for name in profile.server_owned))


def items_of(document: dict[str, Any]) -> str:
    """Return the name of the member with the line items of an order document; each kind has its own."""
    return next((items for items in ITEM_MEMBERS if items in document), ITEM_MEMBERS[0])


def kind_with(members: Collection[str]) -> str | None:
    """Return the kind of order whose list of line items is among these members; None if it is none, or both."""
    found = [each.name for each in RESOURCES.values() if each.items in members]
    return found[0] if len(found) == 1 else None


_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


def fingerprint(document: bytes, currency: str | None = None) -> bytes:
    """Return a digest that is the same for two orders if and only if they are equal.

    Orders are equal if their JSON values are equal. White space, the order of members, the notation of numbers, null
    members, and members that the server owns are ignored. `currency` is the default that was filled in, because an
    exported order names it.
    """
    from hashlib import sha256  # OpenSSL is slow to load, and few commands compare orders

    order = json_text.decode_values(document)
    if isinstance(order, dict):
        if currency and not order.get("orderCurrency"):
            order["orderCurrency"] = currency
        order = _without(order, _server_owned())
        _keep_line_content(order)
    return sha256(repr(_frozen(order)).encode()).digest()


def same_values(one: bytes, other: bytes) -> bool:
    """Return whether two documents have equal JSON values, compared as by `fingerprint`; no member is left out."""
    return bool(_frozen(json_text.decode_values(one)) == _frozen(json_text.decode_values(other)))


def _line_content(item: JsonValue) -> JsonValue:
    if not isinstance(item, dict):
        return item
    line = _without(item, LINE_MEMBERS)
    _keep_line_content(line)
    return line


def _keep_line_content(holder: dict[str, Any]) -> None:
    for items in ITEM_MEMBERS:
        if isinstance(holder.get(items), list):
            holder[items] = [_line_content(item) for item in holder[items]]


def _without(members: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    kept = members.copy()
    for name in names:
        kept.pop(name, None)
    return kept


def _frozen(value: Any) -> Any:  # of JSON; equal values become objects that are equal and have the same repr
    if isinstance(value, dict):
        members = ((name, _frozen(member)) for name, member in value.items() if member is not None)
        return ("object", *sorted(members))
    if isinstance(value, list):
        return ("list", *map(_frozen, value))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return ("number", str(_EXACT.normalize(Decimal(value)) or 0))
    return ("boolean", value) if isinstance(value, bool) else value


def order_document(order: OrderView | OrderRow, lines: Iterable[LineView], payload: bytes) -> dict[str, Any]:
    """Return the document of an order, in the words of its profile.

    It has every member of the payload that is not null, numbers unchanged, and the members that the order system adds:
    ServiceNow Product Order Open API, GET /order/productOrder/{id}.
    """
    return shown(order, lines, json_text.decode_given(payload))


def shown(order: OrderView | OrderRow, lines: Iterable[LineView], body: dict[str, Any]) -> dict[str, Any]:
    """Return the document of an order from its decoded payload without nulls; it shares values with the payload."""
    resource, profile = stored_kind(order)
    items = resource.items
    known = {line.item_id: line for line in lines}
    document = {
        "id": order.order_id,
        "href": resource.href(order.order_id),
        "state": profile.shown_state(order.state),
        "version": str(order.version),
        "ponr": _boolean(any(line.ponr for line in known.values())),
        profile.created_at: order.created_at,
        "expectedCompletionDate": body.get("requestedCompletionDate"),
        "orderCurrency": body.get("orderCurrency") or order.filled_currency,
    }
    document = {name: member for name, member in document.items() if member is not None}
    document |= _without(body, profile.server_owned)
    document[items] = [_shown_line(item, known, profile, items) for item in body[items]]
    return document


def _shown_line(item: dict[str, Any], known: dict[str, LineView], profile: Profile, items: str) -> dict[str, Any]:
    line = known[item["id"]]
    shown = _without(item, LINE_MEMBERS)
    shown |= {
        "state": profile.states.get(line.state, line.state),
        "version": str(line.version),
        "ponr": _boolean(line.ponr),
    }
    if line.work_notes:
        shown["workNote"] = [note._asdict() for note in line.work_notes]
    if items in item and profile.nests_items:
        shown[items] = [_shown_line(child, known, profile, items) for child in item[items]]
    return shown


def body_of(document: dict[str, Any], order: OrderView | OrderRow) -> dict[str, Any]:
    """Return the members of a document that its caller sent: the reverse of `shown`."""
    _, profile = stored_kind(order)
    body = _without(document, profile.server_owned)
    items = items_of(document)
    body[items] = [_own_members(item, items) for item in document[items]]
    return body


def _own_members(item: dict[str, Any], items: str) -> dict[str, Any]:
    own = _without(item, LINE_MEMBERS)
    if items in item:
        own[items] = [_own_members(child, items) for child in item[items]]
    return own


def _boolean(value: bool) -> str:  # noqa: FBT001 - the vendor's API writes booleans as text
    return "true" if value else "false"


Json = dict[str, Any]

NOTES = "note"


def merge_patch(target: JsonValue, patch: JsonValue) -> JsonValue:
    """Apply a merge patch (RFC 7396): remove null members, merge objects, replace anything else."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, member in patch.items():
        if member is None:
            merged.pop(name, None)
        else:
            merged[name] = merge_patch(merged.get(name), member)
    return merged


def merge_order(order: Json, patch: Json) -> Json:
    """Return the order with the patch applied; neither argument is changed.

    A line item is merged into the line with its id, at any depth of the order; one with a new id is added to the order
    or to the line below which the patch has it. Notes are added unless the order, or the line, has an equal one. The
    line items of the patch must be a list of objects with an id.
    """
    lines: dict[str, Json] = {}
    items = items_of(order)
    copied = {**order, items: _copied(order[items], items, lines)}
    rest = {name: member for name, member in patch.items() if name != items}
    if NOTES in patch:
        rest[NOTES] = _with_notes(order.get(NOTES), patch[NOTES])
    merged: Json = merge_patch(copied, rest)
    _merge_items(merged[items], patch.get(items, ()), items, lines)
    return merged


def _copied(given: list[Json], items: str, lines: dict[str, Json]) -> list[Json]:
    """Return copies of the lines and nested lines, which may be changed; add each to `lines` by its id."""
    copies = []
    for item in given:
        copy = dict(item)
        if items in copy:
            copy[items] = _copied(copy[items], items, lines)
        lines[copy["id"]] = copy
        copies.append(copy)
    return copies


def _merge_items(siblings: list[Json], patches: list[Json], items: str, lines: dict[str, Json]) -> None:
    for patch in patches:
        line = lines.get(patch["id"])
        if line is None:
            line = lines[patch["id"]] = {}
            siblings.append(line)
        rest = {name: member for name, member in patch.items() if name != items}
        if NOTES in rest:
            rest[NOTES] = _with_notes(line.get(NOTES), rest[NOTES])
        merged = merge_patch(line, rest)
        line.clear()
        line.update(merged)
        if items in patch:
            _merge_items(line.setdefault(items, []), patch[items], items, lines)


def _with_notes(known: JsonValue, added: JsonValue) -> JsonValue:
    if isinstance(known, list) and isinstance(added, list):
        equal = set(map(_note_value, known))
        return known + [note for note in added if _note_value(note) not in equal]
    return added


def _note_value(note: JsonValue) -> Any:  # equal notes have equal values
    return _frozen(json_text.decode_values(json_text.encode(note)))
