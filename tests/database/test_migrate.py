from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ordercli.database.migrate import pending, upgrade
from ordercli.database.sqlite import connect, sqlite
from ordercli.database.store import APPLICATION_ID, SCHEMA_VERSION

if TYPE_CHECKING:
    from pathlib import Path


def test_an_upgrade_of_an_up_to_date_database_changes_nothing(database: str) -> None:
    with closing(connect(database)) as opened:
        before = opened.execute("SELECT * FROM sqlite_schema").fetchall()

    upgrade(database)

    with closing(connect(database)) as opened:
        assert opened.execute("SELECT * FROM sqlite_schema").fetchall() == before


def test_an_upgrade_that_fails_leaves_the_file_without_any_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(tmp_path / "orders.db")
    monkeypatch.setattr("ordercli.database.migrate.APPLICATION_ID", "no number")

    with pytest.raises(sqlite.OperationalError):
        upgrade(path)

    with closing(connect(path)) as opened:
        assert opened.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] == 0


def test_each_migration_brings_the_schema_to_its_own_number() -> None:
    revisions = [line.split(":")[0] for line in pending(0)]

    assert revisions == [f"{n:04}" for n in range(1, SCHEMA_VERSION + 1)]
    assert pending(SCHEMA_VERSION) == []


def test_an_upgraded_file_says_whose_it_is(tmp_path: Path) -> None:
    path = str(tmp_path / "orders.db")

    upgrade(path)

    with closing(connect(path)) as opened:
        marks = [opened.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")]
    assert marks == [APPLICATION_ID, SCHEMA_VERSION]
