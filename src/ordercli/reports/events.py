"""What happened to all customer orders, as TMF622 events in the order of their commits."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.database.connection import read_database
from ordercli.database.damage import reading
from ordercli.database.dialect import NO_LIMIT, is_postgresql
from ordercli.database.transaction import snapshot, transaction
from ordercli.errors import UsageError
from ordercli.inbound import payloads
from ordercli.orders import history
from ordercli.orders.chronicle import chronicles
from ordercli.orders.events import Occasion, events_of
from ordercli.orders.replay import replay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection
    from ordercli.orders.history import Entry

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


def _after(connection: Connection, cursor: Cursor) -> Iterator[dict[str, Any]]:
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


def _horizon(connection: Connection) -> int:
    if not is_postgresql(connection):
        return NO_LIMIT  # entries are numbered by one writer at a time
    with transaction(connection, "horizon"):
        return history.horizon(connection)


def _occasions(connection: Connection, entries: list[Entry]) -> list[Occasion]:
    """The entries, each with its order as it was after it."""
    seqs = sorted({entry.order_seq for entry in entries})
    known, bodies = chronicles(connection, seqs), payloads.bodies(connection, json.dumps(seqs))
    with reading("the history of an order"):
        told = {
            (seq, entry.version): Occasion(entry, each.order.order_id, each.order.profile, document, each.track_id)
            for seq, each in known.items()
            for entry, document in zip(
                each.entries, replay(each.order, bodies[seq], each.entries, each.notes), strict=True
            )
        }
        return [told[entry.order_seq, entry.version] for entry in entries]
