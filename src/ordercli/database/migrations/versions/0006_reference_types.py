"""Reference data of any type: the types stand in the program, and no longer in a CHECK of the table."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.migrations.rebuild import rebuild_table
from ordercli.database.models import KEY, TEXT

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the CHECK on the type of a record; SQLite has to copy the table for that."""
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("record_type", "reference_record", type_="check")
        return
    rebuild_table(
        "reference_record",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("type", TEXT, nullable=False),
        sa.Column("id", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("type", "id", name="record_key"),
    )
