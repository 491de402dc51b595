"""Tables, migrations and literal statements say the same."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from sqlmodel import SQLModel

from ordercli.database.migrate import engine
from ordercli.database.sqlite import connect
from support.sql_texts import ALL

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store

INSERT = re.compile(r"INSERT (?:OR \w+ )?INTO (\w+) \(([^)]*)\)")


STATEMENTS = [
    (name, text) for name, text in ALL if not text.startswith("CREATE") and not re.search("json_to_recordset", text)
]
STAGING = sorted(text for _, text in ALL if text.startswith(("CREATE TABLE", "CREATE TEMP VIEW")))
INSERTS = sorted({match.groups() for _, text in STATEMENTS if (match := INSERT.match(text))})


def schema(connection: Store) -> dict[str, list[str]]:
    """Each table and index with the clauses that make it; their order says nothing."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type <> 'trigger' AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    )
    clauses = r",\s*\n\s*|\s*\(\n\s*|\n\)\s*|, (?=\w+ (?:VARCHAR|INTEGER|BLOB|BOOLEAN)\b)"
    # A table that was renamed has its name in quotes.
    texts = {name: sql.strip().replace(f'CREATE TABLE "{name}"', f"CREATE TABLE {name}") for name, sql in rows}
    return {name: sorted(re.split(clauses, sql)) for name, sql in texts.items()}


def test_migrations_make_the_tables_that_the_models_describe(connection: Store, tmp_path: Path) -> None:
    described = str(tmp_path / "described.db")
    SQLModel.metadata.create_all(engine(described))

    migrated = schema(connection)

    assert migrated.pop("alembic_version")
    with closing(connect(described)) as other:
        assert migrated == schema(other)


@pytest.mark.parametrize(("module", "statement"), STATEMENTS)
def test_every_statement_fits_the_tables(connection: Store, module: str, statement: str) -> None:
    connection.execute("ATTACH ':memory:' AS staging")
    for made in STAGING:
        connection.execute(made)

    plan = connection.execute(f"EXPLAIN {statement}", [None] * statement.count("?")).fetchall()

    assert plan, module


@pytest.mark.parametrize(("table", "columns"), INSERTS)
def test_every_insert_fills_the_columns_that_must_not_be_null(connection: Store, table: str, columns: str) -> None:
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    needed = {name for _, name, _, not_null, default, _ in rows if not_null and default is None}
    given_by_sqlite = {name for _, name, kind, _, _, key in rows if kind == "INTEGER" and key == 1}

    assert needed - set(columns.split(", ")) <= given_by_sqlite


def test_every_table_has_its_insert() -> None:
    inserted = {table for table, _ in INSERTS}

    assert inserted - {"staged_record", "staged_link"} == set(SQLModel.metadata.tables)
