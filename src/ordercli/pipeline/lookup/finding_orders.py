"""An id of any kind becomes the order, or the queue entry, that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ordercli.errors import AmbiguousIdError, OrderNotFoundError
from ordercli.inbound import entries
from ordercli.inbound.entries import EntryView
from ordercli.orders import store
from ordercli.orders.store import OrderView
from ordercli.pipeline.outcomes.messages import unknown

if TYPE_CHECKING:
    from ordercli.database.driver import Connection

_Found = TypeVar("_Found", bound=OrderView | EntryView)


def find(connection: Connection, identifier: str, source: str | None = None) -> OrderView | EntryView:
    """The customer order with this order id or external id; while there is none, its entry in the inbound queue.

    Raises:
        OrderNotFoundError: nothing has this id (ORD404).
        AmbiguousIdError: an external id that stands in several sources; the hint has the order ids.
    """
    found = store.by_order_id(connection, identifier) or entries.by_order_id(connection, identifier)
    if found and source in {None, found.source}:
        return found
    queued: dict[str, OrderView | EntryView] = {
        each.source: each for each in entries.by_external_id(connection, identifier, source)
    }
    created: dict[str, OrderView | EntryView] = {
        each.source: each for each in store.by_external_id(connection, identifier, source)
    }
    return _only(queued | created, identifier, source)


def find_entry(connection: Connection, identifier: str, source: str | None = None) -> EntryView:
    """The entry of the inbound queue with this order id or external id.

    Raises:
        OrderNotFoundError, AmbiguousIdError: as `find`.
    """
    found = entries.by_order_id(connection, identifier)
    if found and source in {None, found.source}:
        return found
    queued = {each.source: each for each in entries.by_external_id(connection, identifier, source)}
    if not queued:
        _refuse_created(connection, identifier, source)
    return _only(queued, identifier, source)


def _refuse_created(connection: Connection, identifier: str, source: str | None) -> None:
    """Say of a customer order that is there why it has no entry."""
    from ordercli.inbound import batches  # noqa: PLC0415 - rarely needed, and imports much

    created = store.by_order_id(connection, identifier)
    orders = [created] if created else store.by_external_id(connection, identifier, source)
    for order in orders:
        batch = batches.by_id(connection, store.batch_of(connection, order.seq))
        why = "created synchronously" if batch and batch.mode == "sync" else "created, and its entry purged"
        raise OrderNotFoundError(
            f"Order {order.order_id} has no entry in the inbound queue: it was {why}",
            hint=f"see `ordercli show {order.order_id}`",
        )


def _only(by_source: dict[str, _Found], identifier: str, source: str | None) -> _Found:
    if not by_source:
        raise OrderNotFoundError(hint=unknown(identifier, source))
    if len(by_source) > 1:
        known = ", ".join(f"{each.order_id} ({each.source})" for each in by_source.values())
        raise AmbiguousIdError(f"{identifier!r} stands in several sources", hint=f"choose with --source: {known}")
    return next(iter(by_source.values()))
