from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

import pytest

from ordercli.errors import TryAgainError, UsageError
from ordercli.render.diagnostics.report_file import report_file


def write(path: Path | str, text: str) -> None:
    with report_file(str(path)) as stream:
        stream.write(text)


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_report_takes_the_place_of_the_file_at_the_end(tmp_path: Path) -> None:
    write(tmp_path / "report.sarif", "old")

    with report_file(str(tmp_path / "report.sarif")) as stream:
        stream.write("new\né")
        stream.flush()
        meanwhile = (tmp_path / "report.sarif").read_text()

    assert (meanwhile, content(tmp_path)) == ("old", {"report.sarif": "new\né"})


def test_a_report_that_is_not_finished_leaves_everything_as_it_was(tmp_path: Path) -> None:
    write(tmp_path / "report.sarif", "old")

    with suppress(KeyboardInterrupt), report_file(str(tmp_path / "report.sarif")) as stream:
        stream.write("half")
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
def test_a_full_disk_is_worth_another_try() -> None:
    with pytest.raises(TryAgainError) as full:
        write("/dev/full", "new")

    assert full.value.message == "Cannot write a report to /dev/full: No space left on device."


def test_a_path_that_cannot_be_a_file_is_a_usage_error(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere" / "report.sarif"

    with pytest.raises(UsageError) as no_folder:
        write(missing, "new")
    with pytest.raises(UsageError) as folder:
        write(tmp_path, "new")

    assert (no_folder.value.message, folder.value.message) == (
        f"Cannot write a report to {missing}: No such file or directory.",
        f"Cannot write a report to {tmp_path}: Is a directory.",
    )
