"""Who submitted each queue entry, and who retried or discarded it last."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import TEXT

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two columns, the same on both engines; no row is rewritten, and who acted before is not known."""
    op.add_column("inbound_entry", sa.Column("submitted_by", TEXT))
    op.add_column("inbound_entry", sa.Column("changed_by", TEXT))
