from __future__ import annotations

import errno
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from ordercli.errors import BadInputError, OutputFileError
from ordercli.output_files.guard import OutputFiles
from support.full_disk import small_files

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def replaced(path: str, reported: list[OutputFileError]) -> AbstractContextManager[IO[bytes]]:
    return OutputFiles("orders.db").replaced("--report", path).replaced(reported.append)


def write(path: Path | str, text: str) -> None:
    reported: list[OutputFileError] = []
    with replaced(str(path), reported) as stream:
        stream.write(text.encode())
    assert reported == []


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_report_takes_the_place_of_the_file_at_the_end(tmp_path: Path) -> None:
    write(tmp_path / "report.sarif", "old")

    with replaced(str(tmp_path / "report.sarif"), []) as stream:
        stream.write("new\né".encode())
        stream.flush()
        meanwhile = (tmp_path / "report.sarif").read_text()

    assert (meanwhile, content(tmp_path)) == ("old", {"report.sarif": "new\né"})


def test_a_report_that_is_not_finished_leaves_everything_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "report.sarif", "old")

    with suppress(KeyboardInterrupt), replaced(str(tmp_path / "report.sarif"), []) as stream:
        stream.write(b"half")
        raise KeyboardInterrupt

    assert content(tmp_path) == {"report.sarif": "old"}


def test_a_report_is_readable_as_the_user_likes_new_files_to_be(tmp_path: Path) -> None:
    mask = os.umask(0o027)
    try:
        write(tmp_path / "report.sarif", "new")
    finally:
        os.umask(mask)

    assert stat.S_IMODE((tmp_path / "report.sarif").stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "latest").symlink_to("report.sarif")

    write(tmp_path / "latest", "new")

    assert ((tmp_path / "latest").is_symlink(), content(tmp_path)) == (
        True,
        {"latest": "new", "report.sarif": "new"},
    )


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    write(pipe, "new")
    received = os.read(reader, 100)
    os.close(reader)

    assert (received, pipe.is_fifo()) == (b"new", True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has a device that is always full")
def test_a_device_that_is_full_is_refused_before_the_work() -> None:
    with pytest.raises(BadInputError) as full:
        write("/dev/full", "new")

    assert full.value.message == "--report /dev/full cannot be written: No space left on device"


def test_a_path_that_cannot_be_a_file_is_refused_before_the_work(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "report.sarif"

    with pytest.raises(BadInputError) as no_folder:
        write(missing, "new")
    with pytest.raises(BadInputError) as folder:
        write(tmp_path, "new")

    assert (no_folder.value.message, folder.value.message) == (
        f"--report {missing} cannot be written: there is no folder {missing.parent}",
        f"--report {tmp_path} cannot be written: Is a directory",
    )


def test_a_file_that_fails_later_is_reported_once_and_leaves_the_old_one(tmp_path: Path) -> None:
    write(tmp_path / "report.sarif", "old")
    reported: list[OutputFileError] = []

    with small_files(), replaced(str(tmp_path / "report.sarif"), reported) as stream:
        stream.write(b"x" * 100_000)
        stream.write(b"x" * 100_000)

    assert [error.message for error in reported] == [f"Cannot write --report {tmp_path}/report.sarif: File too large"]
    assert content(tmp_path) == {"report.sarif": "old"}


def test_a_new_file_gets_its_name_where_the_file_system_has_no_hard_links(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_draft: Path, _target: Path) -> None:
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))

    monkeypatch.setattr(os, "link", refuse)
    with OutputFiles("orders.db").made("--to", str(tmp_path / "new")).whole() as draft:
        draft.write_text("whole")
    with (
        pytest.raises(OutputFileError),
        OutputFiles("orders.db").made("--to", str(tmp_path / "taken")).whole() as draft,
    ):
        (tmp_path / "taken").write_text("of another")

    assert {each.name: each.read_text() for each in tmp_path.iterdir()} == {"new": "whole", "taken": "of another"}


def test_a_new_file_may_get_the_inode_of_one_that_must_not_be_written_and_is_gone(tmp_path: Path) -> None:
    lock = tmp_path / "orders.db-workers" / "gone.lock"
    lock.parent.mkdir()
    lock.touch()
    file = OutputFiles(str(tmp_path / "orders.db")).made("--accepted", str(tmp_path / "receipts.ndjson"))
    status = lock.stat()
    near = frozenset((status.st_dev, status.st_ino + n) for n in range(-1000, 1000))
    lock.unlink()

    os.close(file._replace(never=file.never | near).make())

    assert (tmp_path / "receipts.ndjson").read_bytes() == b""
