"""Reference data, and the work notes that it leaves on line items."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import KEY, TEXT, where

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of reference data and of work notes."""
    op.create_table(
        "reference_record",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "type = 'ProductOffering' OR type = 'ProductSpecification' OR type = 'Product' OR type = 'Customer' OR type = 'Consumer' OR type = 'CustomerContact' OR type = 'DistributionChannel' OR type = 'Place' OR type = 'Currency'",
            name="record_type",
        ),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("type", "id", name="record_key"),
    )
    op.create_index(
        "record_external_id",
        "reference_record",
        ["type", "external_id"],
        unique=False,
        **where("external_id IS NOT NULL"),
    )
    op.create_table(
        "specification_relation",
        sa.Column("specification_id", TEXT, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("related_id", TEXT, nullable=False),
        sa.Column("relationship_type", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("specification_id", "n"),
        sqlite_with_rowid=False,
    )
    op.create_index("relation_to", "specification_relation", ["related_id"], unique=False)
    op.create_table(
        "order_line_work_note",
        sa.Column("order_seq", KEY, nullable=False),
        sa.Column("line_n", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("date", TEXT, nullable=False),
        sa.Column("text", TEXT, nullable=False),
        sa.ForeignKeyConstraint(
            ["order_seq", "line_n"],
            ["order_line_item.order_seq", "order_line_item.n"],
        ),
        sa.PrimaryKeyConstraint("order_seq", "line_n", "n"),
        sqlite_with_rowid=False,
    )
    op.add_column("inbound_entry", sa.Column("work_notes", TEXT, nullable=True))
    if op.get_context().dialect.name == "postgresql":
        # SQLite defers a key when it is told to; here it has to be declared. A line and its notes change their number.
        op.execute(
            "ALTER TABLE order_line_work_note ALTER CONSTRAINT order_line_work_note_order_seq_line_n_fkey DEFERRABLE"
        )
