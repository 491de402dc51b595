"""Orders are brought into states that they cannot be led to in one step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


def force_state(connection: Connection, table: str, state: str, assessed_from: str | None = None) -> None:
    """Give every row of a table a state, past the trigger that guards it."""
    (trigger,) = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ?", (table,)
    ).fetchall()
    connection.execute(f"DROP TRIGGER {trigger[0]}")
    connection.execute(f"UPDATE {table} SET state = ?, assessed_from = ?", (state, assessed_from))  # noqa: S608
    connection.execute(trigger[1])
