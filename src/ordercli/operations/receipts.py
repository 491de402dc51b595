"""The lines that a submit run writes about single orders: receipts, and those of the file that `--accepted` writes."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated, Any, Literal, cast

from msgspec import UNSET, Meta, UnsetType

from ordercli.operations.results import OrderError, OrderResult, errors
from ordercli.orders.order_rows import LineView, WorkNote
from ordercli.resources.document import order_document
from ordercli.resources.product_order.document_shapes import Order
from ordercli.result_types import Id, Position, Result


class Receipt(Result):
    """The outcome for one order."""

    file: str
    line: Position
    record: Position
    external_id: str | None
    order_id: Annotated[
        Id | None,
        Meta(description="of a duplicate or a conflict, the first one's; a dry run makes none"),
    ]
    status_code: Literal[200, 201, 202, 400, 409]
    outcome: Literal["accepted", "duplicate", "conflict", "rejected"]
    errors: list[OrderError]
    order: Annotated[Order, Meta(description="the order as it was created, with --full")] | UnsetType = UNSET
    track_id: str | UnsetType = UNSET


class AcceptedOrder(Result):
    """A line of the file that `--accepted` writes."""

    file: str
    line: Position
    record: Position
    external_id: str | None
    order_id: Id


def receipt(result: OrderResult, track_id: str | None = None, order: dict[str, Any] | None = None) -> Receipt:
    """Return the receipt of an order, with the document of the order if one is given."""
    return Receipt(
        file=result.record.file,
        line=result.record.line,
        record=result.record.record,
        external_id=result.external_id,
        order_id=result.order_id,
        status_code=cast("Any", result.status_code),
        outcome=cast("Any", result.outcome),
        errors=errors(result.record, result.findings),
        order=cast("Any", order or UNSET),
        track_id=track_id or UNSET,
    )


def accepted_order(result: OrderResult) -> AcceptedOrder:
    """Return the line of an accepted order in the file that `--accepted` writes."""
    record = result.record
    return AcceptedOrder(record.file, record.line, record.record, result.external_id, result.order_id or "")


def created_order(result: OrderResult) -> dict[str, Any] | None:
    """Return the document of the customer order if it was created at once."""
    if result.rows is None:
        return None
    notes: defaultdict[int, tuple[WorkNote, ...]] = defaultdict(tuple)
    for note in result.rows.work_notes:
        notes[note.line_n] += (WorkNote(note.date, note.text),)
    lines = [LineView(line.item_id, line.state, line.version, line.ponr, notes[line.n]) for line in result.rows.lines]
    return order_document(result.rows.order, lines, result.record.data)
