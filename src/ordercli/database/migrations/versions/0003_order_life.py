"""The life of an order: its history, its revised document, and triggers that keep its states in order."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.models import KEY, TEXT

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# The transitions that were allowed when this schema was released.
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
    op.add_column("customer_order", sa.Column("assessed_from", TEXT, nullable=True))
    op.add_column("order_line_item", sa.Column("assessed_from", TEXT, nullable=True))
    op.create_table(
        "revised_document",
        sa.Column("order_seq", KEY, nullable=False),
        sa.Column("sha256", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
        sa.PrimaryKeyConstraint("order_seq"),
    )
    op.create_table(
        "order_history",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("order_seq", KEY, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", TEXT, nullable=False),
        sa.Column("actor", TEXT, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("change_types", TEXT, nullable=True),
        sa.Column("changes", TEXT, nullable=True),
        sa.Column("cancellation", TEXT, nullable=True),
        sa.Column("run_id", TEXT, nullable=True),
        sa.CheckConstraint(
            "kind = 'creation' OR kind = 'revision' OR kind = 'stateChange' OR kind = 'cancellation'",
            name="history_kind",
        ),
        sa.ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("order_seq", "version", name="history_version"),
    )
    # Orders of an older schema were never changed, and it is not known who created them.
    op.execute(
        "INSERT INTO order_history (order_seq, version, at, actor, kind)"
        " SELECT seq, 1, created_at, 'unknown', 'creation' FROM customer_order ORDER BY created_at, seq"
    )
    for operation in ("UPDATE", "DELETE"):
        _refuse(
            f"history_no_{operation.lower()}",
            f"{operation} ON order_history",
            "the history of orders is only added to",
        )
    pairs = [(state, after) for state, followers in FOLLOWERS.items() for after in followers.split()]
    _guard("order_state_transition", "customer_order", [*pairs, ORDER_ONLY])
    _guard("line_state_transition", "order_line_item", pairs)


def _guard(name: str, table: str, pairs: list[tuple[str, str]]) -> None:
    """Refuse every transition that is not among the pairs; a denied cancellation returns to the previous state."""
    allowed = ", ".join(f"('{state}', '{after}')" for state, after in pairs)
    if _on_sqlite():
        allowed = f"VALUES {allowed}"
    _refuse(
        name,
        f"UPDATE OF state ON {table}",
        "this state does not follow that one",
        "OLD.state <> NEW.state"
        f" AND (OLD.state, NEW.state) NOT IN ({allowed})"
        f" AND NOT (OLD.state = 'assessing_cancellation' AND NEW.state {'IS' if _on_sqlite() else 'IS NOT DISTINCT FROM'} OLD.assessed_from)",
    )


def _refuse(name: str, event: str, words: str, condition: str | None = None) -> None:
    """Make a trigger that refuses an event; with a condition, only if the condition holds."""
    if _on_sqlite():
        when = f" WHEN {condition}" if condition else ""
        op.execute(f"CREATE TRIGGER {name} BEFORE {event}{when} BEGIN SELECT RAISE(ABORT, '{words}'); END")
        return
    when = f" WHEN ({condition})" if condition else ""
    op.execute(
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {event} FOR EACH ROW{when} EXECUTE FUNCTION {name}()")


def _on_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"
