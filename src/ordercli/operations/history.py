"""Report what happened to one order or to all orders, as history lines or as events."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, NamedTuple, cast

from msgspec import UNSET, Meta, UnsetType

from ordercli.clock import timestamp
from ordercli.database.store import NO_LIMIT, Store, snapshot, transaction
from ordercli.errors import UsageError, reading
from ordercli.intake import json_text
from ordercli.operations.find import find
from ordercli.orders import history
from ordercli.orders.changes import ChangeType
from ordercli.orders.history import Entry, HistoryKind, Timeline, timelines
from ordercli.orders.order_rows import OrderView
from ordercli.queue.entries import EntryView, payload_bodies
from ordercli.resources.common.values import document_lines
from ordercli.resources.document import items_of
from ordercli.resources.events import Occasion, event_types, events_of, replay
from ordercli.resources.registry import RESOURCES
from ordercli.result_types import Id, Pointer, Result, Time
from ordercli.settings_loading import short

Json = dict[str, Any]

WORK_NOTE: Final = "workNote"


class Change(Result):
    """One changed place of the order's document; `before` or `after` is null if there is no value."""

    pointer: Pointer
    before: Any
    after: Any


class HistoryLine(Result):
    """One thing that happened to an order."""

    columns = ("time", "actor", "version", "kind", "changeTypes", "changes")
    identified_by = "version"

    time: Time
    actor: str
    version: Annotated[int, Meta(ge=1, description="of the order, afterwards")]
    kind: Literal["creation", "revision", "stateChange", "cancellation", "remote", "workNote"]
    change_types: list[ChangeType]
    changes: list[Change]
    cancellation_reason: str | UnsetType = UNSET
    requested_cancellation_date: str | UnsetType = UNSET
    batch_id: Annotated[Id, Meta(description="of the creation: the batch that the order came with")] | UnsetType = UNSET
    track_id: str | UnsetType = UNSET
    run_id: Annotated[Id, Meta(description="the run over many requests that did it")] | UnsetType = UNSET


def order_history(
    store: Store, identifier: str, source: str | None = None, resource: str | None = None
) -> list[HistoryLine] | EntryView:
    """Return the history of an order, the oldest entry first, or the queue entry of an order that is not created yet.

    Raises:
        OrderNotFoundError, AmbiguousIdError: See `find`.
    """
    found = _timeline(store, identifier, source, resource)
    return found if isinstance(found, EntryView) else list(_lines(*found))


def order_events(
    store: Store, identifier: str, source: str | None = None, resource: str | None = None
) -> list[Json] | EntryView:
    """Return what happened to an order as events, or the queue entry of an order that is not created yet.

    Raises:
        OrderNotFoundError, AmbiguousIdError: See `find`.
    """
    found = _timeline(store, identifier, source, resource)
    if isinstance(found, EntryView):
        return found
    timeline, documents = found
    order = timeline.order
    return [
        event
        for entry, document in zip(timeline.entries, documents, strict=True)
        for event in events_of(Occasion(entry, order, document, timeline.track_id))
    ]


def _timeline(
    store: Store, identifier: str, source: str | None, resource: str | None
) -> tuple[Timeline, list[Json]] | EntryView:
    """Return the order with its history, and its document after each entry of the history."""
    with snapshot(store):
        found = find(store, identifier, source, resource)
        return found if isinstance(found, EntryView) else _timeline_of(store, found)


def _timeline_of(store: Store, order: OrderView) -> tuple[Timeline, list[Json]]:
    with reading(f"the history of {order.order_id}"):
        timeline = timelines(store, [order.seq])[order.seq]
        payload = payload_bodies(store, f"[{order.seq}]")[order.seq]
        accepted = json_text.decode_given(payload)
        return timeline, list(replay(timeline.order, accepted, timeline.entries, timeline.notes))


def history_of(store: Store, order: OrderView) -> list[HistoryLine]:
    """Return the history of an order, the oldest entry first, within a snapshot."""
    return list(_lines(*_timeline_of(store, order)))


def _lines(timeline: Timeline, documents: list[Json]) -> Iterator[HistoryLine]:
    known: set[str] = set()
    for entry, document in zip(timeline.entries, documents, strict=True):
        yield _line(timeline, entry)
        for pointer, note in _notes(document):
            if pointer not in known:
                known.add(pointer)
                yield _note_line(entry, pointer, note)


def _line(timeline: Timeline, entry: Entry) -> HistoryLine:
    request, is_creation = entry.cancellation or {}, entry.kind is HistoryKind.CREATION
    return HistoryLine(
        time=entry.at,
        actor=entry.actor,
        version=entry.version,
        kind=cast("Any", entry.kind),
        change_types=cast("list[ChangeType]", list(entry.change_types)),
        changes=[Change(*change) for change in entry.changes],
        cancellation_reason=request.get("cancellationReason", UNSET),
        requested_cancellation_date=request.get("requestedCancellationDate", UNSET),
        batch_id=timeline.batch_id if is_creation else UNSET,
        track_id=(is_creation and timeline.track_id) or UNSET,
        run_id=entry.run_id or UNSET,
    )


def _note_line(entry: Entry, pointer: str, note: Json) -> HistoryLine:
    changes = [Change(pointer, None, note)]
    return HistoryLine(note["date"], entry.actor, entry.version, WORK_NOTE, [ChangeType.OTHER], changes)


def _notes(document: Json) -> Iterator[tuple[str, Json]]:
    """Yield the work notes of a document with their pointers."""
    for line in document_lines(document, items_of(document)):
        for n, note in enumerate(line.item.get("workNote") or ()):
            yield f"{line.pointer}/workNote/{n}", note


CHUNK = 200
_CURSOR = re.compile(r"(\d{1,18})(?:\.(\d{1,9}))?", re.ASCII)


class Cursor(NamedTuple):
    """A place in the stream of events: the number of an entry, and how many of its events were read (None: all)."""

    entry: int
    read: int | None

    @classmethod
    def of(cls, text: str) -> Cursor:
        """Parse the cursor of an event; `0` is the beginning.

        Raises:
            UsageError: The text is no cursor.
        """
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise UsageError(f"--after takes the cursor of an event, such as 12.1, or 0, not {short(text)}")
        return cls(int(match[1]), int(match[2]) if match[2] else None)


BEGINNING = Cursor(0, None)
_LONGEST_TRANSACTION = timedelta(hours=1)


def is_cursor(text: str) -> bool:
    """Return whether a text is a cursor, and no time."""
    return _CURSOR.fullmatch(text) is not None


class EventFilter(NamedTuple):
    """Which events are wanted: those of one kind of order, from a time on, of some types; None and () mean any."""

    resource: str | None = None
    since: str | None = None
    types: tuple[str, ...] = ()

    @classmethod
    def of(cls, resource: str | None, since: str | None, types: Sequence[str]) -> EventFilter:
        """Return the filter.

        Raises:
            UsageError: there are no events of a type.
        """
        known = [name for kind in RESOURCES.values() for name in event_types(kind)]
        for name in types:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"types: {', '.join(known)}"
                raise UsageError(f"there are no events of type {short(name)}", hint=hint)
        return cls(resource, since, tuple(types))

    def accepts(self, event: Json) -> bool:
        """Return whether an event of the kind is wanted."""
        return (self.since is None or event["eventTime"] >= self.since) and (
            not self.types or event["eventType"] in self.types
        )


def events(store: Store, after: Cursor, limit: int, wanted: EventFilter) -> Iterator[dict[str, Any]]:
    """Yield the events after a cursor, each with a cursor after which readers can continue; `limit` 0 yields all."""
    start = _start(store, after, wanted.since)
    if start is None:
        return
    found = filter(wanted.accepts, _after(store, start, horizon(store), wanted.resource))
    for number, event in enumerate(found, start=1):
        yield event
        if number == limit:
            return


def follow(
    store: Store, after: Cursor | None, wanted: EventFilter, go_on: Callable[[], bool]
) -> Iterator[Iterator[dict[str, Any]]]:
    """Yield the events after a cursor, then new ones as they happen, as long as `go_on`, which waits, returns True.

    Without a cursor and a time, only events from now on are read.
    """
    cursor = after
    if cursor is None and wanted.since is None:
        cursor = Cursor(min(horizon(store), history.newest(store)), None)
    while True:
        newest = history.newest(store)
        start = cursor or _start(store, BEGINNING, wanted.since)
        if start and (newest > start.entry or start.read is not None):
            last = min(horizon(store), newest)
            yield filter(wanted.accepts, _after(store, start, last, wanted.resource))
            cursor = Cursor(last, None)
        if not go_on():
            return


def _start(store: Store, after: Cursor, since: str | None) -> Cursor | None:
    """Return the cursor after which events are read; None if there is none since that time."""
    if since is None:
        return after
    earlier = timestamp(datetime.fromisoformat(since) - _LONGEST_TRANSACTION)
    first = history.first_since(store, since, earlier)
    return None if first is None else max(after, Cursor(first - 1, None), key=lambda each: each.entry)


class EventAt(NamedTuple):
    """An event, its cursor, and the profile and source of its order."""

    cursor: str
    profile: str
    source: str
    event: Json


def read_events(store: Store, since: Cursor, last: int, resource: str | None = None) -> tuple[list[EventAt], int]:
    """Return the events of the next entries after a cursor, up to the entry `last`, and the entry up to which was read.

    `resource` is the only kind of order whose events are wanted.
    """
    first = since.entry if since.read is not None else since.entry + 1
    with snapshot(store):
        entries = history.since(store, first, CHUNK, last, resource)
        occasions = _occasions(store, entries)
    found = [
        EventAt(f"{occasion.entry.seq}.{number}", occasion.order.profile, occasion.order.source, event)
        for occasion in occasions
        for number, event in enumerate(events_of(occasion), start=1)
        if occasion.entry.seq > since.entry or number > (since.read or 0)
    ]
    return found, entries[-1].seq if len(entries) == CHUNK else max(last, since.entry)


def _after(store: Store, cursor: Cursor, last: int, resource: str | None) -> Iterator[dict[str, Any]]:
    while cursor.entry < last or cursor.read is not None:
        found, reached = read_events(store, cursor, last, resource)
        for each in found:
            yield {"cursor": each.cursor, **each.event}
        cursor = Cursor(reached, None)


def horizon(store: Store) -> int:
    """Return the number up to which entries may be read: none of a lower number can appear later."""
    if store.one_writer:  # keys are given in the order of commits
        return NO_LIMIT
    with transaction(store, "horizon"):
        return history.horizon(store)


def _occasions(store: Store, entries: list[Entry]) -> list[Occasion]:
    """Return the entries, each with the document of its order after the entry."""
    seqs = sorted({entry.order_seq for entry in entries})
    known, bodies = timelines(store, seqs), payload_bodies(store, json.dumps(seqs))
    with reading("the history of an order"):
        occasions = {
            (seq, entry.version): Occasion(entry, each.order, document, each.track_id)
            for seq, each in known.items()
            for entry, document in zip(
                each.entries,
                replay(each.order, json_text.decode_given(bodies[seq]), each.entries, each.notes),
                strict=True,
            )
        }
        return [occasions[entry.order_seq, entry.version] for entry in entries]
