"""The id in a request becomes the customer order that it means, or the answer that there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ordercli.errors import AmbiguousIdError, OrderNotFoundError
from ordercli.inbound.entries import EntryView
from ordercli.pipeline.lookup.finding_orders import find
from ordercli.pipeline.revising.handled import Handled, RequestOutcome
from ordercli.validation.rules.elsewhere import ORDER_NOT_CREATED_YET, ORDER_NOT_FOUND

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from ordercli.intake.record import Record
    from ordercli.orders.store import OrderView


class Address(NamedTuple):
    """Whom a request means: an order id or an external id, its source where that narrows, and where the id stands."""

    identifier: str
    source: str | None = None
    pointer: str = ""


def order_at(connection: Connection, address: Address, record: Record) -> OrderView | Handled:
    """The customer order; else the refusal of the request, which is the record."""
    try:
        found = find(connection, address.identifier, address.source)
    except OrderNotFoundError:
        return _refused(record, address, RequestOutcome.NOT_FOUND, ORDER_NOT_FOUND.says)
    except AmbiguousIdError as error:
        return _refused(record, address, RequestOutcome.CONFLICT, f"{error.message}; {error.hint}")
    if isinstance(found, EntryView):
        waits = ORDER_NOT_CREATED_YET.finding(address.pointer)
        return Handled(record, found.source, found.order_id, RequestOutcome.CONFLICT, None, [waits])
    return found


def _refused(record: Record, address: Address, outcome: RequestOutcome, message: str) -> Handled:
    finding = ORDER_NOT_FOUND.finding(address.pointer)._replace(message=message)
    return Handled(record, address.source or "", address.identifier, outcome, None, [finding])
