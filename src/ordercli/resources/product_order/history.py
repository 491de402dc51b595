"""What happened to customer orders: written once, in the transaction that did it, and read in the order it happened."""

from __future__ import annotations

import json
from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.database.dialect import NO_LIMIT
from ordercli.database.faults import reading
from ordercli.intake import exact
from ordercli.resources.product_order.changes import Change

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.database.store import Store
    from ordercli.resources.product_order.changes import ChangeType
    from ordercli.resources.product_order.convert import OrderRows


class HistoryKind(StrEnum):
    """What was done to an order; a change of states alone is no revision."""

    CREATION = "creation"
    REVISION = "revision"
    STATE_CHANGE = "stateChange"
    CANCELLATION = "cancellation"


class NewEntry(NamedTuple):
    """An entry about to be written; `cancellation` has cancellationReason and requestedCancellationDate as given."""

    order_seq: int
    version: int
    at: str
    actor: str
    kind: HistoryKind
    change_types: list[ChangeType]
    changes: list[Change]
    cancellation: dict[str, str] | None = None
    run_id: str | None = None


class Entry(NamedTuple):
    """One thing that happened to an order.

    `seq` counts the entries of all orders in the order of their commits; `version` is that of the order afterwards.
    """

    seq: int
    order_seq: int
    version: int
    at: str
    actor: str
    kind: HistoryKind
    change_types: list[str]
    changes: list[Change]
    cancellation: dict[str, str] | None
    run_id: str | None


def record_creations(connection: Store, orders: list[OrderRows], actor: str) -> None:
    """Write down that these orders were created."""
    connection.executemany(
        "INSERT INTO order_history (order_seq, version, at, actor, kind) VALUES (?, ?, ?, ?, ?)",
        [(each.order.seq, 1, each.order.created_at, actor, "creation") for each in orders],
    )


def append(connection: Store, entry: NewEntry) -> None:
    """Write down what was done to an order that is there already."""
    connection.execute(
        "INSERT INTO order_history (order_seq, version, at, actor, kind, change_types, changes, cancellation, run_id)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            entry.order_seq,
            entry.version,
            entry.at,
            entry.actor,
            str(entry.kind),
            json.dumps(entry.change_types),
            exact.encode(entry.changes).decode(),
            json.dumps(entry.cancellation, ensure_ascii=False) if entry.cancellation else None,
            entry.run_id,
        ),
    )


def of_orders(connection: Store, order_seqs: str) -> dict[int, list[Entry]]:
    """Everything that happened to these orders (a JSON list of keys), each one's creation first."""
    rows = connection.execute(
        "SELECT seq, order_seq, version, at, actor, kind, change_types, changes, cancellation, run_id"
        " FROM order_history WHERE order_seq IN (SELECT value FROM json_each(?)) ORDER BY order_seq, version",
        (order_seqs,),
    )
    found: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in _entries(rows):
        found[entry.order_seq].append(entry)
    return found


def horizon(connection: Store) -> int:
    """PostgreSQL: the number up to which every entry is committed that ever will be; in a transaction of its own.

    A server numbers an entry when it is written, not when it is committed: whoever read on meanwhile would never see
    the slower one of two writers. So the writers of this moment are waited for, and the next ones wait in turn.
    """
    connection.execute("LOCK TABLE order_history IN SHARE MODE")
    last: int | None = connection.execute("SELECT max(seq) FROM order_history").fetchone()[0]
    return last or 0


def since(connection: Store, seq: int, limit: int, last: int = NO_LIMIT) -> list[Entry]:
    """The first `limit` entries of all orders from `seq` on, up to `last`."""
    rows = connection.execute(
        "SELECT seq, order_seq, version, at, actor, kind, change_types, changes, cancellation, run_id"
        " FROM order_history WHERE seq >= ? AND seq <= ? ORDER BY seq LIMIT ?",
        (seq, last, limit),
    )
    return list(_entries(rows))


def last_cancellation(connection: Store, order_seq: int) -> dict[str, str]:
    """What the last request to cancel the order said."""
    row = connection.execute(
        "SELECT cancellation FROM order_history WHERE order_seq = ? AND cancellation IS NOT NULL"
        " ORDER BY version DESC LIMIT 1",
        (order_seq,),
    ).fetchone()
    with reading("the history of an order"):
        said: dict[str, str] = json.loads(row[0]) if row else {}
    return said


def _entries(rows: Iterable[Any]) -> Iterator[Entry]:
    with reading("the history of an order"):
        for seq, order_seq, version, at, actor, kind, change_types, changes, cancellation, run_id in rows:
            yield Entry(
                seq,
                order_seq,
                version,
                at,
                actor,
                HistoryKind(kind),
                json.loads(change_types or "[]"),
                [Change(*change) for change in exact.decode((changes or "[]").encode())],
                json.loads(cancellation) if cancellation else None,
                run_id,
            )
