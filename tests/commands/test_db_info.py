from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database import copying
from ordercli.database.address import masked
from ordercli.database.migrate import pending
from ordercli.database.opening import open_database
from ordercli.database.sqlite import journal_settings, sqlite
from ordercli.database.store import SCHEMA_VERSION
from ordercli.operations.copy import all_tables
from ordercli.queue.workers import Worker
from support.builders import encoded, product_order
from support.schemas import content, database_of
from support.stored import change_entry, column, enqueue_many

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.servers import Server

DOCUMENTS = {"payload": None, "revised_document": None}


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir() if file.is_file()}


def rows_of(connection: Store) -> dict[str, int | None]:
    counted = {table.name: copying.count(connection, table) for table in all_tables()}
    return {**counted, "alembic_version": 1, **DOCUMENTS}


def figures_of(connection: Store, database: str) -> dict[str, Any]:
    """What an engine says of its database."""
    if connection.engine == "postgresql":
        size, version = connection.execute(
            "SELECT pg_database_size(current_database()), current_setting('server_version')"
        ).fetchone()
        of_a_file = dict.fromkeys(("walBytes", "sqliteVersion", "journalMode", "pageSize", "pages", "freePages"))
        return {"bytes": size, "serverVersion": version, **of_a_file}
    pages, free = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count"))
    wal = Path(f"{database}-wal")
    return {
        "bytes": Path(database).stat().st_size,
        "walBytes": wal.stat().st_size if wal.exists() else None,
        "sqliteVersion": sqlite.sqlite_version,
        "serverVersion": None,
        "journalMode": journal_settings(sqlite.sqlite_version_info)[0].lower(),
        "pageSize": 16384,
        "pages": pages,
        "freePages": free,
    }


def make_newer(connection: Store) -> None:
    if connection.engine == "postgresql":
        connection.execute("UPDATE alembic_version SET version_num = ?", (f"{SCHEMA_VERSION + 1:04}",))
    else:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")


@pytest.fixture
def empty_server(server: Server) -> Iterator[str]:
    """The address of a database of a server with nothing in it, with a password where that is not needed."""
    address = server.empty_database()
    yield address if masked(address) != address else f"{address}{'&' if '?' in address else '?'}password=secret"
    server.drop(address)


@pytest.mark.every_engine
def test_everything_about_a_database_is_reported(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))
    ordercli("submit", stdin=encoded(product_order("PO-2")))
    first, last = sorted(column(connection, "customer_order", "created_at"))

    result = ordercli("db", "info", "-o", "json")

    assert result.json == {
        "database": masked(ordercli.database),
        "schemaVersion": SCHEMA_VERSION,
        "newestSchemaVersion": SCHEMA_VERSION,
        "upgradePending": False,
        "rows": rows_of(connection),
        "oldestOrder": first,
        "newestOrder": last,
        "workers": [],
        **figures_of(connection, ordercli.database),
    }


def test_who_works_on_a_file_is_reported(ordercli: Ordercli) -> None:
    with Worker(ordercli.database, "0" * 32) as worker:
        result = ordercli("db", "info", "-o", "json")

    assert result.json["workers"] == [worker.name]


def test_who_holds_claims_on_a_server_works_on_it(ordercli: Ordercli, server: Server) -> None:
    address = server.database()
    with closing(open_database(address)) as connection:
        enqueue_many(connection, 3)
        for seq, worker, expires_at in ((1, "beta", "2999"), (2, "alpha", "2999"), (3, "lost", "2020")):
            until = f"{expires_at}-01-01T00:00:00.000Z"
            change_entry(
                connection, seq, state="in_progress", worker=worker, claim_token=f"{seq}", claim_expires_at=until
            )

    result = ordercli("db", "info", "--database", address, "-o", "json")

    server.give_back(address)
    assert result.json["workers"] == ["alpha", "beta"]


def test_a_server_without_tables_counts_as_no_database_and_gets_none(ordercli: Ordercli, empty_server: str) -> None:
    text, again = (ordercli("db", "info", "--database", empty_server) for _ in range(2))

    assert text == again
    printed, hint = text.stderr.splitlines()
    assert (text.exit_code, printed) == (
        6,
        f"error: {masked(empty_server)} (from --database) has no tables of ordercli",
    )
    assert hint.startswith("  hint: check the address; `ordercli db upgrade --database ")


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

    text = ordercli("db", "info", "--database", old, "-o", "json").json

    after = bytes_of(tmp_path)
    created = [row["created_at"] for row in held["customer_order"]]
    assert (text["schemaVersion"], text["upgradePending"]) == (version, True)
    assert (text["oldestOrder"], text["newestOrder"]) == (min(created), max(created))
    assert text["rows"].keys() == held.keys()
    assert after == before


@pytest.mark.every_engine
def test_of_a_newer_schema_is_told_what_is_understood(ordercli: Ordercli, connection: Store) -> None:
    connection.execute("DROP TABLE queue_pause")
    connection.execute("ALTER TABLE customer_order RENAME COLUMN created_at TO made_at")
    make_newer(connection)

    result = ordercli("db", "info", "-o", "json")

    text = result.json
    assert (result.exit_code, result.notes) == (
        6,
        "the schema is newer than this ordercli, which does not know all of it; install a newer one\n",
    )
    assert (text["schemaVersion"], text["newestSchemaVersion"], text["upgradePending"]) == (
        SCHEMA_VERSION + 1,
        SCHEMA_VERSION,
        False,
    )
    assert (text["oldestOrder"], text["newestOrder"], "queue_pause" in text["rows"]) == (None, None, False)


@pytest.mark.every_engine
def test_a_person_gets_a_table(ordercli: Ordercli) -> None:
    result = ordercli("db", "info", "-o", "table")

    assert f"schemaVersion        {SCHEMA_VERSION}" in [line.rstrip() for line in result.stdout.splitlines()]


@pytest.mark.parametrize("command", [("db", "info"), ("db", "backup", "backup.db")])
def test_a_database_that_is_not_there_is_not_made(ordercli: Ordercli, tmp_path: Path, command: tuple[str, ...]) -> None:
    before = bytes_of(tmp_path)

    result = ordercli(*command, "--database", "none.db")

    hint = "submit and reference import make one; is the path right, and its disk mounted?"
    assert (result.exit_code, result.stderr) == (
        6,
        f"error: there is no database none.db (from --database)\n  hint: {hint}\n",
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


@pytest.mark.every_engine
def test_nothing_is_planned_of_a_database_that_is_up_to_date(ordercli: Ordercli) -> None:
    plan = planned(ordercli, ordercli.database)

    assert plan == {"database": masked(ordercli.database), "schemaVersion": SCHEMA_VERSION, "pending": []}


def test_a_planned_upgrade_of_a_server_makes_no_tables(ordercli: Ordercli, empty_server: str) -> None:
    first = planned(ordercli, empty_server)
    again = planned(ordercli, empty_server)

    assert first == again == {"database": masked(empty_server), "schemaVersion": 0, "pending": pending(0)}


@pytest.mark.every_engine
def test_no_upgrade_is_planned_of_a_newer_database(ordercli: Ordercli, connection: Store) -> None:
    make_newer(connection)

    result = ordercli("db", "upgrade", "--dry-run")

    refused = f"{masked(ordercli.database)} has schema {SCHEMA_VERSION + 1}"
    assert (result.exit_code, result.stderr.splitlines()) == (
        6,
        [
            f"error: {refused}; this ordercli knows schemas up to {SCHEMA_VERSION}",
            "  hint: install a newer ordercli",
        ],
    )


@pytest.mark.parametrize("command", [("db", "info"), ("db", "upgrade", "--dry-run")])
def test_a_server_that_cannot_be_used_is_reported_in_a_line(ordercli: Ordercli, command: tuple[str, ...]) -> None:
    unknown = ordercli(*command, "--database", "postgresql://me:secret@localhost:1/orders")
    no_address = ordercli(*command, "--database", "postgresql://localhost/orders?sslmod=x")

    assert (unknown.exit_code, no_address.exit_code) == (75, 2)
    assert unknown.stderr.startswith("error: The server cannot be reached: postgresql://me:***@localhost:1/orders (")
    assert no_address.stderr.startswith("error: --database is not an address that PostgreSQL understands\n")
