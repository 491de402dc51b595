"""What became of one order of a run."""

from __future__ import annotations

from collections import defaultdict
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.orders.document import order_document
from ordercli.orders.store import LineView, OrderView, WorkNote
from ordercli.pipeline.outcomes.diagnostic import places

if TYPE_CHECKING:
    from ordercli.intake.record import Record
    from ordercli.orders.convert import OrderRows
    from ordercli.validation.finding import Finding


class Outcome(StrEnum):
    """How an order that was read ended."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    REJECTED = "rejected"


class Settled(NamedTuple):
    """An order with its outcome; `order_id` is the first one's for a duplicate or a conflict.

    What a dry run would have accepted has no order id, and no rows.
    """

    record: Record
    source: str
    external_id: str | None
    outcome: Outcome
    status_code: int
    order_id: str | None
    findings: list[Finding]
    rows: OrderRows | None = None

    @property
    def refused(self) -> bool:
        """Whether the order has to be repaired and sent again."""
        return self.outcome in {Outcome.REJECTED, Outcome.CONFLICT}

    def receipt(self) -> dict[str, Any]:
        """The receipt of the order (design of `submit -o ndjson`); `errors` are the errors, not the warnings."""
        return {
            "file": self.record.file,
            "line": self.record.line,
            "record": self.record.record,
            "externalId": self.external_id,
            "orderId": self.order_id,
            "statusCode": self.status_code,
            "outcome": self.outcome.value,
            "errors": errors(self.record, self.findings),
        }

    def created(self) -> dict[str, Any] | None:
        """The document of the customer order, where one was created at once."""
        if self.rows is None:
            return None
        order = self.rows.order
        notes: defaultdict[int, tuple[WorkNote, ...]] = defaultdict(tuple)
        for _, line_n, _, date, text in self.rows.work_notes:
            notes[line_n] += (WorkNote(date, text),)
        lines = [LineView(line.item_id, line.state, line.version, line.ponr, notes[line.n]) for line in self.rows.lines]
        view = OrderView(*order[:8], created_at=order.created_at)
        return order_document(view, lines, self.record.data)


def errors(record: Record, findings: list[Finding]) -> list[dict[str, Any]]:
    """The errors among the findings, each with its place in the file."""
    found = [each for each in findings if each.severity == "error"]
    return [
        {
            "code": finding.code,
            "pointer": finding.pointer,
            "line": place.line,
            "column": place.column,
            "message": finding.message,
            "suggestion": finding.suggestion,
            **({} if finding.named is None else {"value": finding.named}),
        }
        for finding, place in zip(found, places(record, found), strict=True)
    ]
