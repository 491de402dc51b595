"""Replay the documents of an order from its history, and derive its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from ordercli.orders.changes import ChangeType, applied, change_type, changed_lines
from ordercli.orders.history import Entry, HistoryKind
from ordercli.orders.order_rows import LineView, OrderView, WorkNote
from ordercli.orders.states import LineState, OrderState, initial_state
from ordercli.resources.common.values import document_lines
from ordercli.resources.document import body_of, items_of, shown
from ordercli.resources.registry import RESOURCES, stored_kind
from ordercli.resources.resource import Resource

Json = dict[str, Any]


def event_types(resource: Resource) -> list[str]:
    """Return the types of the events of a kind of order."""
    own, cancel = resource.type, f"Cancel{resource.type}"
    changes = ("CreateEvent", "StateChangeEvent")
    return [f"{own}{each}" for each in (*changes, "AttributeValueChangeEvent")] + [
        f"{cancel}{each}" for each in changes
    ]


def replay(
    order: OrderView, accepted: Json, entries: Iterable[Entry], notes: Mapping[str, tuple[WorkNote, ...]]
) -> Iterator[Json]:
    """Yield the document of an order after each of its entries, the creation first.

    `accepted` is the document as it was accepted, decoded without nulls; the yielded ones share values with it. `notes`
    are all work notes of the order, by line id.
    """
    resource, profile = stored_kind(order)
    words, items = profile.states, resource.items
    document = _as_created(accepted, items, words)
    revisions: Counter[str] = Counter()
    for entry in entries:
        touched = changed_lines(entry.changes)
        document = applied(document, entry.changes)
        revisions.update(line.item["id"] for line in document_lines(document, items) if line.pointer in touched)
        document = _document_after(order, entry, document, revisions, notes)
        yield document


def _as_created(body: Json, items: str, words: Mapping[str, str]) -> Json:
    """Return the document with the states at creation; `_document_after` adds the other members."""
    state = initial_state(words, body.get("requestedInitialState"))
    return {**body, "state": state, items: [_new_line(item, items) for item in body[items]]}


def _new_line(item: Json, items: str) -> Json:
    new = {**item, "state": LineState.NEW.value, "ponr": "false"}
    if items in item:
        new[items] = [_new_line(child, items) for child in item[items]]
    return new


def _document_after(
    order: OrderView,
    entry: Entry,
    document: Json,
    revisions: Mapping[str, int],
    notes: Mapping[str, tuple[WorkNote, ...]],
) -> Json:
    """Return the document with its derived members: versions, and members of lines that the order repeats."""
    view = replace(order, state=document["state"], version=entry.version)
    views = [
        LineView(
            (name := line.item["id"]),
            line.item["state"],
            1 + revisions[name],
            line.item["ponr"] == "true",
            tuple(note for note in notes.get(name, ()) if note.date <= entry.at),
        )
        for line in document_lines(document, items_of(document))
    ]
    return shown(view, views, body_of(document, order))


class Occasion(NamedTuple):
    """An entry, and the order after it; `track_id` is that of the run that accepted the order."""

    entry: Entry
    order: OrderView
    document: Json
    track_id: str | None


def events_of(occasion: Occasion) -> Iterator[Json]:
    """Yield the notifications of an entry in their order. TMF622 v4.0.0, notification schemas, or those of v5.

    The id of an event is computed from the order id, its version and the number of the event, and never changes.
    """
    entry, order = occasion.entry, occasion.order
    resource = RESOURCES[order.resource]
    domain, load_notices = resource.domain, resource.profiles[order.profile].load_notices
    for number, (kind, title, payload) in enumerate(_notifications_of(occasion), start=1):
        event = {
            "eventId": f"{order.order_id}-{entry.version}-{number}",
            "eventTime": entry.at,
            "eventType": kind,
            "correlationId": occasion.track_id,
            "domain": domain,
            "title": title,
            "description": f"{title}: {order.external_id or order.order_id}, version {entry.version}",
            "fieldPath": _field_path(entry) if kind.endswith("AttributeValueChangeEvent") else None,
            "event": payload,
        }
        members = {name: member for name, member in event.items() if member is not None}
        yield load_notices().event(members, order.source) if load_notices else members


def _notifications_of(occasion: Occasion) -> Iterator[tuple[str, str, Json]]:
    """Yield type, title and payload of each event."""
    resource = RESOURCES[occasion.order.resource]
    entry = occasion.entry
    order: Json = {resource.name: occasion.document}
    kind, title = resource.type, resource.title.capitalize()
    if entry.kind is HistoryKind.CREATION:
        yield f"{kind}CreateEvent", f"{title} created", order
    if entry.kind is HistoryKind.CANCELLATION:
        yield _cancellation(occasion)
    if ChangeType.STATE in entry.change_types:
        yield f"{kind}StateChangeEvent", f"{title} changed its state", order
    if set(entry.change_types) - {ChangeType.STATE}:
        yield f"{kind}AttributeValueChangeEvent", f"{title} revised", order


def _cancellation(occasion: Occasion) -> tuple[str, str, Json]:
    """Return the event of a request to cancel the order, or of the decision about one."""
    entry, order_id = occasion.entry, occasion.order.order_id
    resource = RESOURCES[occasion.order.resource]
    profile = resource.profiles[occasion.order.profile]
    assessing = profile.shown_state(OrderState.ASSESSING_CANCELLATION)
    decided = any(change.before == assessing for change in entry.changes)
    waits = any(change.after == assessing for change in entry.changes)
    cancelled = any(change.after == profile.shown_state(OrderState.CANCELED) for change in entry.changes)
    request = {
        "id": order_id,
        **(entry.cancellation or {}),
        resource.name: {"id": order_id, "href": resource.href(order_id), "@referredType": resource.type},
        "state": "inProgress" if waits else "done" if cancelled else "terminatedWithError",
    }
    kind, title = f"Cancel{resource.type}", f"Cancellation of {resource.title}"
    payload = {f"cancel{resource.type}": request}
    if decided:
        return f"{kind}StateChangeEvent", f"{title} decided", payload
    return f"{kind}CreateEvent", f"{title} requested", payload


def _field_path(entry: Entry) -> str:
    """Return the places that were changed, without states."""
    pointers = (change.pointer for change in entry.changes)
    return ", ".join(pointer for pointer in pointers if change_type(pointer) is not ChangeType.STATE)
