"""What happened to one order: as lines for people and scripts, or as TMF622 events."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from ordercli.database.connection import read_database
from ordercli.database.damage import reading
from ordercli.database.transaction import snapshot
from ordercli.inbound import payloads
from ordercli.inbound.entries import EntryView
from ordercli.orders.change_types import ChangeType
from ordercli.orders.chronicle import Chronicle, chronicles
from ordercli.orders.events import Occasion, events_of
from ordercli.orders.history import Entry, HistoryKind
from ordercli.orders.replay import replay
from ordercli.pipeline.lookup.finding_orders import find
from ordercli.tmf622.lines import document_lines

if TYPE_CHECKING:
    from collections.abc import Iterator


Json = dict[str, Any]

WORK_NOTE = "workNote"


def order_history(database: str, identifier: str, source: str | None = None) -> list[Json] | EntryView:
    """A line for everything that happened to the order, in its order; its queue entry while there is no order.

    Raises:
        OrderNotFoundError, AmbiguousIdError: see `find`.
    """
    told = _told(database, identifier, source)
    if isinstance(told, EntryView):
        return told
    chronicle, documents = told
    return list(_lines(chronicle, documents))


def order_events(database: str, identifier: str, source: str | None = None) -> list[Json] | EntryView:
    """The same as TMF622 events.

    Raises:
        OrderNotFoundError, AmbiguousIdError: see `find`.
    """
    told = _told(database, identifier, source)
    if isinstance(told, EntryView):
        return told
    chronicle, documents = told
    order = chronicle.order
    return [
        event
        for entry, document in zip(chronicle.entries, documents, strict=True)
        for event in events_of(Occasion(entry, order.order_id, order.profile, document, chronicle.track_id))
    ]


def _told(database: str, identifier: str, source: str | None) -> tuple[Chronicle, list[Json]] | EntryView:
    """The order with its history, and its document after each entry."""
    with closing(read_database(database)) as connection, snapshot(connection):
        found = find(connection, identifier, source)
        if isinstance(found, EntryView):
            return found
        with reading(f"the history of {found.order_id}"):
            chronicle = chronicles(connection, [found.seq])[found.seq]
            payload = payloads.bodies(connection, f"[{found.seq}]")[found.seq]
            return chronicle, list(replay(chronicle.order, payload, chronicle.entries, chronicle.notes))


def _lines(chronicle: Chronicle, documents: list[Json]) -> Iterator[Json]:
    known: set[str] = set()
    for entry, document in zip(chronicle.entries, documents, strict=True):
        yield _line(chronicle, entry)
        for pointer, note in _notes(document):
            if pointer not in known:
                known.add(pointer)
                yield _note_line(entry, pointer, note)


def _line(chronicle: Chronicle, entry: Entry) -> Json:
    changes = [change._asdict() for change in entry.changes]
    line = _head(entry, entry.kind, entry.change_types, changes) | (entry.cancellation or {})
    if entry.kind is HistoryKind.CREATION:
        line |= {"batchId": chronicle.batch_id} | ({"trackId": chronicle.track_id} if chronicle.track_id else {})
    return line | ({"runId": entry.run_id} if entry.run_id else {})


def _note_line(entry: Entry, pointer: str, note: Json) -> Json:
    change = {"pointer": pointer, "before": None, "after": note}
    return _head(entry, WORK_NOTE, [ChangeType.OTHER], [change]) | {"time": note["date"]}


def _head(entry: Entry, kind: str, change_types: list[str], changes: list[Json]) -> Json:
    return {
        "time": entry.at,
        "actor": entry.actor,
        "version": entry.version,
        "kind": kind,
        "changeTypes": change_types,
        "changes": changes,
    }


def _notes(document: Json) -> Iterator[tuple[str, Json]]:
    """The work notes of a document and where they stand."""
    for line in document_lines(document):
        for n, note in enumerate(line.item.get("workNote") or ()):
            yield f"{line.pointer}/workNote/{n}", note
