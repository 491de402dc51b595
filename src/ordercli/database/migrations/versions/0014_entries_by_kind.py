"""An index of the queue entries that are no product orders, so that entries are counted by kind of order."""

from alembic import op
from sqlalchemy import text

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_OTHERS = text("resource <> 'productOrder'")


def upgrade() -> None:
    """Add an index, the same on both engines; nothing that exists is rewritten."""
    op.create_index(
        "entry_of_other_kind",
        "inbound_entry",
        ["resource", "state"],
        sqlite_where=_OTHERS,
        postgresql_where=_OTHERS,
    )
