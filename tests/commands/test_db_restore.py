from __future__ import annotations

import os
import shlex
import signal
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.opening import open_database
from ordercli.database.sqlite import connect
from ordercli.operations.audit import audit
from ordercli.operations.restore import restore
from ordercli.queue.workers import Worker
from support.builders import ndjson, product_order
from support.running import COMMAND
from support.schemas import database_of
from support.stored import column
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from support.running import Ordercli, Result


def send(ordercli: Ordercli, *names: str, words: tuple[str, ...] = ()) -> None:
    assert ordercli("submit", *words, stdin=ndjson(*map(product_order, names))).exit_code == 0


def names(ordercli: Ordercli, database: str | Path) -> list[str]:
    listed = ordercli("list", "--limit", "0", "-o", "ndjson", "--database", str(database)).ndjson
    return sorted(each["externalId"] for each in listed)


def files() -> list[str]:
    return sorted(each.name for each in Path().iterdir() if each.is_file())


@pytest.fixture
def backup(ordercli: Ordercli) -> str:
    """A backup with one order, of a database that has another one by now."""
    send(ordercli, "OLD")
    assert ordercli("db", "backup", "saved.db").exit_code == 0
    send(ordercli, "NEW")
    return "saved.db"


def restored(ordercli: Ordercli, *words: str) -> Result:
    return ordercli("db", "restore", *words, "--yes")


def test_the_backup_takes_the_place_of_the_database_which_is_kept(ordercli: Ordercli, backup: str) -> None:
    Path("orders.db").chmod(0o640)

    done = restored(ordercli, backup, "-o", "json")

    kept = Path(done.json["kept"])
    assert (done.exit_code, kept.name.startswith("orders.db.replaced-"), done.json["rows"]["customer_order"]) == (
        0,
        True,
        1,
    )
    assert (names(ordercli, "orders.db"), names(ordercli, kept), names(ordercli, backup)) == (
        ["OLD"],
        ["NEW", "OLD"],
        ["OLD"],
    )
    assert Path("orders.db").stat().st_mode & 0o777 == 0o640
    assert audit("orders.db") is not None
    assert ordercli("db", "check").exit_code == 0


def test_the_queue_and_the_targets_are_paused_and_what_waits_for_them_is_looked_for(ordercli: Ordercli) -> None:
    Path("targets.toml").write_text("[targets.crm]\nurl = 'https://crm.example.com'\nlookup = 'filter'\n")
    send(ordercli, "FAR", words=("--target", "crm", "--config", "targets.toml"))
    send(ordercli, "NEAR", words=("--async",))
    assert ordercli("queue", "pause", "--reason", "before the backup", ORDERCLI_ACTOR="another").exit_code == 0
    assert ordercli("db", "backup", "saved.db").exit_code == 0

    done = ordercli("db", "restore", "saved.db", "--yes", ORDERCLI_ACTOR="restorer")
    run, status = ordercli("queue", "run", "-o", "json"), ordercli("queue", "status", "-o", "json")
    with closing(open_database("orders.db")) as store:
        sent, paused = column(store, "forward", "sent_at"), column(store, "target_pause", "target")

    assert done.exit_code == 0
    assert [line.strip() for line in done.stderr.splitlines()][1:] == [
        "the queue is paused; when all is well: `ordercli queue resume`",
        "orders wait for crm, which is paused; they are looked for there first: `ordercli forward resume crm`",
    ]
    assert (run.json["paused"], run.json["completed"]) == (True, 0)
    assert [status.json[name] for name in ("pausedBy", "pauseReason")] == [
        "restorer",
        "ordercli db restore: what waits may have been created after the backup was made",
    ]
    assert (sent != [None], paused) == (True, ["crm"])


def test_a_database_that_is_not_there_is_made_from_the_backup(ordercli: Ordercli, backup: str) -> None:
    done = restored(ordercli, backup, "--database", "new/place.db", "-o", "json")

    assert (done.exit_code, done.json["kept"], names(ordercli, "new/place.db")) == (0, None, ["OLD"])


def test_a_damaged_database_is_kept(ordercli: Ordercli, backup: str) -> None:
    Path("orders.db").write_bytes(b"damage" * 1000)

    done = restored(ordercli, backup, "-o", "json")

    assert (done.exit_code, names(ordercli, "orders.db")) == (0, ["OLD"])
    assert Path(done.json["kept"]).read_bytes() == b"damage" * 1000


def test_the_log_of_a_lost_database_is_not_applied_to_the_restored_one(ordercli: Ordercli, backup: str) -> None:
    with closing(open_database("orders.db")):
        Path("orders.db-wal").rename("kept")
    Path("orders.db").unlink()
    Path("kept").rename("orders.db-wal")

    done = restored(ordercli, backup, "-o", "json")

    (log,) = Path().glob("orders.db.replaced-*-wal")
    assert (done.exit_code, done.json["kept"], names(ordercli, "orders.db")) == (0, None, ["OLD"])
    assert log.is_file()


def test_a_backup_of_an_older_schema_is_upgraded(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    old = database_of(10, tmp_path / "old")

    done = restored(ordercli, old, "-o", "json")
    upgraded = ordercli("db", "upgrade", "--dry-run", "-o", "json").json

    assert (done.exit_code, upgraded["pending"], done.json["schemaVersion"]) == (0, [], upgraded["schemaVersion"])
    assert ordercli("db", "upgrade", "--dry-run", "-o", "json", "--database", old).json["schemaVersion"] == 10


def test_a_database_in_use_is_not_replaced(ordercli: Ordercli, backup: str) -> None:
    with Worker("orders.db", "a" * 8) as worker:
        by_a_worker = restored(ordercli, backup)
    with closing(connect("orders.db")) as reader:
        reader.execute("SELECT count(*) FROM batch").fetchone()
        by_a_reader = restored(ordercli, backup)

    hint = "  hint: stop what uses it: cron jobs, services, submissions, shells of sqlite3\n"
    place = ordercli.database
    assert (by_a_worker.exit_code, by_a_worker.stderr) == (75, f"error: {place} is in use: {worker.name}\n{hint}")
    assert (by_a_reader.exit_code, by_a_reader.stderr) == (75, f"error: {place} is in use\n{hint}")
    assert names(ordercli, "orders.db") == ["NEW", "OLD"]
    assert [each for each in files() if ".part" in each or "replaced" in each] == []


CHOOSE_ANOTHER = "nothing was done; choose another backup"


def newer(path: Path) -> None:
    with closing(connect(str(path))) as store:
        store.execute("PRAGMA user_version = 999")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(connect(str(path))) as store:
        store.execute("CREATE TABLE theirs (x)")


def torn(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = b"\0" * (len(data) - len(data) // 2)
    path.write_bytes(data)


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize(
    ("spoil", "message", "hint"),
    [
        (newer, "saved.db has schema 999; this ordercli knows schemas up to", "install a newer ordercli"),
        (foreign, "saved.db is a database of another program", CHOOSE_ANOTHER),
        (torn, "", CHOOSE_ANOTHER),
        (lambda path: path.write_text("a text that is long enough to be no header"), "saved.db is ", CHOOSE_ANOTHER),
        (gone, "there is no database saved.db", CHOOSE_ANOTHER),
    ],
)
def test_a_file_that_is_no_good_backup_is_refused(
    ordercli: Ordercli, backup: str, spoil: Any, message: str, hint: str
) -> None:
    spoil(Path(backup))

    refused = restored(ordercli, backup)

    assert (refused.exit_code, message in refused.stderr) == (6, True), refused.stderr
    assert refused.stderr.endswith(f"\n  hint: {hint}\n")
    assert names(ordercli, "orders.db") == ["NEW", "OLD"]
    assert [each for each in files() if ".part" in each or "replaced" in each] == []


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("saved.db --database postgresql://db.example/orders", 2, "use pg_restore into a new database"),
        ("postgresql://db.example/orders", 2, "`ordercli db copy` copies one"),
        ("orders.db", 2, "orders.db is the database itself"),
        ("./linked.db", 2, "./linked.db is the database itself"),
        ("saved.db --database .", 2, "is a folder, not a database file"),
        ("saved.db -o id", 2, "the result of this command has no id"),
        ("''", 2, "`db restore` needs the file of a backup, and the name given is empty"),
    ],
)
def test_what_cannot_be_restored_is_refused(
    ordercli: Ordercli, backup: str, words: str, code: int, message: str
) -> None:
    Path("linked.db").symlink_to("orders.db")

    refused = restored(ordercli, *shlex.split(words))

    assert (refused.exit_code, message in refused.stderr) == (code, True), refused.stderr
    assert names(ordercli, "orders.db") == ["NEW", "OLD"]
    assert Path(backup).exists()


def test_without_a_terminal_it_needs_yes(ordercli: Ordercli, backup: str) -> None:
    refused = ordercli("db", "restore", backup)

    first, *_ = refused.stderr.splitlines()
    assert refused.exit_code == 2
    assert first.startswith(f"error: {ordercli.database} (newest order of 20")
    assert " is replaced by saved.db (newest order of 20" in first
    assert first.endswith("): this needs --yes without a terminal")
    assert names(ordercli, "orders.db") == ["NEW", "OLD"]


def test_the_answer_no_leaves_the_database(ordercli: Ordercli, backup: str) -> None:
    asked = on_terminal([*COMMAND, "db", "restore", backup], ordercli.folder, ordercli.environment())
    asked.expect("Go on?")
    asked.sendline("n")
    done = ended(asked)

    assert (done.exit_code, "nothing was done" in done.screen) == (1, True)
    assert names(ordercli, "orders.db") == ["NEW", "OLD"]


def test_a_signal_leaves_the_database(ordercli: Ordercli, backup: str) -> None:
    assert restore("orders.db", backup, "ops", stop=lambda: True) is None

    assert names(ordercli, "orders.db") == ["NEW", "OLD"]
    assert [each for each in files() if ".part" in each or "replaced" in each] == []


def test_a_run_that_was_killed_between_its_two_renames_is_explained(ordercli: Ordercli, backup: str) -> None:
    os.link("orders.db", "orders.db.replaced-1")

    refused = restored(ordercli, backup)
    Path("orders.db.replaced-1").unlink()
    again = restored(ordercli, backup)

    assert (refused.exit_code, "orders.db has 2 names (hard links)" in refused.stderr) == (6, True)
    assert (again.exit_code, names(ordercli, "orders.db")) == (0, ["OLD"])


def test_a_killed_restore_leaves_the_database(ordercli: Ordercli, backup: str) -> None:
    killed = ordercli.process(
        *("db", "restore", backup, "--yes"),
        ORDERCLI_TESTING="1",
        ORDERCLI_FAILPOINT="pause-after-commit:kill",
    )

    assert killed.exit_code == -signal.SIGKILL
    assert names(ordercli, "orders.db") == ["NEW", "OLD"]
    assert (restored(ordercli, backup).exit_code, names(ordercli, "orders.db")) == (0, ["OLD"])
