"""Force orders into states that they cannot reach in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordercli.database.store import Store


def forget_references(connection: Store) -> None:
    """Switch foreign keys off, so that rows may refer to missing rows."""
    off = "SET session_replication_role = replica" if connection.engine == "postgresql" else "PRAGMA foreign_keys = OFF"
    connection.execute(off)


def force_state(connection: Store, table: str, state: str, assessed_from: str | None = None) -> None:
    """Set the state of every row of a table without the trigger that checks transitions."""
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
