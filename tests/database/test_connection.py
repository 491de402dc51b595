from __future__ import annotations

import os
import signal
import stat
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database import sqlite_file as file_module
from ordercli.database.opening import make_database, open_database
from ordercli.database.sqlite import connect, journal_settings, sqlite
from ordercli.database.store import APPLICATION_ID, SCHEMA_VERSION
from ordercli.errors import BadDatabaseError, OrdercliError, TryAgainError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.sqlite import SqliteStore


def pragma(path: Path, name: str) -> object:
    with closing(connect(str(path))) as opened:
        return opened.execute(f"PRAGMA {name}").fetchone()[0]


def database_of_another_program(path: Path, *statements: str) -> None:
    with closing(sqlite.connect(path)) as other:
        for statement in statements:
            other.execute(statement)
        other.commit()


def test_a_new_database_is_made_with_its_folder_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "ordercli" / "orders.db"

    make_database(str(path)).close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [pragma(path, name) for name in ("application_id", "user_version", "page_size", "journal_mode")] == [
        APPLICATION_ID,
        SCHEMA_VERSION,
        16384,
        journal_settings(sqlite.sqlite_version_info)[0].lower(),
    ]


def test_the_files_beside_an_open_database_are_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"

    with closing(make_database(str(path))) as opened:
        opened.execute("UPDATE batch SET read = 0")
        modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}

    assert modes == {0o600}


def test_an_open_database_guards_its_references_and_loses_nothing(database: str) -> None:
    with closing(open_database(database)) as opened:
        settings = [opened.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "synchronous")]

    assert settings == [1, {"FULL": 2, "EXTRA": 3}[journal_settings(sqlite.sqlite_version_info)[1]]]


@pytest.mark.parametrize(
    ("version", "journal", "synchronous"),
    [((3, 40, 1), "persist", 3), ((3, 51, 2), "persist", 3), ((3, 51, 3), "wal", 2)],
)
def test_the_journal_is_the_one_that_is_safe_with_the_version_of_sqlite(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: tuple[int, ...], journal: str, synchronous: int
) -> None:
    monkeypatch.setattr(file_module, "sqlite", SimpleNamespace(sqlite_version_info=version))

    with closing(make_database(str(tmp_path / "orders.db"))) as opened:
        settings = [opened.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]

    assert settings == [journal, synchronous]


def test_a_database_goes_over_to_the_journal_of_the_sqlite_that_opens_it(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for version in ((3, 53, 0), (3, 40, 1), (3, 53, 0)):
        monkeypatch.setattr(file_module, "sqlite", SimpleNamespace(sqlite_version_info=version))
        with closing(open_database(database)) as opened:
            opened.execute("INSERT INTO queue_pause (id, paused_at) VALUES (1, 'now') ON CONFLICT DO NOTHING")
            found.append(opened.execute("PRAGMA journal_mode").fetchone()[0])

    assert found == ["wal", "persist", "wal"]
    assert pragma(Path(database), "integrity_check") == "ok"


def test_a_journal_is_changed_after_those_who_write_have_ended(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_module, "sqlite", SimpleNamespace(sqlite_version_info=(3, 40, 1)))
    open_database(database).close()
    monkeypatch.setattr(file_module, "sqlite", SimpleNamespace(sqlite_version_info=(3, 53, 0)))
    other = connect(database)
    other.execute("BEGIN IMMEDIATE")
    tries: list[str] = []

    def end_after_a_try(statement: str) -> None:
        if "journal_mode =" in statement:
            tries.append(statement)
            if len(tries) == 2:
                other.execute("ROLLBACK")

    def followed(path: str) -> SqliteStore:
        made: Any = connect(path)
        made.set_trace_callback(end_after_a_try)
        return made  # type: ignore[no-any-return]

    monkeypatch.setattr(file_module, "connect", followed)

    with closing(other), closing(open_database(database)) as opened:
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    assert tries == ["PRAGMA journal_mode = WAL"] * 2


def test_the_wait_for_those_who_write_has_an_end(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_module, "sqlite", SimpleNamespace(sqlite_version_info=(3, 40, 1)))
    open_database(database).close()
    monkeypatch.setattr(file_module, "sqlite", SimpleNamespace(sqlite_version_info=(3, 53, 0)))
    monkeypatch.setattr(file_module, "BUSY_TIMEOUT_SECONDS", 0)

    with closing(connect(database)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(TryAgainError, match="locked by another process"):
            open_database(database)


def test_a_schema_that_cannot_even_be_told_is_corrupt(database: str) -> None:
    content = Path(database).read_bytes()
    Path(database).write_bytes(content.replace(b"CREATE TABLE batch", b"\xc3\x28EATE TABLE batch"))

    with pytest.raises(BadDatabaseError) as refused:
        open_database(database)

    assert refused.value.message == f"{database} is corrupt"


def test_an_empty_file_becomes_a_database(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    path.touch()

    make_database(str(path)).close()

    assert pragma(path, "user_version") == SCHEMA_VERSION


@pytest.mark.parametrize("name", [":memory:", "file:orders.db?mode=memory", "with space", "é.db"])
def test_every_name_is_the_name_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)

    make_database(name).close()

    assert pragma(tmp_path / name, "user_version") == SCHEMA_VERSION


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"externalId;state\n" * 100, "{} is not a database"),
        (b"SQLite format 3\0" + bytes(range(84)) * 50, "{} is not a database"),
        (b"{}\n", "{} is not a database"),
    ],
)
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "orders.db"
    path.write_bytes(content)

    with pytest.raises(BadDatabaseError) as refused:
        make_database(str(path))

    assert refused.value.message == message.format(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["CREATE TABLE song (title)"], "{} is a database of another program"),
        (["PRAGMA application_id = 4711"], "{} is a database of another program"),
        (["CREATE TABLE t (n)", "PRAGMA user_version = 1"], "{} is a database of another program"),
        (
            [f"PRAGMA application_id = {APPLICATION_ID}", f"PRAGMA user_version = {SCHEMA_VERSION + 1}"],
            f"{{}} has schema {SCHEMA_VERSION + 1}; this ordercli knows schemas up to {SCHEMA_VERSION}",
        ),
    ],
)
def test_a_foreign_or_newer_database_is_refused_and_left_as_it_is(
    tmp_path: Path, statements: list[str], message: str
) -> None:
    path = tmp_path / "orders.db"
    database_of_another_program(path, *statements)
    before = path.read_bytes()

    with pytest.raises(BadDatabaseError) as refused:
        make_database(str(path))

    assert refused.value.message == message.format(path)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {"orders.db": before}


def test_a_damaged_database_is_called_corrupt(database: str) -> None:
    path = Path(database)
    content = bytearray(path.read_bytes())
    content[100:16384] = b"\xff" * (16384 - 100)
    path.write_bytes(content)

    with pytest.raises(BadDatabaseError) as refused:
        open_database(database)

    assert (refused.value.message, refused.value.hint) == (f"{database} is corrupt", "restore the last backup")


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        (".", UsageError, ". is a folder, not a database file"),
        ("/proc/orders.db", TryAgainError, "Cannot write /proc/orders.db: No such file or directory"),
        ("/dev/null/orders.db", TryAgainError, "Cannot write /dev/null/orders.db: File exists"),
        ("/dev/full", UsageError, "/dev/full is not a regular file"),
        ("x" * 300, TryAgainError, f"Cannot read {'x' * 300}: File name too long"),
    ],
)
def test_a_place_that_holds_no_database_is_reported_in_a_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, error: type[OrdercliError], message: str
) -> None:
    monkeypatch.chdir(tmp_path)

    with pytest.raises(error) as refused:
        make_database(path)

    assert refused.value.message == message
    assert list(tmp_path.iterdir()) == []


def test_processes_that_meet_at_a_new_database_all_get_it(tmp_path: Path) -> None:
    path = str(tmp_path / "orders.db")
    start = threading.Barrier(6)
    found: list[object] = []

    def use() -> None:
        start.wait()
        try:
            with closing(make_database(path)) as opened:
                found.append(opened.execute("SELECT count(*) FROM batch").fetchone()[0])
        except Exception as error:  # noqa: BLE001 - the test shows it
            found.append(error)

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [0] * 6


@pytest.fixture
def interrupting() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, as where a command begins; one that ran before may have left its handler."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupting")
def test_a_signal_ends_a_long_statement(tmp_path: Path) -> None:
    begun, is_late = threading.Lock(), threading.Event()
    begun.acquire()

    def ring() -> None:
        begun.acquire()
        os.kill(os.getpid(), signal.SIGINT)

    with closing(connect(str(tmp_path / "orders.db"))) as opened:

        def end() -> None:
            """End the statement, which has no end, if no signal does."""
            is_late.set()
            opened.interrupt()

        timer = threading.Timer(20, end)
        timer.start()
        threading.Thread(target=ring).start()
        opened.create_function("begun", 0, begun.release)
        with pytest.raises(KeyboardInterrupt), opened.ended_by_signals():
            opened.execute("WITH RECURSIVE n(i) AS (SELECT begun() UNION ALL SELECT 1 FROM n) SELECT count(*) FROM n")
        timer.cancel()
    assert (is_late.is_set(), signal.getsignal(signal.SIGINT)) == (False, signal.default_int_handler)
