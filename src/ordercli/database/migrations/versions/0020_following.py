"""Following: the state of an order at its target is asked for, and the order here takes any state that it has there."""

import sqlalchemy as sa
from alembic import op

from ordercli.database.migrations.rebuild import rebuild_table
from ordercli.database.models import KEY, TEXT, where

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

KINDS = "kind = 'creation' OR kind = 'revision' OR kind = 'stateChange' OR kind = 'cancellation' OR kind = 'remote'"
FINAL = "'rejected', 'canceled', 'completed', 'failed', 'partial'"
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
LINES = {**FOLLOWERS, "in_progress": f"{FOLLOWERS['in_progress']} partial"}
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
    "in_progress": "revision_in_progress",
}
WORDS = "this state does not follow that one"


def upgrade() -> None:
    """Add columns and an index, admit the new kind of history, and make the triggers anew.

    SQLite copies the history for the new kind. An order that is at a target may get any state, unless its own is final;
    the same holds for its line items.
    """
    op.add_column("forward", sa.Column("follow_at", TEXT, nullable=True, server_default=""))
    op.add_column("forward", sa.Column("followed_at", TEXT, nullable=True))
    op.add_column("forward", sa.Column("unchanged", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("forward", sa.Column("trouble", TEXT, nullable=True))
    op.create_index(
        "forward_followed",
        "forward",
        ["target", "follow_at"],
        **where("remote_id IS NOT NULL AND follow_at IS NOT NULL"),
    )
    op.create_index("forward_trouble", "forward", ["target", "order_id"], **where("trouble IS NOT NULL"))
    op.create_index("forward_remote", "forward", ["target", "remote_id"], **where("remote_id IS NOT NULL"))
    _admit_kind()
    _guard("order_state_transition", "customer_order", ("NEW.resource", "NEW.order_id"), FOLLOWERS, PRODUCT_ORDERS)
    of_line = tuple(
        f"(SELECT {each} FROM customer_order WHERE seq = NEW.order_seq)" for each in ("resource", "order_id")
    )
    _guard("line_state_transition", "order_line_item", of_line, LINES, {})


def _admit_kind() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.drop_constraint("history_kind", "order_history", type_="check")
        op.create_check_constraint("history_kind", "order_history", KINDS)
        return
    rebuild_table(
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
        sa.CheckConstraint(KINDS, name="history_kind"),
        sa.ForeignKeyConstraint(["order_seq"], ["customer_order.seq"]),
        sa.PrimaryKeyConstraint("seq"),
        sa.UniqueConstraint("order_seq", "version", name="history_version"),
    )


def _guard(name: str, table: str, of_order: tuple[str, ...], common: dict[str, str], product: dict[str, str]) -> None:
    """Make a trigger anew that refuses every other transition; `of_order` are the kind and the id of the order.

    A denied cancellation returns to the previous state. PostgreSQL allows no query in the condition of a trigger: its
    function asks.
    """
    on_sqlite = op.get_context().dialect.name == "sqlite"
    equals = "IS" if on_sqlite else "IS NOT DISTINCT FROM"
    kind, order_id = of_order
    changed = (
        f"OLD.state <> NEW.state AND {_other_than(common)}"
        f" AND NOT (OLD.state = 'assessing_cancellation' AND NEW.state {equals} OLD.assessed_from)"
    )
    service = SERVICE_ORDERS if product else SERVICE_LINES
    refused = " AND ".join(
        f"NOT ({kind} = '{each}' AND NOT ({_other_than(pairs)}))"
        for each, pairs in (("productOrder", product), ("serviceOrder", service))
        if pairs
    )
    refused += (
        f" AND (OLD.state IN ({FINAL})"
        f" OR NOT EXISTS (SELECT 1 FROM forward AS f WHERE f.order_id = {order_id} AND f.remote_id IS NOT NULL))"
    )
    event = f"BEFORE UPDATE OF state ON {table}"
    if on_sqlite:
        op.execute(f"DROP TRIGGER {name}")
        op.execute(
            f"CREATE TRIGGER {name} {event} WHEN {changed} AND {refused} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )
        return
    op.execute(f"DROP TRIGGER {name} ON {table}")
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {refused} THEN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} {event} FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {name}()")


def _other_than(followers: dict[str, str]) -> str:
    pairs = ", ".join(f"('{state}', '{after}')" for state, words in followers.items() for after in words.split())
    values = f"VALUES {pairs}" if op.get_context().dialect.name == "sqlite" else pairs
    return f"(OLD.state, NEW.state) NOT IN ({values})"
