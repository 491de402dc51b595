"""Orders are brought into states that they cannot be led to in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordercli.database.store import Store


def forget_references(connection: Store) -> None:
    """Let rows point at nothing, whatever the tables say."""
    off = "SET session_replication_role = replica" if connection.engine == "postgresql" else "PRAGMA foreign_keys = OFF"
    connection.execute(off)


def force_state(connection: Store, table: str, state: str, assessed_from: str | None = None) -> None:
    """Give every row of a table a state, past the trigger that guards it."""
    if connection.engine == "postgresql":
        connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        connection.execute(f"UPDATE {table} SET state = ?, assessed_from = ?", (state, assessed_from))
        connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        return
    (trigger,) = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (table,)
    ).fetchall()
    connection.execute(f"DROP TRIGGER {trigger[0]}")
    connection.execute(f"UPDATE {table} SET state = ?, assessed_from = ?", (state, assessed_from))
    connection.execute(trigger[1])
