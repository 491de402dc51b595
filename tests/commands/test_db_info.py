from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from builders import encoded, product_order
from ordercli.database.driver import connect, journal_settings, sqlite
from ordercli.database.migrate import pending
from ordercli.database.schema import SCHEMA_VERSION
from ordercli.pipeline.runs.worker import Worker
from schemas import content, database_of
from stored import column

if TYPE_CHECKING:
    from ordercli.database.driver import Connection
    from running import Ordercli

DOCUMENTS = {"payload": None, "revised_document": None}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def test_everything_about_a_database_is_told(ordercli: Ordercli, connection: Connection, tmp_path: Path) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))
    ordercli("submit", stdin=encoded(product_order("PO-2")))
    first, last = sorted(column(connection, "customer_order", "created_at"))

    with Worker(ordercli.database, "0" * 32) as worker:
        result = ordercli("db", "info", "-o", "json")

    rows = {table: len(rows) for table, rows in content(ordercli.database).items()} | DOCUMENTS
    pages, free = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
    wal = tmp_path / "orders.db-wal"
    assert result.json == {
        "database": ordercli.database,
        "bytes": Path(ordercli.database).stat().st_size,
        "walBytes": wal.stat().st_size if wal.exists() else None,
        "schemaVersion": SCHEMA_VERSION,
        "newestSchemaVersion": SCHEMA_VERSION,
        "upgradePending": False,
        "sqliteVersion": sqlite.sqlite_version,
        "journalMode": journal_settings(sqlite.sqlite_version_info)[0].lower(),
        "pageSize": 16384,
        "pages": pages,
        "freePages": free,
        "rows": rows,
        "oldestOrder": first,
        "newestOrder": last,
        "workers": [worker.name],
    }


def test_a_lock_that_a_worker_left_is_no_worker_and_stays(ordercli: Ordercli) -> None:
    left = Path(f"{ordercli.database}-workers") / "host-1-gone.lock"
    left.parent.mkdir()
    left.touch()

    result = ordercli("db", "info", "-o", "json")

    assert result.json["workers"] == []
    assert left.exists()


@pytest.mark.parametrize("version", [1, SCHEMA_VERSION - 1])
def test_a_database_of_an_older_schema_is_described_and_left_alone(
    ordercli: Ordercli, tmp_path: Path, version: int
) -> None:
    old = database_of(version, tmp_path)
    held = content(old)
    before = bytes_of(tmp_path)

    told = ordercli("db", "info", "--database", old, "-o", "json").json

    after = bytes_of(tmp_path)
    created = [row["created_at"] for row in held["customer_order"]]
    assert (told["schemaVersion"], told["upgradePending"]) == (version, True)
    assert (told["oldestOrder"], told["newestOrder"]) == (min(created), max(created))
    assert told["rows"].keys() == held.keys()
    assert after == before


def test_of_a_newer_schema_is_told_what_is_understood(ordercli: Ordercli, connection: Connection) -> None:
    connection.execute("DROP TABLE queue_pause")
    connection.execute("ALTER TABLE customer_order RENAME COLUMN created_at TO made_at")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    result = ordercli("db", "info", "-o", "json")

    told = result.json
    assert (result.exit_code, result.stderr) == (
        6,
        "error: the schema is newer than this ordercli, which does not know all of it; install a newer one\n",
    )
    assert (told["schemaVersion"], told["newestSchemaVersion"], told["upgradePending"]) == (
        SCHEMA_VERSION + 1,
        SCHEMA_VERSION,
        False,
    )
    assert (told["oldestOrder"], told["newestOrder"], "queue_pause" in told["rows"]) == (None, None, False)


def test_a_person_gets_a_table(ordercli: Ordercli) -> None:
    result = ordercli("db", "info", "-o", "table")

    assert f"schemaVersion        {SCHEMA_VERSION}" in [line.rstrip() for line in result.stdout.splitlines()]


@pytest.mark.parametrize("command", [("db", "info"), ("db", "backup", "backup.db")])
def test_a_database_that_is_not_there_is_not_made(ordercli: Ordercli, tmp_path: Path, command: tuple[str, ...]) -> None:
    before = bytes_of(tmp_path)

    result = ordercli(*command, "--database", "none.db")

    assert (result.exit_code, result.stderr) == (
        6,
        "error: there is no database none.db\n  hint: the first command that writes makes it\n",
    )
    assert bytes_of(tmp_path) == before


# db upgrade --dry-run


def planned(ordercli: Ordercli, database: str) -> dict[str, Any]:
    result = ordercli("db", "upgrade", "--dry-run", "--database", database, "-o", "json")
    assert (result.exit_code, result.stderr) == (0, "")
    plan: dict[str, Any] = json.loads(result.stdout)
    return plan


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION + 1))
def test_a_planned_upgrade_names_each_migration_and_touches_nothing(
    ordercli: Ordercli, tmp_path: Path, version: int
) -> None:
    old = database_of(version, tmp_path)
    before = bytes_of(tmp_path)

    plan = planned(ordercli, old)

    assert plan == {"database": old, "schemaVersion": version, "pending": pending(version)}
    assert bytes_of(tmp_path) == before


def test_a_planned_upgrade_makes_no_database(ordercli: Ordercli, tmp_path: Path) -> None:
    before = bytes_of(tmp_path)

    plan = planned(ordercli, "none.db")

    assert plan == {"database": "none.db", "schemaVersion": 0, "pending": pending(0)}
    assert bytes_of(tmp_path) == before


def test_what_was_planned_is_done(ordercli: Ordercli, tmp_path: Path) -> None:
    old = database_of(1, tmp_path)

    done = ordercli("db", "upgrade", "--database", old, "-o", "json")

    assert done.json == {"database": old, "schemaVersion": SCHEMA_VERSION}
    assert planned(ordercli, old)["pending"] == []


def test_no_upgrade_is_planned_of_a_newer_database(ordercli: Ordercli) -> None:
    with closing(connect(ordercli.database)) as newer:
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")

    result = ordercli("db", "upgrade", "--dry-run")

    assert (result.exit_code, result.stderr.splitlines()[1]) == (6, "  hint: install a newer ordercli")
