"""States and transitions of each kind of order: service orders have more of them than product orders.

SQLite copies the orders and the line items for the new states; PostgreSQL exchanges the constraints. On both, the
triggers that refuse other transitions ask for the kind of the order.
"""

import sqlalchemy as sa
from alembic import op

from ordercli.database.migrations.rebuild import rebuild_table
from ordercli.database.models import KEY, TEXT

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

COMMON = (
    "new acknowledged in_progress awaiting_information on_hold assessing_cancellation cancellation_in_progress rejected"
    " canceled completed failed partial draft"
)
SERVICE = "submitted enrichment_in_progress enrichment_on_hold revision_in_progress"
ORDER_STATES = f"{COMMON} in_progress_accepted {SERVICE}"
LINE_STATES = (
    "new acknowledged in_progress awaiting_information on_hold assessing_cancellation cancellation_in_progress rejected"
    f" canceled completed failed partial draft {SERVICE} scheduled"
)
# The transitions that were allowed when this schema was released: of every order and line item, then of some kinds.
FOLLOWERS = {
    "new": "acknowledged rejected in_progress canceled",
    "acknowledged": "in_progress awaiting_information on_hold canceled",
    "in_progress": "awaiting_information on_hold assessing_cancellation completed failed canceled",
    "awaiting_information": "in_progress assessing_cancellation canceled",
    "on_hold": "in_progress assessing_cancellation canceled",
    "assessing_cancellation": "cancellation_in_progress",
    "cancellation_in_progress": "canceled",
}
PRODUCT_ORDERS = {
    "draft": "acknowledged in_progress canceled",
    "acknowledged": "in_progress_accepted",
    "in_progress": "partial in_progress_accepted",
    "in_progress_accepted": "awaiting_information on_hold completed failed partial",
}
SERVICE_ORDERS = {
    "draft": "new canceled",
    "new": "submitted",
    "submitted": "enrichment_in_progress acknowledged rejected canceled",
    "enrichment_in_progress": "enrichment_on_hold acknowledged rejected canceled",
    "enrichment_on_hold": "enrichment_in_progress canceled",
    "in_progress": "partial revision_in_progress",
    "revision_in_progress": "in_progress",
}
SERVICE_LINES = {
    **SERVICE_ORDERS,
    "acknowledged": "scheduled",
    "scheduled": "in_progress canceled",
}


def upgrade() -> None:
    """Admit the new states, and make the triggers anew."""
    if op.get_context().dialect.name == "postgresql":
        for table, name, states in (
            ("customer_order", "order_state", ORDER_STATES),
            ("order_line_item", "line_state", LINE_STATES),
        ):
            op.drop_constraint(name, table, type_="check")
            op.create_check_constraint(name, table, _state_check(states))
    else:
        _rebuild_orders()
        _rebuild_lines()
    _guard("order_state_transition", "customer_order", "NEW.resource", PRODUCT_ORDERS, SERVICE_ORDERS)
    of_line = "(SELECT resource FROM customer_order WHERE seq = NEW.order_seq)"
    _guard("line_state_transition", "order_line_item", of_line, {}, SERVICE_LINES)


def _state_check(states: str) -> str:
    return " OR ".join(f"state = '{state}'" for state in states.split())


def _guard(
    name: str,
    table: str,
    kind: str,
    product: dict[str, str],
    service: dict[str, str],
) -> None:
    """Make a trigger anew that refuses every other transition; `kind` tells the kind of the order.

    A denied cancellation returns to the previous state. PostgreSQL allows no query in the condition of a trigger: its
    function asks for the kind.
    """
    on_sqlite = op.get_context().dialect.name == "sqlite"
    equals = "IS" if on_sqlite else "IS NOT DISTINCT FROM"
    changed = (
        f"OLD.state <> NEW.state AND {_other_than(FOLLOWERS)}"
        f" AND NOT (OLD.state = 'assessing_cancellation' AND NEW.state {equals} OLD.assessed_from)"
    )
    refused = " AND ".join(
        f"NOT ({kind} = '{each}' AND NOT ({_other_than(pairs)}))"
        for each, pairs in (("productOrder", product), ("serviceOrder", service))
        if pairs
    )
    event = f"BEFORE UPDATE OF state ON {table}"
    words = "this state does not follow that one"
    if on_sqlite:
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} {event} WHEN {changed} AND {refused} BEGIN SELECT RAISE(ABORT, '{words}'); END"
        )
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {refused} THEN RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {name}()")


def _other_than(followers: dict[str, str]) -> str:
    pairs = ", ".join(f"('{state}', '{after}')" for state, words in followers.items() for after in words.split())
    values = f"VALUES {pairs}" if op.get_context().dialect.name == "sqlite" else pairs
    return f"(OLD.state, NEW.state) NOT IN ({values})"


def _rebuild_orders() -> None:
    rebuild_table(
        "customer_order",
        sa.Column("seq", KEY, nullable=False),
        sa.Column("order_id", TEXT, nullable=False),
        sa.Column("external_id", TEXT, nullable=True),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("profile", TEXT, nullable=False),
        sa.Column("filled_currency", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fulfillment_type", TEXT, nullable=False),
        sa.Column("currency", TEXT, nullable=True),
        sa.Column("customer_id", TEXT, nullable=True),
        sa.Column("channel_id", TEXT, nullable=True),
        sa.Column("requested_start_date", TEXT, nullable=True),
        sa.Column("requested_completion_date", TEXT, nullable=True),
        sa.Column("committed_due_date", TEXT, nullable=True),
        sa.Column("batch_id", TEXT, nullable=False),
        sa.Column("created_at", TEXT, nullable=False),
        sa.Column("updated_at", TEXT, nullable=False),
        sa.Column("assessed_from", TEXT, nullable=True),
        sa.Column("resource", TEXT, nullable=False, server_default="productOrder"),
        sa.CheckConstraint(_state_check(ORDER_STATES), name="order_state"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"]),
        sa.ForeignKeyConstraint(["seq"], ["payload.seq"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("order_id"),
    )


def _rebuild_lines() -> None:
    rebuild_table(
        "order_line_item",
        sa.Column("order_seq", KEY, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("item_id", TEXT, nullable=False),
        sa.Column("parent_item_id", TEXT, nullable=True),
        sa.Column("action", TEXT, nullable=False),
        sa.Column("action_reason", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("ponr", sa.Boolean(), nullable=False),
        sa.Column("quantity", TEXT, nullable=True),
        sa.Column("mrc", TEXT, nullable=True),
        sa.Column("nrc", TEXT, nullable=True),
        sa.Column("product_offering_id", TEXT, nullable=True),
        sa.Column("product_specification_id", TEXT, nullable=True),
        sa.Column("product_id", TEXT, nullable=True),
        sa.Column("place_id", TEXT, nullable=True),
        sa.Column("committed_due_date", TEXT, nullable=True),
        sa.Column("external_inventory_id", TEXT, nullable=True),
        sa.Column("assessed_from", TEXT, nullable=True),
        sa.CheckConstraint(_state_check(LINE_STATES), name="line_state"),
        sa.ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
        sa.PrimaryKeyConstraint("order_seq", "n"),
        sqlite_with_rowid=False,
    )
