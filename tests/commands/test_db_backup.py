from __future__ import annotations

import hashlib
import signal
import stat
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.database import copying
from ordercli.database.sqlite import connect
from ordercli.database.store import APPLICATION_ID, PAGE_SIZE, SCHEMA_VERSION
from ordercli.errors import BadDatabaseError
from ordercli.operations import backup
from ordercli.operations.audit import audit
from ordercli.operations.backup import back_up
from ordercli.output_files.guard import OutputFiles
from ordercli.run_control import Progress, Stop
from support.builders import ndjson, product_orders, write_orders
from support.running import COMMAND, Ordercli
from support.schemas import content, database_of

if TYPE_CHECKING:
    from ordercli.database.copying import Contents
    from ordercli.database.store import Store
    from ordercli.output_files.output_file import OutputFile

pytestmark = pytest.mark.slow


@pytest.fixture
def full(ordercli: Ordercli) -> str:
    """The path of a database of some size, with orders and a queue."""
    ordercli("submit", "--async", stdin=ndjson(*product_orders(40)))
    ordercli("queue", "run", "--batch-size", "10", "--max-runtime", "0.001s")
    return ordercli.database


def to(path: Path) -> OutputFile:
    """A backup to be made there."""
    return OutputFiles("orders.db").made("", str(path))


def files(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir() if file.is_file()}


def test_a_backup_holds_what_the_database_held(ordercli: Ordercli, full: str, tmp_path: Path) -> None:
    result = ordercli("db", "backup", "backup.db", "-o", "json")

    made = tmp_path / "backup.db"
    held = content(full)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.json == {
        "database": full,
        "backup": "backup.db",
        "bytes": made.stat().st_size,
        "sha256": hashlib.sha256(made.read_bytes()).hexdigest(),
        "schemaVersion": SCHEMA_VERSION,
        "rows": {table: len(copying) for table, copying in held.items()},
        "elapsedSeconds": result.json["elapsedSeconds"],
    }
    assert stat.S_IMODE(made.stat().st_mode) == 0o600
    assert files(tmp_path) == {"orders.db", "backup.db"}
    assert content(str(made)) == held


def test_a_backup_says_nothing_to_cron(ordercli: Ordercli, full: str) -> None:
    result = ordercli("db", "backup", "backup.db")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert content("backup.db") == content(full)


@pytest.mark.usefixtures("full")
def test_the_queue_goes_on_in_a_backup(ordercli: Ordercli) -> None:
    ordercli("db", "backup", "backup.db")
    restored = Ordercli(ordercli.folder, "backup.db")

    run = restored("queue", "run", "-o", "json")

    assert (run.exit_code, run.json["remaining"]) == (0, 0)
    assert len(content("backup.db")["customer_order"]) == 40
    assert list(audit("backup.db")) == []


def test_a_backup_sees_one_moment_of_a_database_in_use(ordercli: Ordercli, full: str, tmp_path: Path) -> None:
    write_orders(tmp_path / "more.ndjson", *product_orders(2000, first=41))
    busy = [
        ordercli.start("submit", "more.ndjson", "--async"),
        ordercli.start("queue", "run", "--watch", "--batch-size", "20"),
    ]

    backups = [ordercli("db", "backup", f"{n}.db", "-o", "json") for n in range(6)]

    busy[0].communicate(timeout=60)
    busy[1].send_signal(signal.SIGTERM)
    busy[1].communicate(timeout=60)
    assert [each.exit_code for each in backups] == [0] * 6, backups
    assert [[str(fault) for fault in audit(f"{n}.db")] for n in range(6)] == [[]] * 6
    assert list(audit(full)) == []


def test_a_write_in_the_middle_of_the_copy_neither_waits_nor_shows_nor_starts_it_anew(
    full: str, connection: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "_PAGES_A_STEP", 1)
    connection.execute("PRAGMA busy_timeout = 0")
    before = content(full)
    steps: list[int] = []

    def write(progress: Progress) -> None:
        steps.append(progress.done)
        assert len(steps) * PAGE_SIZE <= (progress.total or 0), "it has begun anew"
        connection.execute("UPDATE batch SET read = read + 1")

    made = back_up(full, to(tmp_path / "backup.db"), on_progress=write)

    assert made
    assert steps == sorted(set(steps))
    assert len(steps) > 1
    assert content(made.backup)["batch"] == before["batch"] != content(full)["batch"]
    assert list(audit(made.backup)) == []


def test_a_file_that_is_there_is_replaced_only_by_force(ordercli: Ordercli, full: str) -> None:
    Path("backup.db").write_text("mine")

    refused = ordercli("db", "backup", "backup.db")
    kept = Path("backup.db").read_text()
    forced = ordercli("db", "backup", "backup.db", "--force")

    assert (refused.exit_code, refused.stderr) == (
        2,
        "error: backup.db is there already\n  hint: choose another file, or replace it with --force\n",
    )
    assert kept == "mine"
    assert forced.exit_code == 0
    assert content("backup.db") == content(full)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("orders.db", "orders.db would overwrite the database"),
        ("./orders.db-wal", "./orders.db-wal would overwrite a file of the database (orders.db-wal)"),
        ("/dev/null", "/dev/null is not a regular file"),
        ("used.db", "used.db-wal belongs to a database that is or was in use"),
    ],
)
def test_a_backup_takes_no_place_of_something_else(
    ordercli: Ordercli, full: str, tmp_path: Path, path: str, message: str
) -> None:
    (tmp_path / "used.db-wal").touch()
    before = content(full)

    result = ordercli("db", "backup", path, "--force")

    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, f"error: {message}")
    assert files(tmp_path) == {"orders.db", "used.db-wal"}
    assert content(full) == before


def test_a_database_with_an_address_is_left_to_its_own_tool(ordercli: Ordercli) -> None:
    result = ordercli("db", "backup", "backup.db", "--database", "postgresql://me:secret@host/orders")

    assert (result.exit_code, result.stderr) == (
        2,
        "error: `db backup` copies a SQLite file, not a server's database\n  hint: use pg_dump instead\n",
    )


@pytest.mark.parametrize(
    ("database", "message"),
    [
        ("none.db", "there is no database none.db (from --database)"),
        ("empty.db", "there is no database empty.db (from --database)"),
        ("text.db", "text.db is not a database"),
        ("newer.db", f"newer.db has schema {SCHEMA_VERSION + 1}; this ordercli knows schemas up to {SCHEMA_VERSION}"),
    ],
)
def test_what_is_no_database_of_ours_is_not_backed_up(
    ordercli: Ordercli, tmp_path: Path, database: str, message: str
) -> None:
    (tmp_path / "empty.db").touch()
    (tmp_path / "text.db").write_bytes(b"no database" * 1000)
    with closing(connect("newer.db")) as newer:
        newer.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        newer.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = files(tmp_path)

    result = ordercli("db", "backup", "backup.db", "--database", database)

    assert (result.exit_code, result.stderr.splitlines()[0]) == (6, f"error: {message}")
    assert files(tmp_path) == before


def test_a_database_of_an_older_schema_is_backed_up_as_it_is(ordercli: Ordercli, tmp_path: Path) -> None:
    old = database_of(1, tmp_path)

    result = ordercli("db", "backup", "backup.db", "--database", old, "-o", "json")

    assert (result.exit_code, result.json["schemaVersion"]) == (0, 1)
    assert content("backup.db") == content(old)


def test_damage_is_found_before_the_backup_has_its_name(ordercli: Ordercli, full: str, tmp_path: Path) -> None:
    with closing(connect(full)) as opened:
        opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        opened.execute("PRAGMA writable_schema = ON")
        opened.execute("DELETE FROM sqlite_schema WHERE name = 'entry_batch'")

    result = ordercli("db", "backup", "backup.db")

    assert result.exit_code == 6
    assert result.stderr.startswith(f"error: the copy of {full} is damaged and was deleted: ")
    assert files(tmp_path) == {"orders.db"}


def test_a_copy_that_lacks_a_row_is_thrown_away(full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Contents] = []

    def contents(connection: Store) -> Contents:
        found = counted(connection)
        seen.append(found)
        return found if len(seen) == 1 else found._replace(rows={**found.rows, "batch": 0})

    counted = copying.contents
    monkeypatch.setattr(backup, "contents", contents)

    with pytest.raises(BadDatabaseError) as refused:
        back_up(full, to(tmp_path / "backup.db"))

    assert refused.value.message.endswith("deleted: its contents differ from those of the database")
    assert files(tmp_path) == {"orders.db"}


def test_a_full_disk_leaves_no_half_of_a_backup(ordercli: Ordercli, full: str, tmp_path: Path) -> None:
    size = Path(full).stat().st_size // 1024
    before = content(full)

    done = subprocess.run(
        ["bash", "-c", f"ulimit -f {size // 2}; exec {' '.join(COMMAND)} db backup backup.db"],
        capture_output=True,
        check=False,
        timeout=60,
        cwd=tmp_path,
        env=ordercli.environment(),
    )

    assert (done.returncode, b"Traceback" in done.stderr) == (75, False), done.stderr
    assert b"backup.db" in done.stderr
    assert files(tmp_path) == {"orders.db"}
    assert content(full) == before


def test_a_place_that_cannot_be_written_is_reported(ordercli: Ordercli) -> None:
    result = ordercli("db", "backup", "nowhere/backup.db")

    assert (result.exit_code, result.stderr) == (
        6,
        (
            "error: nowhere/backup.db cannot be written: there is no folder nowhere\n"
            "  hint: nothing was done; make the folder first\n"
        ),
    )


@pytest.mark.parametrize("share", [0.01, 1.0], ids=["in the copy", "after it"])
def test_a_signal_stops_a_backup_and_leaves_nothing(full: str, tmp_path: Path, share: float) -> None:
    asked: list[Progress] = []

    def ask(progress: Progress) -> None:
        if progress.done >= share * (progress.total or 0):
            asked.append(progress)

    made = back_up(full, to(tmp_path / "backup.db"), stop=lambda: bool(asked), on_progress=ask)

    assert made is None
    assert files(tmp_path) == {"orders.db"}


def test_a_backup_that_was_stopped_says_so(ordercli: Ordercli, full: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stop, "listen", _asked_to_stop)

    result = ordercli("db", "backup", "backup.db", "--database", full)

    assert (result.exit_code, result.stdout, result.stderr) == (143, "", "stopped; no backup was written\n")


def _asked_to_stop(stop: Stop) -> Stop:
    stop.signal = signal.SIGTERM
    return stop


def test_a_backup_that_is_killed_has_no_name_yet(ordercli: Ordercli, full: str, tmp_path: Path) -> None:
    held = content(full)

    for _ in range(5):
        process = ordercli.start("db", "backup", "backup.db", "--force")
        while process.poll() is None and not list(tmp_path.glob(".backup.db.*.part")):
            pass
        process.kill()
        process.communicate()
        assert not (tmp_path / "backup.db").exists() or content("backup.db") == held

    assert ordercli("db", "backup", "backup.db", "--force").exit_code == 0
    assert content("backup.db") == held
