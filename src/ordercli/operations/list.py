"""List customer orders, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlmodel import Session

from ordercli.clock import moment, now, timestamp
from ordercli.database import faults
from ordercli.errors import UsageError
from ordercli.orders.order_list import OrderFilter, Sort, count_orders, lines_of, list_orders, revised_documents_of
from ordercli.orders.order_rows import OrderView
from ordercli.orders.states import OrderState
from ordercli.queue.entry_list import payloads_of
from ordercli.queue.payloads import undamaged
from ordercli.resources.document import order_document
from ordercli.resources.product_order.profiles import states_named
from ordercli.result_types import Page, chunks


def order_filter(  # one argument a filter of the command line
    *,
    states: Sequence[str],
    since: str | None,
    until: str | None,
    **equal: str | None,
) -> OrderFilter:
    """Return the filter for the words of the command line; states in the words of any profile.

    Raises:
        UsageError: A word is no state or no time.
    """
    return OrderFilter(
        states=tuple(_state(word) for word in states),
        since=_time("--since", since),
        until=_time("--until", until),
        **equal,
    )


def _state(word: str) -> str:
    for state in states_named(word):
        if state in set(OrderState):
            return state
    raise UsageError(f"no state is called {word!r}", hint=f"states: {', '.join(OrderState)}")


def _time(option: str, text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return timestamp(moment(text, now()))
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{option} takes a time, a date, or how long ago (2h), not {text!r}") from error


def page_of_orders(
    session: Session, wanted: OrderFilter, *, sort: Sort, ascending: bool, limit: int, offset: int
) -> Page[dict[str, Any]]:
    """Return the documents of the orders that pass the filter; reading them takes bounded memory."""
    found = list_orders(session, wanted, sort=sort, ascending=ascending, limit=limit, offset=offset)
    return Page(_documents(session, found), lambda: count_orders(session, wanted), limit)


def _documents(session: Session, found: Iterator[OrderView]) -> Iterator[dict[str, Any]]:
    for chunk in chunks(found):
        seqs = [order.seq for order in chunk]
        revised = {seq: undamaged(*kept) for seq, kept in revised_documents_of(session, seqs).items()}
        bodies, lines = payloads_of(session, seqs) | revised, lines_of(session, seqs)
        with faults.reading("an order"):
            documents = [order_document(order, lines[order.seq], bodies[order.seq]) for order in chunk]
        yield from documents
