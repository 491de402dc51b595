"""How often entries failed and were tried again, whatever became of them."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import KEY, TEXT

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add a table, the same on both engines; of what happened before, only the entries in error are known."""
    op.create_table(
        "entry_tally",
        sa.Column("resource", TEXT, nullable=False),
        sa.Column("target", TEXT, nullable=False),
        sa.Column("what", TEXT, nullable=False),
        sa.Column("cause", TEXT, nullable=False),
        sa.Column("count", KEY, nullable=False),
        sa.PrimaryKeyConstraint("resource", "target", "what", "cause"),
    )
    op.execute(
        "INSERT INTO entry_tally (resource, target, what, cause, count)"
        " SELECT resource, coalesce(target, ''), 'failed', error_code, count(*) FROM inbound_entry"
        " WHERE state = 'error' GROUP BY resource, coalesce(target, ''), error_code"
    )
