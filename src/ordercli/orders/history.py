"""Store and read the history of customer orders."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from ordercli.database.statements import columns, insert_rows, select
from ordercli.database.store import NO_LIMIT, Store
from ordercli.errors import reading
from ordercli.intake import json_text
from ordercli.orders.changes import Change
from ordercli.orders.order_rows import HistoryRow, NumberedHistoryRow, OrderView, WorkNote


class HistoryKind(StrEnum):
    """What was done to an order; a change of states alone is no revision.

    `remote`: the order took the states that it has at the system to which it was forwarded.
    """

    CREATION = "creation"
    REVISION = "revision"
    STATE_CHANGE = "stateChange"
    CANCELLATION = "cancellation"
    REMOTE = "remote"


class Entry(NamedTuple):
    """An entry of the history of an order; `version` is the version of the order afterwards.

    `cancellation` has cancellationReason and requestedCancellationDate as given. `seq` counts the entries of all
    orders in the order of their commits; the database gives it.
    """

    order_seq: int
    version: int
    at: str
    actor: str
    kind: HistoryKind
    change_types: Sequence[str]
    changes: list[Change]
    cancellation: dict[str, str] | None = None
    run_id: str | None = None
    seq: int = 0


def append(store: Store, entry: Entry) -> None:
    """Insert an entry about an existing order."""
    row = HistoryRow(
        order_seq=entry.order_seq,
        version=entry.version,
        at=entry.at,
        actor=entry.actor,
        kind=str(entry.kind),
        change_types=json.dumps(entry.change_types),
        changes=json_text.encode(entry.changes).decode(),
        cancellation=json.dumps(entry.cancellation, ensure_ascii=False) if entry.cancellation else None,
        run_id=entry.run_id,
    )
    insert_rows(store, [row])


def of_orders(store: Store, order_seqs: str) -> dict[int, list[Entry]]:
    """Return the history of these orders (a JSON list of keys), the creation of each first."""
    rows = store.execute(
        select(NumberedHistoryRow, f"WHERE order_seq {store.IN_LIST} ORDER BY order_seq, version"),
        (order_seqs,),
    )
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in _entries(rows):
        found[entry.order_seq].append(entry)
    return found


def horizon(store: Store) -> int:
    """Return the number up to which no further entry can be committed; for PostgreSQL, in a transaction of its own.

    A server numbers an entry when it is written, not when it is committed. A reader that continued from the highest
    number could miss the entry of a slower writer. So wait for the current writers; new writers wait in the meantime.
    """
    store.lock_tables(["order_history"])
    return newest(store)


def newest(store: Store) -> int:
    """Return the number of the newest entry; 0 if there is none."""
    last: int | None = store.execute("SELECT max(seq) FROM order_history").fetchone()[0]
    return last or 0


def first_since(store: Store, at: str, earlier: str) -> int | None:
    """Return the number of the first entry at or after `at`; None if there is none.

    Entries are numbered nearly in the order of their times. So the newest ones are read, back to the first one before
    `earlier`, which is longer before `at` than a transaction takes.
    """
    first: int | None = store.execute(
        "SELECT min(seq) FROM order_history WHERE at >= ? AND seq > coalesce("
        "(SELECT seq FROM order_history WHERE at < ? ORDER BY seq DESC LIMIT 1), 0)",
        (at, earlier),
    ).fetchone()[0]
    return first


_OF_KIND = "AND (SELECT o.resource FROM customer_order AS o WHERE o.seq = order_seq) = ?"


def since(store: Store, seq: int, limit: int, last: int = NO_LIMIT, resource: str | None = None) -> list[Entry]:
    """Return the first `limit` entries of all orders, or of those of one kind, from `seq` on, up to `last`."""
    rows = store.execute(
        select(NumberedHistoryRow, "WHERE seq >= ? AND seq <= ? " + _OF_KIND + " ORDER BY seq LIMIT ?")
        if resource
        else select(NumberedHistoryRow, "WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?"),
        (seq, last, *([resource] if resource else ()), limit),
    )
    return list(_entries(rows))


def last_cancellation(store: Store, order_seq: int) -> dict[str, str]:
    """Return the reason and the wanted date of the last request to cancel the order."""
    row = store.execute(
        "SELECT cancellation FROM order_history WHERE order_seq = ? AND cancellation IS NOT NULL"
        " ORDER BY version DESC LIMIT 1",
        (order_seq,),
    ).fetchone()
    with reading("the history of an order"):
        request: dict[str, str] = json.loads(row[0]) if row else {}
    return request


def _entries(rows: Iterable[Any]) -> Iterator[Entry]:
    with reading("the history of an order"):
        for row in (NumberedHistoryRow(*row) for row in rows):
            yield Entry(
                order_seq=row.order_seq,
                version=row.version,
                at=row.at,
                actor=row.actor,
                kind=HistoryKind(row.kind),
                change_types=json.loads(row.change_types or "[]"),
                changes=[Change(*change) for change in json_text.decode((row.changes or "[]").encode())],
                cancellation=json.loads(row.cancellation) if row.cancellation else None,
                run_id=row.run_id,
                seq=row.seq,
            )


NotesByLine = dict[str, tuple[WorkNote, ...]]


class Timeline(NamedTuple):
    """An order, its batch, the work notes of its lines by line id, and its entries in their order."""

    order: OrderView
    batch_id: str
    track_id: str | None
    notes: NotesByLine
    entries: list[Entry]


def timelines(store: Store, order_seqs: Iterable[int]) -> dict[int, Timeline]:
    """Return the timelines of the orders with these keys."""
    seqs_json = json.dumps(sorted(set(order_seqs)))
    rows = store.execute(
        f"SELECT o.batch_id, b.track_id, {columns(OrderView, 'o')}"
        " FROM customer_order AS o JOIN batch AS b ON b.id = o.batch_id"
        f" WHERE o.seq {store.IN_LIST}",
        (seqs_json,),
    ).fetchall()
    notes, entries = _work_notes(store, seqs_json), of_orders(store, seqs_json)
    found = ((OrderView(*view), batch_id, track_id) for batch_id, track_id, *view in rows)
    return {
        order.seq: Timeline(order, batch_id, track_id, notes[order.seq], entries[order.seq])
        for order, batch_id, track_id in found
    }


def _work_notes(store: Store, order_seqs: str) -> Mapping[int, NotesByLine]:
    rows = store.execute(
        "SELECT n.order_seq, l.item_id, n.date, n.text FROM order_line_work_note AS n"
        " JOIN order_line_item AS l ON l.order_seq = n.order_seq AND l.n = n.line_n"
        f" WHERE n.order_seq {store.IN_LIST} ORDER BY n.order_seq, n.line_n, n.n",
        (order_seqs,),
    )
    found: defaultdict[int, NotesByLine] = defaultdict(dict)
    for order_seq, item_id, date, text in rows:
        found[order_seq][item_id] = (*found[order_seq].get(item_id, ()), WorkNote(date, text))
    return found
