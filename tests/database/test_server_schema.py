"""Tables, migrations and literal statements say the same on a server too."""

from __future__ import annotations

import re
from contextlib import closing
from itertools import count
from typing import TYPE_CHECKING

import pytest
from sqlmodel import SQLModel

from ordercli.database.opening import make_database
from ordercli.database.postgres import connect, with_marks
from ordercli.database.postgres_upgrade import server_engine
from ordercli.errors import BadDatabaseError
from support.sql_texts import ALL_OF_A_SERVER

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from support.servers import Server

pytestmark = pytest.mark.slow

STATEMENTS = [
    (name, text)
    for name, text in ALL_OF_A_SERVER
    if not text.startswith("CREATE") and not re.search("sqlite_sequence|staging", text)
]
COLUMNS = """
    SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version'
"""
INDEXES = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
# That a key can be deferred is a matter of the migrations alone.
CONSTRAINTS = """
    SELECT conrelid::regclass::text, conname, replace(pg_get_constraintdef(oid), ' DEFERRABLE', '') FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass AND contype <> 'n'
"""
NOT_BY_CODE_POINTS = """
    SELECT table_name, column_name FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    AND data_type LIKE 'character%' AND collation_name IS DISTINCT FROM 'C'
"""
# What a submission and an import make for themselves.
TEMPORARY = sorted(text for _, text in ALL_OF_A_SERVER if text.startswith("CREATE TEMP"))


@pytest.fixture(scope="module")
def migrated(server: Server) -> Iterator[psycopg.Connection]:
    """A database that the migrations made."""
    address = server.database()
    with closing(connect(address)) as raw:
        yield raw
    server.drop(address)


@pytest.fixture
def empty(server: Server) -> Iterator[str]:
    """The address of a database with nothing in it."""
    address = server.empty_database()
    yield address
    server.drop(address)


@pytest.mark.parametrize("question", [COLUMNS, INDEXES, CONSTRAINTS])
def test_migrations_make_the_tables_that_the_models_describe(
    migrated: psycopg.Connection, empty: str, question: str
) -> None:
    engine = server_engine(empty)
    SQLModel.metadata.create_all(engine)
    engine.dispose()

    with closing(connect(empty)) as described:
        described.execute("CREATE TABLE alembic_version ()")
        expected = sorted(described.execute(question.encode()).fetchall())

    assert sorted(migrated.execute(question.encode()).fetchall()) == expected


def test_texts_sort_by_their_code_points(migrated: psycopg.Connection) -> None:
    assert migrated.execute(NOT_BY_CODE_POINTS).fetchall() == []


@pytest.mark.parametrize(("module", "statement"), STATEMENTS)
def test_every_statement_fits_the_tables(migrated: psycopg.Connection, module: str, statement: str) -> None:
    numbers = count(1)
    text = re.sub("%s", lambda _: f"${next(numbers)}", with_marks(statement)).replace("%%", "%")
    migrated.execute("BEGIN")
    try:
        for made in TEMPORARY:
            migrated.execute(with_marks(made).encode())
        plan = migrated.execute(f"EXPLAIN (GENERIC_PLAN) {text}".encode()).fetchall()
    finally:
        migrated.execute("ROLLBACK")

    assert plan, module


@pytest.mark.parametrize(
    ("made", "reported"),
    [
        (
            "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('4d2f')",
            "another program",
        ),
        (
            "CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('0004')",
            "another program",
        ),
        ("CREATE TABLE batch (id INTEGER)", "another program"),
        (
            (
                "CREATE TABLE inbound_entry (); CREATE TABLE alembic_version (version_num TEXT); "
                "INSERT INTO alembic_version VALUES ('9999')"
            ),
            "has schema 9999; this ordercli knows schemas up to",
        ),
    ],
)
def test_tables_of_others_and_newer_ones_are_left_alone(empty: str, made: str, reported: str) -> None:
    with closing(connect(empty)) as raw:
        raw.execute(made.encode())
        before = raw.execute("SELECT relname FROM pg_class ORDER BY oid").fetchall()

        with pytest.raises(BadDatabaseError, match=reported):
            make_database(empty)

        assert raw.execute("SELECT relname FROM pg_class ORDER BY oid").fetchall() == before
