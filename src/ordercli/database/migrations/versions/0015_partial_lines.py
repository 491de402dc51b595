"""Line items of product orders become partial, as TMF622 v5 has it: the trigger that guards their states is made anew."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# The transitions that were allowed when this schema was released: of every order and line item, then of some kinds.
FOLLOWERS = {
    "new": "acknowledged rejected in_progress canceled",
    "acknowledged": "in_progress awaiting_information on_hold canceled",
    "in_progress": "awaiting_information on_hold assessing_cancellation completed failed partial canceled",
    "awaiting_information": "in_progress assessing_cancellation canceled",
    "on_hold": "in_progress assessing_cancellation canceled",
    "assessing_cancellation": "cancellation_in_progress",
    "cancellation_in_progress": "canceled",
}
SERVICE_LINES = {
    "draft": "new canceled",
    "new": "submitted",
    "submitted": "enrichment_in_progress acknowledged rejected canceled",
    "enrichment_in_progress": "enrichment_on_hold acknowledged rejected canceled",
    "enrichment_on_hold": "enrichment_in_progress canceled",
    "acknowledged": "scheduled",
    "scheduled": "in_progress canceled",
    "in_progress": "revision_in_progress",
    "revision_in_progress": "in_progress",
}
NAME = "line_state_transition"
WORDS = "this state does not follow that one"


def upgrade() -> None:
    """Make the trigger anew; PostgreSQL allows no query in its condition, so its function asks for the kind."""
    on_sqlite = op.get_context().dialect.name == "sqlite"
    equals = "IS" if on_sqlite else "IS NOT DISTINCT FROM"
    changed = (
        f"OLD.state <> NEW.state AND {_other_than(FOLLOWERS)}"
        f" AND NOT (OLD.state = 'assessing_cancellation' AND NEW.state {equals} OLD.assessed_from)"
    )
    kind = "(SELECT resource FROM customer_order WHERE seq = NEW.order_seq)"
    refused = f"NOT ({kind} = 'serviceOrder' AND NOT ({_other_than(SERVICE_LINES)}))"
    event = "BEFORE UPDATE OF state ON order_line_item"
    if on_sqlite:
        op.execute(f"DROP TRIGGER {NAME}")
        op.execute(
            f"CREATE TRIGGER {NAME} {event} WHEN {changed} AND {refused} BEGIN SELECT RAISE(ABORT, '{WORDS}'); END"
        )
        return
    op.execute(f"DROP TRIGGER {NAME} ON order_line_item")
    op.execute(
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF {refused} THEN RAISE EXCEPTION '{WORDS}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " RETURN NEW; END $$"
    )
    op.execute(f"CREATE TRIGGER {NAME} {event} FOR EACH ROW WHEN ({changed}) EXECUTE FUNCTION {NAME}()")


def _other_than(followers: dict[str, str]) -> str:
    pairs = ", ".join(f"('{state}', '{after}')" for state, words in followers.items() for after in words.split())
    values = f"VALUES {pairs}" if op.get_context().dialect.name == "sqlite" else pairs
    return f"(OLD.state, NEW.state) NOT IN ({values})"
