"""Rebuild a table of SQLite, for changes that its ALTER TABLE cannot make: constraints, keys, types of columns."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.sql.schema import SchemaItem


def rebuild_table(name: str, *items: SchemaItem, **options: Any) -> None:
    """Replace a table by one of these columns and constraints, with the same rows, indexes and triggers.

    Columns that both tables have keep their values; a new column needs a default or must be nullable. References of
    other tables stay, as the schema is upgraded with foreign keys switched off. These are the steps of "Making Other
    Kinds Of Table Schema Changes" (sqlite.org/lang_altertable.html). Alembic's batch mode is no substitute: it loses
    triggers and CHECK constraints.
    """
    new = f"new_{name}"
    connection = op.get_bind()
    kept = connection.execute(
        sa.text("SELECT sql FROM sqlite_schema WHERE tbl_name = :name AND type <> 'table' AND sql IS NOT NULL"),
        {"name": name},
    ).scalars()
    statements = list(kept)
    op.create_table(new, *items, **options)
    before, after = ([row[0] for row in connection.execute(_COLUMNS, {"name": each})] for each in (name, new))
    columns = ", ".join(f'"{each}"' for each in after if each in before)
    op.execute(f"INSERT INTO {new} ({columns}) SELECT {columns} FROM {name}")
    if options.get("sqlite_autoincrement"):
        op.execute(f"DELETE FROM sqlite_sequence WHERE name = '{new}'")
        op.execute(
            f"INSERT INTO sqlite_sequence (name, seq) SELECT '{new}', seq FROM sqlite_sequence WHERE name = '{name}'"
        )
    op.execute(f"DROP TABLE {name}")
    # Triggers of other tables may name the table, which is missing now: do not check them while it is renamed.
    op.execute("PRAGMA legacy_alter_table = ON")
    op.execute(f"ALTER TABLE {new} RENAME TO {name}")
    op.execute("PRAGMA legacy_alter_table = OFF")
    for statement in statements:
        op.execute(sa.text(statement.replace(":", r"\:")))


_COLUMNS = sa.text("SELECT name FROM pragma_table_info(:name)")
