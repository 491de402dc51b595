"""The tables of customer orders, made from their row types: keys, constraints and indexes."""

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, UniqueConstraint
from sqlalchemy.schema import SchemaItem

from ordercli.database.models import RowType, one_of, table
from ordercli.orders.external_ids import ExternalIdRow
from ordercli.orders.history import HistoryKind
from ordercli.orders.order_rows import (
    CharacteristicRow,
    ContactRow,
    DocumentRow,
    LineRow,
    NumberedHistoryRow,
    OrderRow,
    RelatedRow,
    WorkNoteRow,
)
from ordercli.orders.states import LineState, OrderState

CustomerOrder = table(
    OrderRow,
    PrimaryKeyConstraint("seq"),
    UniqueConstraint("order_id"),
    ForeignKeyConstraint(["seq"], ["payload.seq"]),
    ForeignKeyConstraint(["batch_id"], ["batch.id"]),
    CheckConstraint(one_of("state", OrderState), name="order_state"),
    Index("order_key", "external_id", "source", "resource", unique=True),
    Index("order_created", "created_at"),
    Index("order_updated", "updated_at"),
    Index("order_by_state", "state", "created_at"),
    Index("order_customer", "customer_id", "created_at"),
    Index("order_currency", "currency", "created_at"),
    Index("order_batch", "batch_id"),
    defaults={"resource": "productOrder"},
)

OrderExternalId = table(
    ExternalIdRow,
    PrimaryKeyConstraint("seq", "n"),
    ForeignKeyConstraint(["seq"], ["payload.seq"], ondelete="CASCADE"),
    Index("further_external_id", "id", "source"),
    sqlite_with_rowid=False,
)

OrderLineItem = table(
    LineRow,
    PrimaryKeyConstraint("order_seq", "n"),
    ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
    CheckConstraint(one_of("state", LineState), name="line_state"),
    sqlite_with_rowid=False,
)


def _child_table(row_type: type[RowType], *rules: SchemaItem) -> type[RowType]:
    """Make a table that has several rows for a line, numbered by `n`."""
    return table(
        row_type,
        PrimaryKeyConstraint("order_seq", "line_n", "n"),
        ForeignKeyConstraint(["order_seq", "line_n"], ["order_line_item.order_seq", "order_line_item.n"]),
        *rules,
        sqlite_with_rowid=False,
    )


OrderCharacteristicValue = _child_table(CharacteristicRow)
OrderLineItemContact = _child_table(ContactRow)
OrderLineRelatedItem = _child_table(
    RelatedRow, CheckConstraint(one_of("kind", ("line", "product")), name="related_kind")
)
OrderLineWorkNote = _child_table(WorkNoteRow)

RevisedDocument = table(
    DocumentRow,
    PrimaryKeyConstraint("order_seq"),
    ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
)

OrderHistory = table(
    NumberedHistoryRow,
    PrimaryKeyConstraint("seq"),
    UniqueConstraint("order_seq", "version", name="history_version"),
    ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
    CheckConstraint(one_of("kind", HistoryKind), name="history_kind"),
)
