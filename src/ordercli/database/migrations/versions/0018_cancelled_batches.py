"""When and why a batch was cancelled as a whole."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns, the same on both engines; no row is rewritten, and no earlier batch was cancelled."""
    op.add_column("batch", sa.Column("cancelled_at", TEXT, nullable=True))
    op.add_column("batch", sa.Column("cancel_reason", TEXT, nullable=True))
