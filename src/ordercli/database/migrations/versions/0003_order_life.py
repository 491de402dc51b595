"""The life of an order: its history, its revised document, and triggers that keep its states in order."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# orders/transitions.py as it stood with this schema.
FOLLOWERS = {
    "new": "acknowledged rejected in_progress canceled",
    "acknowledged": "in_progress awaiting_information on_hold canceled",
    "in_progress": "awaiting_information on_hold assessing_cancellation completed failed canceled",
    "awaiting_information": "in_progress assessing_cancellation canceled",
    "on_hold": "in_progress assessing_cancellation canceled",
    "assessing_cancellation": "cancellation_in_progress",
    "cancellation_in_progress": "canceled",
}
ORDER_ONLY = ("in_progress", "partial")


def upgrade() -> None:
    """Make the tables of the history, and the triggers."""
    op.add_column("customer_order", sa.Column("assessed_from", sa.String(), nullable=True))
    op.add_column("order_line_item", sa.Column("assessed_from", sa.String(), nullable=True))
    op.create_table(
        "revised_document",
        sa.Column("order_seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
        sa.PrimaryKeyConstraint("order_seq"),
    )
    op.create_table(
        "order_history",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("order_seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("change_types", sa.String(), nullable=True),
        sa.Column("changes", sa.String(), nullable=True),
        sa.Column("cancellation", sa.String(), nullable=True),
        sa.Column("run_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "kind = 'creation' OR kind = 'revision' OR kind = 'stateChange' OR kind = 'cancellation'",
            name="history_kind",
        ),
        sa.ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("order_seq", "version", name="history_version"),
    )
    # Orders of an older schema were never changed, and nobody wrote down who created them.
    op.execute(
        "INSERT INTO order_history (order_seq, version, at, actor, kind)"
        " SELECT seq, 1, created_at, 'unknown', 'creation' FROM customer_order ORDER BY created_at, seq"
    )
    for operation in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER history_no_{operation.lower()} BEFORE {operation} ON order_history"
            " BEGIN SELECT RAISE(ABORT, 'the history of orders is only added to'); END"
        )
    pairs = [(state, after) for state, followers in FOLLOWERS.items() for after in followers.split()]
    _guard("order_state_transition", "customer_order", [*pairs, ORDER_ONLY])
    _guard("line_state_transition", "order_line_item", pairs)


def _guard(name: str, table: str, pairs: list[tuple[str, str]]) -> None:
    """Refuse every step that is not among the pairs; a denied cancellation goes back to where it came from."""
    allowed = ", ".join(f"('{state}', '{after}')" for state, after in pairs)
    op.execute(
        f"CREATE TRIGGER {name} BEFORE UPDATE OF state ON {table} WHEN OLD.state <> NEW.state"
        f" AND (OLD.state, NEW.state) NOT IN (VALUES {allowed})"
        " AND NOT (OLD.state = 'assessing_cancellation' AND NEW.state IS OLD.assessed_from)"
        " BEGIN SELECT RAISE(ABORT, 'this state does not follow that one'); END"
    )
