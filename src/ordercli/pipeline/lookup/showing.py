"""An order as `show` and `list` answer: its document, or how it stands in the inbound queue."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from ordercli.database.connection import read_database
from ordercli.database.damage import reading
from ordercli.inbound import payloads
from ordercli.inbound.document import entry_document, stored_error
from ordercli.inbound.entries import EntryView
from ordercli.inbound.states import EntryState
from ordercli.intake import exact
from ordercli.orders import store
from ordercli.orders.document import order_document
from ordercli.pipeline.lookup.current_body import current_body
from ordercli.pipeline.lookup.finding_orders import find, find_entry

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from ordercli.orders.store import OrderView

STILL_WAITING = "This Order is still in the inbound queue table waiting to be processed."
REQUEST_IN_QUEUE = 102
OTHERS = 1


def show(database: str, identifier: str, source: str | None = None) -> dict[str, Any]:
    """The document of an order; of one that waits or failed, the answer of the API with its queue entry.

    Raises:
        OrderNotFoundError, AmbiguousIdError: see `find`.
    """
    with closing(read_database(database)) as connection:
        found = find(connection, identifier, source)
        return queued_answer(found) if isinstance(found, EntryView) else document_of(connection, found)


def document_of(connection: Connection, order: OrderView) -> dict[str, Any]:
    """The document of a customer order."""
    with reading(f"the order {order.order_id}"):
        return order_document(order, store.lines(connection, order.seq), current_body(connection, order.seq))


def queued_answer(entry: EntryView) -> dict[str, Any]:
    """Return what there is to say of an order that has not been created: it waits, failed, or was discarded."""
    shown = entry_document(entry)
    if entry.state == EntryState.CANCELLED:
        shown["reason"] = entry.reason
    if entry.error:
        return {**stored_error(entry), "queueEntry": shown}
    if entry.state == EntryState.CANCELLED:
        message = f"This order was discarded from the inbound queue: {entry.reason}"
        details = [{"message": message}]
        return {"code": OTHERS, "reason": message, "message": message, "details": details, "queueEntry": shown}
    return {
        "code": REQUEST_IN_QUEUE,
        "reason": "Request in queue",
        "message": STILL_WAITING,
        "details": [{"message": STILL_WAITING}],
        "queueEntry": shown,
    }


def show_entry(database: str, identifier: str, source: str | None = None) -> dict[str, Any]:
    """An entry of the inbound queue with its error, why it was discarded, and its payload, numbers as they came.

    Raises:
        OrderNotFoundError, AmbiguousIdError: no entry has this id, or several sources have one.
    """
    with closing(read_database(database)) as connection:
        entry = find_entry(connection, identifier, source)
        kept = payloads.read(connection, entry.seq)
        return {
            **entry_document(entry),
            "error": stored_error(entry) if entry.error else None,
            "reason": entry.reason,
            "payload": _payload(*kept) if kept else None,
        }


def _payload(sha256: bytes, body: bytes) -> Any:  # noqa: ANN401 - JSON
    """The accepted document; of a damaged one the text that is left of it."""
    return exact.decode(body) if payloads.digest(body) == sha256 else body.decode(errors="replace")
