"""What happened to one order or to all of them, as lines or as TMF622 events."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.database.faults import reading
from ordercli.database.opening import read_database
from ordercli.database.store import NO_LIMIT, snapshot, transaction
from ordercli.errors import UsageError
from ordercli.operations.find import find
from ordercli.queue import payloads
from ordercli.queue.entries import EntryView
from ordercli.resources.product_order import history
from ordercli.resources.product_order.changes import ChangeType
from ordercli.resources.product_order.history import (
    Entry,
    HistoryKind,
    Occasion,
    Timeline,
    events_of,
    replay,
    timelines,
)
from ordercli.resources.product_order.values import document_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store


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


def _told(database: str, identifier: str, source: str | None) -> tuple[Timeline, list[Json]] | EntryView:
    """The order with its history, and its document after each entry."""
    with closing(read_database(database)) as connection, snapshot(connection):
        found = find(connection, identifier, source)
        if isinstance(found, EntryView):
            return found
        with reading(f"the history of {found.order_id}"):
            chronicle = timelines(connection, [found.seq])[found.seq]
            payload = payloads.bodies(connection, f"[{found.seq}]")[found.seq]
            return chronicle, list(replay(chronicle.order, payload, chronicle.entries, chronicle.notes))


def _lines(chronicle: Timeline, documents: list[Json]) -> Iterator[Json]:
    known: set[str] = set()
    for entry, document in zip(chronicle.entries, documents, strict=True):
        yield _line(chronicle, entry)
        for pointer, note in _notes(document):
            if pointer not in known:
                known.add(pointer)
                yield _note_line(entry, pointer, note)


def _line(chronicle: Timeline, entry: Entry) -> Json:
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


CHUNK = 200
_CURSOR = re.compile(r"(\d{1,18})(?:\.(\d{1,9}))?", re.ASCII)


class Cursor(NamedTuple):
    """A place in the stream: the number of an entry, and how many of its events were told (None: all)."""

    entry: int
    told: int | None

    @classmethod
    def of(cls, text: str) -> Cursor:
        """The cursor that an event carried; `0` is the beginning.

        Raises:
            UsageError: it is none.
        """
        match = _CURSOR.fullmatch(text)
        if match is None:
            raise UsageError(f"--since takes the cursor of an event, such as 12.1, or 0, not {text!r}")
        return cls(int(match[1]), int(match[2]) if match[2] else None)


def events(database: str, since: str, limit: int) -> Iterator[dict[str, Any]]:
    """The events after a cursor, each with its own, so that a reader can go on where it stopped; `limit` 0 gives all.

    Raises:
        UsageError: the cursor is none.
    """
    cursor = Cursor.of(since)
    with closing(read_database(database)) as connection:
        for number, event in enumerate(_after(connection, cursor), start=1):
            yield event
            if number == limit:
                return


def _after(connection: Store, cursor: Cursor) -> Iterator[dict[str, Any]]:
    first = cursor.entry if cursor.told is not None else cursor.entry + 1
    last = _horizon(connection)
    while True:
        with snapshot(connection):
            entries = history.since(connection, first, CHUNK, last)
            occasions = _occasions(connection, entries)
        if not entries:
            return
        for occasion in occasions:
            for number, event in enumerate(events_of(occasion), start=1):
                if occasion.entry.seq > cursor.entry or number > (cursor.told or 0):
                    yield {"cursor": f"{occasion.entry.seq}.{number}", **event}
        first = entries[-1].seq + 1


def _horizon(connection: Store) -> int:
    if connection.one_writer:  # keys are given in the order of commits
        return NO_LIMIT
    with transaction(connection, "horizon"):
        return history.horizon(connection)


def _occasions(connection: Store, entries: list[Entry]) -> list[Occasion]:
    """The entries, each with its order as it was after it."""
    seqs = sorted({entry.order_seq for entry in entries})
    known, bodies = timelines(connection, seqs), payloads.bodies(connection, json.dumps(seqs))
    with reading("the history of an order"):
        told = {
            (seq, entry.version): Occasion(entry, each.order.order_id, each.order.profile, document, each.track_id)
            for seq, each in known.items()
            for entry, document in zip(
                each.entries, replay(each.order, bodies[seq], each.entries, each.notes), strict=True
            )
        }
        return [told[entry.order_seq, entry.version] for entry in entries]
