from __future__ import annotations

import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ordercli.clock import now
from ordercli.errors import TryAgainError
from ordercli.queue.workers import Worker

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import sys
from ordercli.queue.workers import Worker
with Worker(sys.argv[1], "other-process") as worker:
    print(worker.name, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Path:
    """The file beside which workers have their locks."""
    path = tmp_path / "orders.db"
    path.touch(mode=0o600)
    return path


def start_worker(database: Path) -> tuple[subprocess.Popen[str], str]:
    """Another process that works on the database, and the name of its worker."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    return process, process.stdout.readline().strip()


def end(process: subprocess.Popen[str]) -> None:
    process.communicate()


def test_a_worker_leaves_nothing_behind(tmp_path: Path) -> None:
    with Worker(str(tmp_path / "orders.db"), "token") as worker:
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*")}
        locks = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("*/*")}

    assert files == {"orders.db": 0o600, "orders.db-workers": 0o700}
    assert locks == {f"{worker.name}.lock": 0o600}
    assert list(tmp_path.glob("*/*")) == []


def test_a_worker_lives_as_long_as_its_process(tmp_path: Path) -> None:
    process, other = start_worker(tmp_path / "orders.db")

    with Worker(str(tmp_path / "orders.db"), "token") as worker:
        while_it_lives = worker.is_gone(other)
        end(process)
        afterwards = worker.is_gone(other)

    assert (while_it_lives, afterwards) == (False, True)


def test_a_killed_worker_is_gone_and_its_lock_is_tidied_away(tmp_path: Path) -> None:
    process, other = start_worker(tmp_path / "orders.db")
    process.kill()
    end(process)
    left = [path.name for path in tmp_path.glob("*/*")]

    with Worker(str(tmp_path / "orders.db"), "token") as worker:
        gone = worker.is_gone(other)
        locks = [path.name for path in tmp_path.glob("*/*")]

    assert left == [f"{other}.lock"]
    assert gone
    assert locks == [f"{worker.name}.lock"]


def test_a_worker_is_known_by_whichever_path_one_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "orders.db").touch()
    (tmp_path / "link.db").symlink_to("data/orders.db")
    process, other = start_worker(tmp_path / "data" / "orders.db")
    monkeypatch.chdir(tmp_path / "data")

    seen = []
    for path in ("orders.db", "../link.db", str(tmp_path / "data" / ".." / "link.db")):
        with Worker(path, "token") as worker:
            seen.append(worker.is_gone(other))
    end(process)

    assert seen == [False, False, False]


def test_a_worker_knows_itself_and_takes_the_unknown_for_gone(tmp_path: Path) -> None:
    with Worker(str(tmp_path / "orders.db"), "token") as worker:
        assert not worker.is_gone(worker.name)
        assert worker.is_gone("host-1-unknown")


def test_a_worker_never_takes_from_itself_however_long_it_hangs(tmp_path: Path) -> None:
    with Worker(str(tmp_path / "orders.db"), "token") as worker:
        assert not worker.has_lost(worker.name, "2026-01-01T00:00:00.000Z", now())


def test_a_worker_without_room_for_its_lock_asks_to_try_again(tmp_path: Path) -> None:
    (tmp_path / "orders.db-workers").write_text("no folder")

    with pytest.raises(TryAgainError) as refused, Worker(str(tmp_path / "orders.db"), "token"):
        pass

    assert refused.value.message == f"Cannot write {tmp_path / 'orders.db-workers'}: File exists"
