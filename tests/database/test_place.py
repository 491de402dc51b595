"""What the file system says of a database file before SQLite opens it."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

import pytest

from ordercli.database import sqlite_file
from ordercli.database.address import Database
from ordercli.database.opening import (
    exists,
    look_into,
    make_database,
    open_as_it_is,
    open_current,
    open_database,
    read_database,
)
from ordercli.database.sqlite import sqlite
from ordercli.errors import BadDatabaseError, NoDatabaseError, UsageError
from ordercli.queue.workers import Worker

OPENINGS = (open_database, read_database, open_as_it_is, open_current)


def mounted_as(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the system say that the folder lies on a file system of this kind."""
    device = folder.stat().st_dev
    table = folder / "mountinfo"
    table.write_text(
        "21 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
        f"36 21 {os.major(device)}:{os.minor(device)} /my\\040share /srv rw shared:1 - {kind} server:/x rw\n"
    )
    monkeypatch.setattr(sqlite_file, "_MOUNTS", table)


NETWORK = (
    "nfs nfs4 cifs smb3 smbfs 9p virtiofs lustre gpfs beegfs ceph glusterfs vboxsf vmhgfs afs"
    " fuse.sshfs fuse.glusterfs fuse.ceph fuse.ceph-fuse fuse.s3fs fuse.rclone fuse.gcsfuse fuse.vmhgfs-fuse"
)


@pytest.mark.parametrize("kind", NETWORK.split())
def test_every_opening_refuses_a_file_on_a_network_file_system(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounted_as(kind, tmp_path, monkeypatch)

    for opening in (*OPENINGS, make_database, exists):
        with pytest.raises(UsageError) as refused:
            opening(database)

        assert refused.value.message == (
            f"{database} lies on a network file system ({kind}), where SQLite's locks cannot be trusted"
        )
    for opening in (*OPENINGS, make_database):
        opening(Database(database, "--database", allows_network=True)).close()


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "tmpfs", "overlay", "fuseblk", "fuse.gocryptfs", "zfs"])
def test_a_local_file_system_is_no_trouble(
    tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    mounted_as(kind, tmp_path, monkeypatch)

    for opening in OPENINGS:
        with closing(opening(database)) as store:
            assert store.execute("SELECT 1").fetchall() == [(1,)]


def test_nothing_is_made_on_a_network_file_system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted_as("nfs4", tmp_path, monkeypatch)
    before = sorted(tmp_path.iterdir())

    with pytest.raises(UsageError, match=r"lies on a network file system \(nfs4\)"):
        make_database(str(tmp_path / "new/orders.db"))

    assert sorted(tmp_path.iterdir()) == before


def test_where_the_system_tells_nothing_every_file_system_is_local(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "_MOUNTS", tmp_path / "none")

    assert sqlite_file.file_system_of(tmp_path.stat().st_dev) is None


def test_this_system_tells_what_its_processes_are_mounted_on() -> None:
    assert sqlite_file.file_system_of(Path("/proc").stat().st_dev) == "proc"


def test_a_file_with_two_names_is_refused_by_either(database: str, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.hardlink_to(database)

    for opening in (*OPENINGS, make_database, exists):
        for name in (database, str(other)):
            with pytest.raises(BadDatabaseError) as refused:
                opening(name)

            assert refused.value.message == (
                f"{name} has 2 names (hard links): what is written through one is lost to the others"
            )
            assert f" -xdev -samefile {name})" in (refused.value.hint or "")
    other.unlink()
    open_database(database).close()


@pytest.mark.skipif(not Path("/dev/shm").is_mount(), reason="no second file system is here")  # noqa: S108
def test_the_other_names_of_a_database_are_found_on_its_own_file_system(request: pytest.FixtureRequest) -> None:
    folder = Path(tempfile.mkdtemp(prefix="ordercli test ", dir="/dev/shm"))
    request.addfinalizer(lambda: shutil.rmtree(folder))
    make_database(str(folder / "orders.db")).close()
    (folder / "other.db").hardlink_to(folder / "orders.db")

    with pytest.raises(BadDatabaseError) as refused:
        open_database(str(folder / "orders.db"))

    command = shlex.split((refused.value.hint or "").partition("(")[2].rstrip(")"))
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    assert {*found.splitlines()} == {str(folder / "orders.db"), str(folder / "other.db")}


def test_a_database_and_a_link_to_it_are_one_store(database: str, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere/link.db"
    link.symlink_to(database)

    with (
        closing(open_database(str(link))) as by_link,
        closing(open_database(database)) as by_name,
        Worker(str(link), "w" * 32) as worker,
    ):
        by_link.execute("INSERT INTO queue_pause (id, paused_at) VALUES (1, 'now')")
        seen = by_name.execute("SELECT paused_at FROM queue_pause").fetchall()
        beside = {each.name for each in (tmp_path / "elsewhere").iterdir()}
        other = Worker(database, "v" * 32)

        assert (seen, beside, other.is_gone(worker.name)) == ([("now",)], {"link.db"}, False)


def journal(path: Path, pages: int) -> None:
    path.write_bytes(bytes.fromhex("d9d505f920a163d7") + bytes(8) + pages.to_bytes(4) + bytes(492))


@pytest.mark.parametrize("left", ["-workers", "-wal", "-journal"])
def test_an_empty_file_that_held_a_store_is_damage(tmp_path: Path, left: str) -> None:
    path = tmp_path / "orders.db"
    path.touch()
    companion = Path(f"{path}{left}")
    if left == "-workers":
        companion.mkdir()
    elif left == "-wal":
        companion.write_bytes(bytes(4096))
    else:
        journal(companion, pages=7)
    before = {each.name: each.stat().st_size for each in tmp_path.iterdir()}

    for opening in (*OPENINGS, make_database, exists):
        with pytest.raises(BadDatabaseError) as refused:
            opening(str(path))

        reported = (type(refused.value), refused.value.message, refused.value.hint)
        printed = f"{path} is empty, although it held a store: {companion} is there"
        assert reported == (BadDatabaseError, printed, "restore the last backup")
    assert {each.name: each.stat().st_size for each in tmp_path.iterdir()} == before


def test_an_empty_file_is_a_new_store_for_who_makes_one_alone(tmp_path: Path) -> None:
    path = tmp_path / "orders.db"
    path.touch()
    Path(f"{path}-wal").touch()
    journal(Path(f"{path}-journal"), pages=0)  # of a process that was killed while it made the first tables

    for opening in OPENINGS:
        with pytest.raises(NoDatabaseError, match=f"there is no database {path}"):
            opening(str(path))
    assert not exists(str(path))
    assert path.stat().st_size == 0

    make_database(str(path)).close()
    assert exists(str(path))


def test_a_file_is_not_made_by_looking(tmp_path: Path) -> None:
    for opening in OPENINGS:
        with pytest.raises(NoDatabaseError):
            opening(str(tmp_path / "folder/orders.db"))
    with pytest.raises(sqlite.OperationalError):
        look_into(str(tmp_path / "folder/orders.db"))

    assert list(tmp_path.iterdir()) == []


def test_a_truncated_store_is_damage_after_a_copy_too(database: str, tmp_path: Path) -> None:
    copied = Path(shutil.copy(database, tmp_path / "copy.db"))
    copied.write_bytes(copied.read_bytes()[:100])

    with pytest.raises(BadDatabaseError, match=f"{copied} is"):
        open_database(str(copied))
