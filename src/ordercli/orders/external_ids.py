"""Keep and find the further external identifiers of orders; a TMF622 v5 order can have several.

The key of an order is one of them: the `external_id` of its queue entry and its customer order. This table has the
others. They are reserved for the order as long as its key is. The key that a canceled order has released is here as
number 0: it can be found, and is no longer reserved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ordercli.database.statements import BigInt, Row, insert_rows, select
from ordercli.database.store import Store
from ordercli.intake.json_text import Holders, shown_nul

if TYPE_CHECKING:
    from ordercli.orders.order_rows import OrderRow

RESOURCE = "productOrder"


class ExternalIdRow(Row, frozen=True, gc=False):
    """A further external identifier of an accepted order, `n` from 1; its key stands with the order and its entry.

    With `n` 0 it is the key that a canceled order has released.
    """

    TABLE: ClassVar = "order_external_id"

    seq: BigInt
    n: int
    resource: str
    source: str
    owner: str | None
    type: str | None
    id: str


class Identifier(NamedTuple):
    """An external identifier: its id, who gave it, and what kind of id it is."""

    id: str
    owner: str | None = None
    type: str | None = None


class Identifiers(NamedTuple):
    """The external identifiers of one order: the id that is its key, and the others."""

    key: str | None
    others: tuple[Identifier, ...] = ()


def of_order(order: Any, key_type: str | None) -> Identifiers:  # noqa: ANN401 - an order of the shape of v5
    """Return the identifiers of an order; the key is the first one of the wanted type, else the first one."""
    given = [
        Identifier(shown_nul(each.id), _shown(each.owner), _shown(each.external_identifier_type))
        for each in order.external_identifiers or ()
        if each.id
    ]
    if not given:
        return Identifiers(None)
    key = next((each for each in given if key_type and each.type == key_type), given[0])
    return Identifiers(key.id, tuple(each for each in given if each is not key))


def _shown(text: str | None) -> str | None:
    return text and shown_nul(text)


def keep(store: Store, orders: Sequence[tuple[int, str, tuple[Identifier, ...]]]) -> None:
    """Insert the further identifiers of accepted orders: key of the payload, source, identifiers."""
    rows = [
        ExternalIdRow(seq, n, RESOURCE, source, each.owner, each.type, each.id)
        for seq, source, others in orders
        for n, each in enumerate(others, start=1)
    ]
    if rows:
        insert_rows(store, rows)


def release(store: Store, order: OrderRow) -> bool:
    """Free the external ids of a canceled order, which stays findable by them; return False if it holds none."""
    if order.external_id is None:
        return False
    insert_rows(store, [ExternalIdRow(order.seq, 0, order.resource, order.source, None, None, order.external_id)])
    store.execute("UPDATE customer_order SET external_id = NULL WHERE seq = ?", (order.seq,))
    store.execute("UPDATE inbound_entry SET external_id = NULL WHERE seq = ?", (order.seq,))
    return True


def of_orders(store: Store, seqs: str) -> dict[int, list[ExternalIdRow]]:
    """Return the rows of these orders (a JSON list of keys), by the key of the order."""
    found: dict[int, list[ExternalIdRow]] = {}
    for row in store.execute(select(ExternalIdRow, f"WHERE seq {store.IN_LIST} ORDER BY seq, n"), (seqs,)):
        found.setdefault(row[0], []).append(ExternalIdRow(*row))
    return found


def released(store: Store, seqs: str) -> dict[int, str]:
    """Return the external ids that these orders (a JSON list of keys) have released, by the key of the order."""
    rows = store.execute(f"SELECT seq, id FROM order_external_id WHERE seq {store.IN_LIST} AND n = 0", (seqs,))
    return dict(rows.fetchall())


def holders(store: Store, external_ids: str, resource: str) -> Holders:
    """Return the orders of a kind that have one of these external ids (a JSON list), in any source."""
    rows = store.execute(
        f"SELECT o.external_id, o.source, o.order_id, o.seq FROM {store.WANTED}"
        " CROSS JOIN customer_order AS o WHERE o.external_id = wanted.value AND o.resource = ?",
        (external_ids, resource),
    )
    return {(external_id, source): (order_id, seq) for external_id, source, order_id, seq in rows}


def further_holders(store: Store, external_ids: str, resource: str) -> Holders:
    """Return the orders and entries of a kind that have one of these ids (a JSON list) as a further one."""
    if not store.execute("SELECT 1 FROM order_external_id LIMIT 1").fetchone():  # most stores have none
        return {}
    rows = store.execute(
        f"SELECT x.id, x.source, e.order_id, x.seq FROM {store.WANTED} CROSS JOIN order_external_id AS x"
        " JOIN inbound_entry AS e ON e.seq = x.seq"
        " WHERE x.id = wanted.value AND x.resource = ? AND e.state NOT IN ('error', 'cancelled', 'completed')",
        (external_ids, resource),
    ).fetchall()
    rows += store.execute(
        f"SELECT x.id, x.source, o.order_id, x.seq FROM {store.WANTED} CROSS JOIN order_external_id AS x"
        " JOIN customer_order AS o ON o.seq = x.seq WHERE x.id = wanted.value AND x.resource = ?"
        # An order without a key has released its ids.
        " AND o.external_id IS NOT NULL",
        (external_ids, resource),
    ).fetchall()
    return {(external_id, source): (order_id, seq) for external_id, source, order_id, seq in rows}


def order_ids(store: Store, external_id: str, source: str | None, resource: str | None = None) -> list[str]:
    """Return the ids of the orders and entries that hold this id as a further one, the oldest first.

    If none holds it, return those that had it: entries that failed or were cancelled, orders that released it.
    """
    rows = store.execute(
        "SELECT coalesce(o.order_id, e.order_id), o.seq, o.external_id, e.state FROM order_external_id AS x"
        " LEFT JOIN customer_order AS o ON o.seq = x.seq LEFT JOIN inbound_entry AS e ON e.seq = x.seq"
        " WHERE x.id = ? AND (CAST(? AS TEXT) IS NULL OR x.source = ?)"
        " AND (CAST(? AS TEXT) IS NULL OR x.resource = ?) ORDER BY x.seq",
        (external_id, source, source, resource, resource),
    )
    known = {
        order_id: key is not None if seq else state not in {"error", "cancelled"}
        for order_id, seq, key, state in rows
        if order_id
    }
    return [order_id for order_id, holds in known.items() if holds] or list(known)
