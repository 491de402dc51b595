"""The tables of customer orders: one row an order, one a line item, the child tables of a line item, the history."""

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from ordercli.database.models import KEY, one_of
from ordercli.resources.product_order.history import HistoryKind
from ordercli.resources.product_order.states import LineState, OrderState


def _to_line_item() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["order_seq", "line_n"], ["order_line_item.order_seq", "order_line_item.n"])


class CustomerOrder(SQLModel, table=True):
    """One customer order; `seq` is the key of its accepted payload. ServiceNow table: sn_ind_tmt_orm_order.

    While its cancellation is assessed, `assessed_from` is the state that it came from; of a line item likewise.
    """

    __tablename__ = "customer_order"
    __table_args__ = (
        CheckConstraint(one_of("state", OrderState), name="order_state"),
        Index("order_external_id", "external_id", "source", unique=True),
        Index("order_created", "created_at"),
        Index("order_updated", "updated_at"),
        Index("order_by_state", "state", "created_at"),
        Index("order_customer", "customer_id", "created_at"),
        Index("order_currency", "currency", "created_at"),
        Index("order_batch", "batch_id"),
    )

    seq: int = Field(primary_key=True, sa_type=KEY, foreign_key="payload.seq")
    order_id: str = Field(unique=True)
    external_id: str | None = None
    source: str
    profile: str
    filled_currency: str | None = None
    state: str
    version: int
    fulfillment_type: str
    currency: str | None = None
    customer_id: str | None = None
    channel_id: str | None = None
    requested_start_date: str | None = None
    requested_completion_date: str | None = None
    committed_due_date: str | None = None
    batch_id: str = Field(foreign_key="batch.id")
    created_at: str
    updated_at: str
    assessed_from: str | None = None


class OrderLineItem(SQLModel, table=True):
    """One line of a customer order, `n` from 0 in the order's own sequence. ServiceNow: sn_ind_tmt_orm_order_line_item.

    `quantity`, `mrc` (sum of the recurring prices) and `nrc` (of the non-recurring ones) are exact decimal text.
    """

    __tablename__ = "order_line_item"
    __table_args__ = (
        CheckConstraint(one_of("state", LineState), name="line_state"),
        {"sqlite_with_rowid": False},
    )

    order_seq: int = Field(primary_key=True, sa_type=KEY, foreign_key="customer_order.seq")
    n: int = Field(primary_key=True)
    item_id: str
    parent_item_id: str | None = None
    action: str
    action_reason: str | None = None
    state: str
    version: int
    ponr: bool
    quantity: str | None = None
    mrc: str | None = None
    nrc: str | None = None
    product_offering_id: str | None = None
    product_specification_id: str | None = None
    product_id: str | None = None
    place_id: str | None = None
    committed_due_date: str | None = None
    external_inventory_id: str | None = None
    assessed_from: str | None = None


class OrderCharacteristicValue(SQLModel, table=True):
    """A characteristic of a line item. ServiceNow table: sn_ind_tmt_orm_order_characteristic_value."""

    __tablename__ = "order_characteristic_value"
    __table_args__ = (_to_line_item(), {"sqlite_with_rowid": False})

    order_seq: int = Field(primary_key=True, sa_type=KEY)
    line_n: int = Field(primary_key=True)
    n: int = Field(primary_key=True)
    name: str | None = None
    value: str | None = None
    previous_value: str | None = None


class OrderLineItemContact(SQLModel, table=True):
    """A contact of a line item. ServiceNow table: sn_ind_tmt_orm_order_line_item_contact."""

    __tablename__ = "order_line_item_contact"
    __table_args__ = (_to_line_item(), {"sqlite_with_rowid": False})

    order_seq: int = Field(primary_key=True, sa_type=KEY)
    line_n: int = Field(primary_key=True)
    n: int = Field(primary_key=True)
    party_id: str | None = None
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None


class OrderLineRelatedItem(SQLModel, table=True):
    """What a line item is related to: a `line` or a `product`. ServiceNow: sn_ind_tmt_orm_order_line_related_items."""

    __tablename__ = "order_line_related_item"
    __table_args__ = (
        CheckConstraint(one_of("kind", ("line", "product")), name="related_kind"),
        _to_line_item(),
        {"sqlite_with_rowid": False},
    )

    order_seq: int = Field(primary_key=True, sa_type=KEY)
    line_n: int = Field(primary_key=True)
    n: int = Field(primary_key=True)
    kind: str
    related_id: str | None = None
    relationship_type: str | None = None


class OrderLineWorkNote(SQLModel, table=True):
    """A remark on a line item, for whoever approves the order. ServiceNow: work notes of the line item."""

    __tablename__ = "order_line_work_note"
    __table_args__ = (_to_line_item(), {"sqlite_with_rowid": False})

    order_seq: int = Field(primary_key=True, sa_type=KEY)
    line_n: int = Field(primary_key=True)
    n: int = Field(primary_key=True)
    date: str
    text: str


class RevisedDocument(SQLModel, table=True):
    """What the caller's document of an order became by patches; an order that has none is as it was accepted."""

    __tablename__ = "revised_document"

    order_seq: int = Field(primary_key=True, sa_type=KEY, foreign_key="customer_order.seq")
    sha256: bytes
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class OrderHistory(SQLModel, table=True):
    """One thing that happened to an order; rows are added only, in the order of their commits.

    `version` is the order's afterwards. `change_types`, `changes` (lists of pointer, before, after) and `cancellation`
    are JSON; a creation has none of them. `run_id` is the run that did it, where that did more.
    """

    __tablename__ = "order_history"
    __table_args__ = (
        CheckConstraint(one_of("kind", HistoryKind), name="history_kind"),
        UniqueConstraint("order_seq", "version", name="history_version"),
    )

    seq: int = Field(primary_key=True, sa_type=KEY)
    order_seq: int = Field(foreign_key="customer_order.seq", sa_type=KEY)
    version: int
    at: str
    actor: str
    kind: str
    change_types: str | None = None
    changes: str | None = None
    cancellation: str | None = None
    run_id: str | None = None
