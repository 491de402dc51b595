"""What became of one queue entry that an operator named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.errors import ConflictError, EntryStateError, ExitCode, NotFoundError, OrdercliError
from ordercli.inbound.document import stored_error
from ordercli.inbound.entries import EntryView
from ordercli.pipeline.lookup.finding_orders import find, find_entry

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.driver import Connection


class EntryReceipt(NamedTuple):
    """The answer to one id: `outcome` is what was done, or `failed`, `not-found`, `conflict`."""

    id: str
    order_id: str | None
    outcome: str
    exit_code: ExitCode = ExitCode.OK
    errors: list[dict[str, Any]] = []  # noqa: RUF012 - never changed

    def as_json(self) -> dict[str, object]:
        """The receipt as it is printed."""
        return {"id": self.id, "orderId": self.order_id, "outcome": self.outcome, "errors": self.errors}


def each_entry(
    connection: Connection, identifiers: Sequence[str], source: str | None, do: Callable[[str, EntryView], EntryReceipt]
) -> list[EntryReceipt]:
    """Do something with each entry, in order; an id that cannot be served is a receipt as well.

    Raises:
        NotFoundError, ConflictError: where only one id was given.
    """
    receipts = []
    for identifier in identifiers:
        try:
            receipts.append(do(identifier, entry_of(connection, identifier, source)))
        except (NotFoundError, ConflictError) as error:
            if len(identifiers) == 1:
                raise
            receipts.append(refusal(identifier, error))
    return receipts


def entry_of(connection: Connection, identifier: str, source: str | None) -> EntryView:
    """The entry with this id; EntryStateError for an order that has none (any more)."""
    found = find(connection, identifier, source)
    if isinstance(found, EntryView):
        return found
    try:
        return find_entry(connection, identifier, source)
    except NotFoundError:
        raise EntryStateError(f"Order {found.order_id} was created, and has no queue entry") from None


def wrong_state(entry: EntryView, wanted: str, allowed: Sequence[str]) -> EntryStateError:
    """ORD405: what cannot be done, in which state the entry is, and in which ones it could be done."""
    states = f"{', '.join(allowed[:-1])} and {allowed[-1]}"
    return EntryStateError(
        f"Queue entry {entry.order_id} is in state {entry.state}: only {states} entries can be {wanted}"
    )


def refusal(identifier: str, error: OrdercliError) -> EntryReceipt:
    """The receipt of an id that could not be served."""
    outcome = "not-found" if isinstance(error, NotFoundError) else "conflict"
    return EntryReceipt(identifier, None, outcome, ExitCode.REJECTED, [{"code": error.rule, "message": error.message}])


def failed(identifier: str, entry: EntryView) -> EntryReceipt:
    """The receipt of an entry that ended in `error`, with what its stored error body says."""
    details = stored_error(entry).get("details", [])
    errors = [{"code": each.get("rule"), "message": each.get("message")} for each in details]
    return EntryReceipt(identifier, entry.order_id, "failed", ExitCode.REJECTED, errors)
