"""The rows of customer orders: each field is a column; order_tables.py has their keys and indexes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from ordercli.database.statements import BigInt, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ordercli.orders.states import State

Text = str | None


class OrderRow(Row, frozen=True, gc=False):
    """A customer order; `seq` is the key of its accepted payload. ServiceNow table: sn_ind_tmt_orm_order.

    While its cancellation is assessed, `assessed_from` is the state that it came from.
    """

    TABLE: ClassVar = "customer_order"

    seq: BigInt
    order_id: str
    external_id: Text
    source: str
    profile: str
    filled_currency: Text
    state: str
    version: int
    fulfillment_type: str
    currency: Text
    customer_id: Text
    channel_id: Text
    requested_start_date: Text
    requested_completion_date: Text
    committed_due_date: Text
    batch_id: str
    created_at: str
    updated_at: str
    assessed_from: Text = None
    resource: str = "productOrder"


class LineRow(Row, frozen=True, gc=False):
    """A line of a customer order, `n` from 0 in the order's own sequence. ServiceNow: sn_ind_tmt_orm_order_line_item.

    `quantity`, `mrc` (sum of the recurring prices) and `nrc` (of the non-recurring ones) are exact decimal text.
    `assessed_from` is as in an order.
    """

    TABLE: ClassVar = "order_line_item"

    order_seq: BigInt
    n: int
    item_id: str
    parent_item_id: Text
    action: str
    action_reason: Text
    state: str
    version: int
    ponr: bool
    quantity: Text
    mrc: Text
    nrc: Text
    product_offering_id: Text
    product_specification_id: Text
    product_id: Text
    place_id: Text
    committed_due_date: Text
    external_inventory_id: Text
    assessed_from: Text = None


class CharacteristicRow(Row, frozen=True, gc=False):
    """A characteristic of a line item. ServiceNow table: sn_ind_tmt_orm_order_characteristic_value."""

    TABLE: ClassVar = "order_characteristic_value"

    order_seq: BigInt
    line_n: int
    n: int
    name: Text
    value: Text
    previous_value: Text


class ContactRow(Row, frozen=True, gc=False):
    """A contact of a line item. ServiceNow table: sn_ind_tmt_orm_order_line_item_contact."""

    TABLE: ClassVar = "order_line_item_contact"

    order_seq: BigInt
    line_n: int
    n: int
    party_id: Text
    name: Text
    first_name: Text
    last_name: Text
    email: Text
    phone: Text


class RelatedRow(Row, frozen=True, gc=False):
    """A `line` or a `product` that a line item is related to. ServiceNow: sn_ind_tmt_orm_order_line_related_items."""

    TABLE: ClassVar = "order_line_related_item"

    order_seq: BigInt
    line_n: int
    n: int
    kind: str
    related_id: Text
    relationship_type: Text


class WorkNoteRow(Row, frozen=True, gc=False):
    """A work note of a line item, for whoever approves the order. ServiceNow: work notes of the line item."""

    TABLE: ClassVar = "order_line_work_note"

    order_seq: BigInt
    line_n: int
    n: int
    date: str
    text: str


class DocumentRow(Row, frozen=True, gc=False):
    """The caller's document of an order as patches left it; an order without one is as it was accepted."""

    TABLE: ClassVar = "revised_document"

    order_seq: BigInt
    sha256: bytes
    body: bytes


class HistoryRow(Row, frozen=True, gc=False):
    """An entry of the history to insert; the database gives it its number. Rows are never changed.

    `version` is that of the order afterwards. `change_types`, `changes` (lists of pointer, before, after) and
    `cancellation` are JSON; a creation has none of them. `run_id` is the run over many requests that did it, if any.
    """

    TABLE: ClassVar = "order_history"

    order_seq: BigInt
    version: int
    at: str
    actor: str
    kind: str
    change_types: Text = None
    changes: Text = None
    cancellation: Text = None
    run_id: Text = None


class NumberedHistoryRow(HistoryRow, frozen=True, gc=False):
    """A stored entry of the history, with its number."""

    seq: BigInt = 0


class OrderView(Row, frozen=True, gc=False):
    """The columns of a customer order that commands need beside its document."""

    TABLE: ClassVar = "customer_order"

    seq: BigInt
    order_id: str
    external_id: Text
    source: str
    filled_currency: Text
    state: str
    version: int
    created_at: str
    profile: str
    resource: str = "productOrder"


class SummaryView(Row, frozen=True, gc=False):
    """The columns of a customer order that a table or CSV shows, and the kind that it is of."""

    TABLE: ClassVar = "customer_order"

    external_id: Text
    order_id: str
    state: str
    created_at: str
    seq: BigInt
    profile: str
    resource: str


class IdView(Row, frozen=True, gc=False):
    """The id of a customer order, and the kind that it is of."""

    TABLE: ClassVar = "customer_order"

    order_id: str
    profile: str
    resource: str


class WorkNote(NamedTuple):
    """A work note of a line item, as it is shown."""

    date: str
    text: str


Notes = tuple[WorkNote, ...]


class LineView(NamedTuple):
    """The values of a line item that its document does not have: state, version, point of no return, work notes."""

    item_id: str
    state: str
    version: int
    ponr: bool
    work_notes: Notes = ()


class VersionChange(NamedTuple):
    """A line that changes a product or service and names a version of its specification (one version may be missing).

    `inventory_id` is the name of its record in the inventory.
    """

    line_n: int
    inventory_id: str
    specification_id: Text
    internal_version: Text
    version: Text


class OrderWithLines(NamedTuple):
    """All rows of one customer order: itself, its lines, and the children of its lines.

    `version_changes` are not rows: the inventory is updated by them.
    """

    order: OrderRow
    lines: list[LineRow]
    characteristics: list[CharacteristicRow]
    contacts: list[ContactRow]
    related: list[RelatedRow]
    work_notes: list[WorkNoteRow]
    version_changes: list[VersionChange]


class StoredOrder(NamedTuple):
    """An order and its lines as the tables have them; lines and work notes by line id, in the order's own sequence."""

    order: OrderRow
    lines: dict[str, LineRow]
    work_notes: dict[str, Notes]

    @property
    def assessed_from(self) -> dict[str | None, str]:
        """The state that the assessment of a cancellation came from, by line id; that of the order by None."""
        of_order = {None: self.order.assessed_from}
        of_lines = {name: line.assessed_from for name, line in self.lines.items()}
        return {name: state for name, state in (of_order | of_lines).items() if state}


class Content(NamedTuple):
    """A new document of the caller: its rows, the SHA-256 of its bytes, and its bytes."""

    rows: OrderWithLines
    sha256: bytes
    body: bytes


class Revision(NamedTuple):
    """An order after a revision.

    `states` are the steps that the order takes, `line_states` those of its lines, by line id. `content` is None where
    the caller's document stays as it is. `work_notes` are the new ones.
    """

    order: OrderRow
    lines: list[LineRow]
    states: list[State]
    line_states: Mapping[str, list[State]]
    content: Content | None = None
    work_notes: Sequence[WorkNoteRow] = ()
