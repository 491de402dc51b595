"""A database that may be read but not written is read by every command that only looks."""

from __future__ import annotations

import os
import shlex
import shutil
import stat
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.database.opening import make_database, open_database, read_database
from ordercli.database.sqlite import connect
from ordercli.database.store import SCHEMA_VERSION
from ordercli.errors import TryAgainError
from support.builders import encoded, ndjson, product_order, product_orders, write_orders
from support.other_user import acting_as_stranger, as_stranger, is_root
from support.running import Ordercli

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.running import Result

pytestmark = pytest.mark.slow

LOOKING = (
    "list -o id",
    "list -o csv",
    "show PO-1",
    "history PO-1",
    "events -o ndjson",
    "batch list",
    "queue status",
    "queue status --check",
    "queue list",
    "queue show Q-1",
    "queue retry --state error --dry-run",
    "queue purge --dry-run",
    "patch PO-1 --set description=x --dry-run",
    "reference list Customer",
    "reference show Customer customer-1",
    "reference stats",
    "reference export",
    "db info",
    "db check",
    "db upgrade --dry-run",
    "submit --dry-run --source other --rejects none",
    "validate",
)
WRITING = (
    "submit --source other",
    "queue run",
    "queue pause",
    "queue export --state new",
    "patch PO-1 --set description=x",
    "cancel PO-1 --reason x",
    "reference import",
)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user may look into; those of pytest are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="ordercli-test-"))
    folder.chmod(0o755)
    yield folder
    for each in (folder, *(each for each in folder.rglob("*") if each.is_dir())):
        each.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def store(ordercli: Ordercli, shared: Path, fresh_database: Path) -> str:
    """A store with an order, a queue entry and a reference record, in a folder where a stranger may look."""
    path = Path(shutil.copy(fresh_database, shared / "orders.db"))
    customer = {"@type": "Customer", "id": "customer-1", "name": "Funco Intl"}
    ordercli("reference", "import", "--database", str(path), stdin=encoded(customer))
    at_store = Ordercli(shared, str(path))
    at_store("submit", stdin=encoded(product_order()), ORDERCLI_VALIDATION_REFERENCE="off")
    at_store("submit", "--async", stdin=encoded(product_order("Q-1")), ORDERCLI_VALIDATION_REFERENCE="off")
    return str(path)


def lock_up(database: str) -> None:
    """Let nobody write the file, nor make files beside it."""
    Path(database).chmod(0o444)
    Path(database).parent.chmod(0o555)


def beside(database: str) -> dict[str, tuple[int, int]]:
    files = Path(database).parent.rglob("*")
    return {each.name: (each.stat().st_size, each.stat().st_mtime_ns) for each in files}


@pytest.mark.parametrize(
    ("journal", "command"),
    [
        *(("wal", command) for command in LOOKING),
        ("delete", "list -o id"),
        ("delete", "show PO-1"),
        ("delete", "db check"),
    ],
)
def test_what_only_looks_reads_a_file_that_it_may_not_write(
    ordercli: Ordercli, store: str, journal: str, command: str
) -> None:
    at_store = Ordercli(ordercli.folder, store)
    given = encoded(product_order("PO-2"))
    with closing(connect(store)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    wanted = at_store(*shlex.split(command), stdin=given, ORDERCLI_VALIDATION_REFERENCE="off")
    with closing(connect(store)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal}")
    lock_up(store)
    before = beside(store)

    result = as_stranger(at_store, *shlex.split(command), stdin=given, ORDERCLI_VALIDATION_REFERENCE="off")

    assert (result.exit_code, "error:" in result.stderr) == (wanted.exit_code, False), result.stderr
    changing = ("submit", "db info", "queue status", "validate")  # they tell times, ages, names of temporary things
    if not command.startswith(changing):
        assert (result.stdout, result.stderr) == (wanted.stdout, wanted.stderr)
    assert beside(store) == before


def test_a_dry_run_needs_no_place_for_rejects(ordercli: Ordercli, store: str) -> None:
    orders = Path(store).parent / "orders.ndjson"
    write_orders(orders, product_order("PO-9", orderCurrency=...))
    lock_up(store)
    before = beside(store)

    result = as_stranger(ordercli, "submit", str(orders), "--dry-run", "--database", store)

    assert (result.exit_code, result.json["rejected"], result.json["rejectsFile"], result.stderr) == (1, 1, None, "")
    assert beside(store) == before


@pytest.mark.parametrize("command", WRITING)
def test_what_writes_is_refused_and_changes_nothing(ordercli: Ordercli, store: str, command: str) -> None:
    lock_up(store)
    before = beside(store)

    result = as_stranger(
        ordercli, *shlex.split(command), "--database", store, stdin=encoded({"@type": "Place", "id": "1"})
    )

    reported = f"error: Cannot write {store}: Permission denied"
    assert (result.exit_code, result.stdout, result.stderr.splitlines()[0]) == (75, "", reported)
    assert beside(store) == before


def test_a_read_only_backup_can_be_backed_up_and_copied(
    ordercli: Ordercli, store: str, request: pytest.FixtureRequest
) -> None:
    target = Path(tempfile.mkdtemp(prefix="ordercli-test-"))
    request.addfinalizer(lambda: shutil.rmtree(target))
    target.chmod(0o777)
    lock_up(store)

    backed_up = as_stranger(ordercli, "db", "backup", str(target / "backup.db"), "--database", store)
    copied = as_stranger(ordercli, "db", "copy", store, str(target / "copy.db"))

    assert (backed_up.exit_code, copied.exit_code) == (0, 0), backed_up.stderr + copied.stderr
    for name in ("backup.db", "copy.db"):
        with closing(open_database(str(target / name))) as connection:
            assert connection.execute("SELECT external_id FROM customer_order").fetchall() == [("PO-1",)]


def test_a_reader_sees_what_a_writer_has_just_committed(ordercli: Ordercli, store: str) -> None:
    with closing(open_database(store)) as writer:
        writer.execute("INSERT INTO queue_pause (id, paused_at) VALUES (1, '2026-03-01T09:00:00.000Z')")
        for file in Path(store).parent.glob("orders.db*"):
            file.chmod(0o444 | file.stat().st_mode)
        Path(store).parent.chmod(0o555)

        result = as_stranger(ordercli, "queue", "status", "--database", store)

    assert (result.exit_code, result.json["pausedSince"]) == (0, "2026-03-01T09:00:00.000Z"), result.stderr


def test_changes_that_only_a_writer_can_take_in_are_reported(ordercli: Ordercli, store: str) -> None:
    lost = Path(store).parent / "lost"
    lost.mkdir()
    with closing(open_database(store)) as writer:
        writer.execute("INSERT INTO queue_pause (id, paused_at) VALUES (1, '2026-03-01T09:00:00.000Z')")
        for name in ("orders.db", "orders.db-wal"):  # as a crash of the machine leaves them
            shutil.copy(Path(store).parent / name, lost / name)
    database = str(lost / "orders.db")
    for file in lost.iterdir():
        file.chmod(0o444)
    lock_up(database)

    result = as_stranger(ordercli, "list", "--database", database)

    reported = "orders.db-wal holds changes that only a user who may write can apply"
    info, backup = (f"`ordercli db {command} --database {database}`" for command in ("info", "backup PATH"))
    hint = f"let such a user run {info}, or make a backup ({backup})"
    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (
        6,
        "",
        [
            f"error: {database} (from --database) cannot be read: {reported}",
            f"  hint: {hint}",
        ],
    )


def test_an_older_schema_that_cannot_be_upgraded_is_reported(ordercli: Ordercli, store: str) -> None:
    older = SCHEMA_VERSION - 1
    with closing(connect(store)) as connection:
        connection.execute(f"PRAGMA user_version = {older}")
    lock_up(store)

    result = as_stranger(ordercli, "list", "--database", store)

    reported = f"{store} has the older schema {older}, and cannot be written here; the current one is {SCHEMA_VERSION}"
    assert (result.exit_code, result.stderr.splitlines()) == (
        6,
        [
            f"error: {reported}",
            f"  hint: run `ordercli db upgrade --database {store}` as a user who may write it, or on a copy of it",
        ],
    )


def test_what_was_read_without_locks_counts_only_if_nobody_wrote_meanwhile(store: str) -> None:
    with closing(connect(store)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if is_root():  # who may write everything: so the file is what says that it is read without locks
        from ordercli.database.read_only_file import _connected, _Watched

        reader: Store = _connected(store, "mode=ro&immutable=1", factory=_Watched)
    else:
        lock_up(store)
        reader = read_database(store)
    assert reader.execute("SELECT external_id FROM customer_order").fetchall() == [("PO-1",)]
    Path(store).parent.chmod(0o755)
    Path(store).chmod(0o644)
    with closing(make_database(store)) as writer:
        writer.execute("UPDATE customer_order SET customer_id = 'changed'")

    with pytest.raises(TryAgainError, match="was changed while it was read, without the right to lock it"):
        reader.close()


@pytest.mark.parametrize("kind", ["the file", "its folder"])
def test_validate_goes_on_without_a_database_that_it_may_not_read(
    ordercli: Ordercli, store: str, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir("/")  # the folders of pytest are closed to others

    def run() -> tuple[Result, Result]:
        validated = ordercli("validate", "--database", store, stdin=encoded(product_order()))
        return validated, ordercli("list", "--database", store)

    run()
    Path(store).chmod(0o000) if kind == "the file" else Path(store).parent.chmod(0o000)
    with acting_as_stranger():
        validated, listed = run()

    reported = f"Cannot read {store}: Permission denied"
    assert (validated.exit_code, validated.stderr.splitlines()[0]) == (
        0,
        f"warning: reference data is not used: {reported}",
    )
    assert (listed.exit_code, listed.stderr) == (6, f"error: {reported}\n")


# Users without a home folder


@pytest.mark.parametrize("home", [None, ""])
def test_a_user_without_home_folder_works_on_a_database_that_is_named(
    ordercli: Ordercli, shared: Path, home: str | None
) -> None:
    shared.chmod(0o777)
    orders = ndjson(*product_orders(2))
    path = str(shared / "orders.db")
    at_store = Ordercli(ordercli.folder, path)

    submitted = as_stranger(at_store, "submit", "-o", "id", stdin=orders, HOME=home)
    listed = as_stranger(at_store, "list", "-o", "id", HOME=home)
    cancelled = as_stranger(at_store, "cancel", "PO-1", "--reason", "x", HOME=home)

    assert (submitted.exit_code, listed.exit_code, cancelled.exit_code) == (0, 0, 0), submitted.stderr
    assert sorted(listed.stdout.split()) == sorted(submitted.stdout.split())
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600


@pytest.mark.skipif(not is_root(), reason="whoever runs the tests has a home folder")
@pytest.mark.parametrize("home", [None, ""])
@pytest.mark.parametrize("command", ["list", "submit", "db info", "queue run", "db upgrade"])
def test_a_user_without_home_folder_is_told_how_to_name_a_database(
    ordercli: Ordercli, home: str | None, command: str
) -> None:
    result = as_stranger(ordercli, *command.split(), HOME=home, ORDERCLI_DATABASE="")

    assert (result.exit_code, result.stdout, result.stderr.splitlines()) == (
        2,
        "",
        [
            "error: no database is named, and you have no home folder for the default one",
            "  hint: name one with --database or ORDERCLI_DATABASE, or set HOME",
        ],
    )


@pytest.mark.skipif(not is_root(), reason="whoever runs the tests has a home folder")
def test_a_tilde_of_a_user_without_home_folder_is_reported(ordercli: Ordercli) -> None:
    result = as_stranger(ordercli, "list", "--database", "~/orders.db", HOME=None)

    assert (result.exit_code, result.stderr.splitlines()[0]) == (2, "error: ~/orders.db: you have no home folder")


@pytest.mark.parametrize("command", ["validate", "rules", "explain ORD101", "config show", "config path", "--help"])
def test_what_needs_no_database_works_without_home_folder(ordercli: Ordercli, command: str) -> None:
    result = as_stranger(ordercli, *command.split(), stdin=encoded(product_order()), HOME=None, ORDERCLI_DATABASE="")

    assert (result.exit_code, "error:" in result.stderr) == (0, False), result.stderr


# Whose the lock folder is


def test_what_root_makes_beside_a_database_belongs_to_its_owner(
    ordercli: Ordercli, shared: Path, tmp_path: Path
) -> None:
    path = shared / "orders.db"
    at_store = Ordercli(ordercli.folder, str(path))
    at_store("db", "upgrade")
    if is_root():
        for each in (shared, *shared.iterdir()):
            os.chown(each, 54321, 54321)
    write_orders(tmp_path / "orders.ndjson", *product_orders(3))

    by_root = at_store("submit", "--async", str(tmp_path / "orders.ndjson"))
    workers = Path(f"{path}-workers").stat()
    by_owner = as_stranger(at_store, "queue", "run", "-o", "json")

    owner = path.stat()
    assert (by_root.exit_code, by_owner.exit_code, by_owner.json["completed"]) == (0, 0, 3), by_owner.stderr
    assert (workers.st_uid, workers.st_gid) == (owner.st_uid, owner.st_gid)


@pytest.mark.parametrize(("mode", "folder_mode"), [(0o600, 0o700), (0o660, 0o770), (0o640, 0o750), (0o664, 0o775)])
def test_the_lock_folder_has_the_mode_of_the_database(ordercli: Ordercli, mode: int, folder_mode: int) -> None:
    Path(ordercli.database).chmod(mode)

    ordercli("submit", stdin=encoded(product_order()))

    assert stat.S_IMODE(Path(f"{ordercli.database}-workers").stat().st_mode) == folder_mode
