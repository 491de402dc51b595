"""A migration replaces a table of SQLite, and everything that hangs on it stays."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from ordercli.database.migrate import engine
from ordercli.database.migrations.rebuild import rebuild_table
from ordercli.database.sqlite import connect, sqlite

if TYPE_CHECKING:
    from pathlib import Path

PARENT = (
    "CREATE TABLE parent (seq INTEGER PRIMARY KEY AUTOINCREMENT, state TEXT CHECK (state = 'new'), gone TEXT)",
    "CREATE UNIQUE INDEX parent_state ON parent (state) WHERE state <> ':old'",
    "CREATE TRIGGER parent_kept BEFORE DELETE ON parent BEGIN SELECT RAISE(ABORT, 'kept: always'); END",
    "CREATE TABLE child (parent INTEGER REFERENCES parent (seq))",
    "CREATE TRIGGER child_counted AFTER INSERT ON child BEGIN UPDATE parent SET gone = 'x' WHERE 0; END",
    "INSERT INTO parent VALUES (7, 'new', 'left out')",
    "UPDATE sqlite_sequence SET seq = 9",
    "INSERT INTO child VALUES (7)",
)


@pytest.fixture
def rebuilt(tmp_path: Path) -> str:
    """A database whose table `parent` has another CHECK and another column than before."""
    path = str(tmp_path / "some.db")
    with closing(connect(path)) as connection:
        for statement in PARENT:
            connection.execute(statement)
    made = engine(path)
    with made.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")  # type: ignore[union-attr]
        with connection.begin(), Operations.context(MigrationContext.configure(connection)):
            rebuild_table(
                "parent",
                sa.Column("seq", sa.Integer, primary_key=True),
                sa.Column("state", sa.Text),
                sa.Column("gone", sa.Text),
                sa.Column("fresh", sa.Text, server_default="yes"),
                sa.CheckConstraint("state = 'new' OR state = 'draft'"),
                sqlite_autoincrement=True,
            )
    made.dispose()
    return path


def test_rows_keep_their_values_and_keys_go_on_after_the_greatest(rebuilt: str) -> None:
    with closing(connect(rebuilt)) as connection:
        connection.execute("INSERT INTO parent (state) VALUES ('draft')")

        assert connection.execute("SELECT * FROM parent").fetchall() == [
            (7, "new", "left out", "yes"),
            (10, "draft", None, "yes"),
        ]


@pytest.mark.parametrize(
    ("statement", "reported"),
    [
        ("INSERT INTO parent (state) VALUES ('new')", "UNIQUE constraint failed: parent.state"),
        ("INSERT INTO parent (state) VALUES ('old')", "CHECK constraint failed"),
        ("DELETE FROM parent", "kept: always"),
        ("INSERT INTO child VALUES (8)", "FOREIGN KEY constraint failed"),
    ],
)
def test_indexes_triggers_and_references_hold_for_the_new_table(rebuilt: str, statement: str, reported: str) -> None:
    with closing(connect(rebuilt)) as connection, pytest.raises(sqlite.IntegrityError, match=reported):
        connection.execute(statement)


def test_tables_that_refer_to_it_are_as_before(rebuilt: str) -> None:
    with closing(connect(rebuilt)) as connection:
        connection.execute("INSERT INTO child VALUES (7)")

        texts = dict(connection.execute("SELECT name, sql FROM sqlite_schema WHERE name LIKE 'child%'").fetchall())
        assert texts == {"child": PARENT[3], "child_counted": PARENT[4]}
        assert list(connection.broken_references()) == []
