"""List customer orders, page by page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from ordercli.database.faults import reading
from ordercli.database.opening import read_database
from ordercli.database.store import Store, snapshot
from ordercli.errors import UnknownKindError, UsageError
from ordercli.operations.find import released_ids, with_released_id
from ordercli.orders import order_store
from ordercli.orders.order_list import OPEN_END, OrderFilter, Sort, count_orders, list_orders
from ordercli.orders.order_rows import OrderView
from ordercli.orders.states import OrderState
from ordercli.queue import payloads
from ordercli.resources.document import order_document
from ordercli.resources.product_order.profiles import states_named
from ordercli.resources.registry import stored_kind
from ordercli.result_types import Page, chunks


def order_filter(  # one argument a filter of the command line
    *,
    states: Sequence[str],
    external_id: str | None,
    since: str | None,
    until: str | None,
    **equal: str | None,
) -> OrderFilter:
    """Return the filter for the words of the command line; states in the words of any profile, times as in tables.

    Raises:
        UsageError: A word is no state.
    """
    return OrderFilter(
        states=tuple(_state(word) for word in states),
        external_ids=() if external_id is None else (external_id,),
        since=since or "",
        until=until or OPEN_END,
        **equal,
    )


def _state(word: str) -> str:
    for state in states_named(word):
        if state in set(OrderState):
            return state
    raise UsageError(f"no state is called {word!r}", hint=f"states: {', '.join(OrderState)}")


# The members of an order that its row has.
SUMMARY = ("id", "href", "externalId", "state", "orderDate")


@contextmanager
def page_of_orders(
    database: str, wanted: OrderFilter, *, sort: Sort, ascending: bool, limit: int, offset: int, summaries: bool
) -> Iterator[Page[dict[str, Any]]]:
    """Yield a page of the orders that pass the filter, read while the page is open, in bounded memory.

    They are whole documents, or `summaries`: the members of SUMMARY alone, whose `externalId` is the order's key.
    """
    with closing(read_database(database)) as store, snapshot(store):
        notes: list[str] = []
        listed = list_orders(store, wanted, sort=sort, ascending=ascending, limit=limit, offset=offset)
        found = _known(listed, notes)
        rows = _summaries(store, found) if summaries else _documents(store, found)
        yield Page(rows, lambda: count_orders(store, wanted), limit, notes)


def _known(found: Iterator[OrderView], notes: list[str]) -> Iterator[OrderView]:
    """Yield the orders of kinds and profiles that this version knows; add a note about the others at the end."""
    unknown: Counter[str] = Counter()
    for order in found:
        try:
            stored_kind(order)
        except UnknownKindError:
            unknown[f"{order.resource} ({order.profile})"] += 1
        else:
            yield order
    if unknown:
        kinds = ", ".join(sorted(unknown))
        notes.append(
            f"{unknown.total()} orders are left out, of kinds that this version of ordercli does not know: {kinds};"
            " install a newer ordercli"
        )


def _summaries(store: Store, found: Iterator[OrderView]) -> Iterator[dict[str, Any]]:
    for chunk in chunks(found):
        released = released_ids(store, chunk)
        yield from (_summary(order, released.get(order.seq)) for order in chunk)


def _summary(order: OrderView, released: str | None) -> dict[str, Any]:
    resource, profile = stored_kind(order)
    return {
        "id": order.order_id,
        "href": resource.href(order.order_id),
        "externalId": order.external_id or released,
        "state": profile.shown_state(order.state),
        "orderDate": order.created_at,
    }


def _documents(store: Store, found: Iterator[OrderView]) -> Iterator[dict[str, Any]]:
    for chunk in chunks(found):
        seqs = json.dumps([order.seq for order in chunk])
        revised = {
            seq: payloads.undamaged(*kept) for seq, kept in order_store.revised_documents_of(store, seqs).items()
        }
        bodies, lines = payloads.bodies(store, seqs) | revised, order_store.lines_of(store, seqs)
        with reading("an order"):
            documents = [order_document(order, lines[order.seq], bodies[order.seq]) for order in chunk]
        released = released_ids(store, chunk)
        for order, document in zip(chunk, documents, strict=True):
            yield with_released_id(document, released.get(order.seq))
