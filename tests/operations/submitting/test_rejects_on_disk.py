from __future__ import annotations

import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.reference_rejects import RecordRejects
from ordercli.bulk.rejects_file import RejectsFile
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_files
from ordercli.errors import BadInputError, OutputFileError
from ordercli.intake import reader
from ordercli.output_files.guard import OutputFiles
from ordercli.settings import Settings
from support.builders import product_order, write_orders
from support.full_disk import small_files
from support.other_user import acting_as_stranger
from support.stored import column
from support.syncing import seen_at_syncs

if TYPE_CHECKING:
    import os

    from ordercli.database.store import Store


def test_rejects_are_on_the_disk_before_their_batch_is_committed(
    connection: Store, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "BATCH", 2)
    bad = [product_order(f"BAD-{n}", orderCurrency=...) for n in range(5)]
    orders = write_orders(tmp_path / "orders.ndjson", *bad)

    def look(synced: os.stat_result) -> tuple[int, int, int]:
        """Which file is synced, its length, and what another connection sees of the batch."""
        return synced.st_ino, synced.st_size, column(connection, "batch", "read")[0]

    synced = seen_at_syncs(monkeypatch, look)

    submit_files(database, Run("async", "cli", [orders]), Settings())

    rejects = tmp_path / "orders.ndjson.rejects.ndjson"
    lines = rejects.read_bytes().splitlines(keepends=True)
    lengths = [len(b"".join(lines[:n])) for n in (2, 4, 5)]
    of_the_file = [(size, read) for inode, size, read in synced if inode == rejects.stat().st_ino]
    assert of_the_file == list(zip(lengths, [0, 2, 4], strict=True))
    assert column(connection, "batch", "rejects_bytes") == [lengths[-1]]


def test_where_no_rejects_file_can_be_made_the_hint_names_the_option() -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "o.ndjson")
        file.touch()
        Path(folder).chmod(0o555)
        with acting_as_stranger(), pytest.raises(BadInputError) as refusal:
            RejectsFile([str(file)])
        Path(folder).chmod(0o755)

    assert (refusal.value.message, refusal.value.hint) == (
        f"the rejects file {file}.rejects.ndjson cannot be written: Permission denied",
        "nothing was done; choose another place with --rejects PATH, or --rejects none",
    )


@pytest.mark.parametrize("made_by", ["the run", "the user"])
def test_rejects_that_have_no_room_on_the_disk_leave_no_file_that_the_run_made(tmp_path: Path, made_by: str) -> None:
    path = tmp_path / "r.ndjson"
    if made_by == "the user":
        path.touch()
    rejects = RejectsFile((), OutputFiles("orders.db").made("--rejects", str(path), force=True))

    with small_files(), pytest.raises(OutputFileError):
        rejects.write([b"x" * 100_000], "0" * 32)

    assert rejects.close() is None
    left = {each.name: each.read_bytes() for each in tmp_path.iterdir()}
    assert left == ({} if made_by == "the run" else {"r.ndjson": b""})


def test_rejects_that_have_no_room_are_cut_off_after_the_committed_ones(tmp_path: Path) -> None:
    rejects = RejectsFile([write_orders(tmp_path / "o.ndjson")])
    rejects.write([b"committed\n"], "0" * 32)

    with small_files(), pytest.raises(OutputFileError):
        rejects.write([b"x" * 100_000], "0" * 32)

    assert (tmp_path / "o.ndjson.rejects.ndjson").read_bytes() == b"committed\n"


def test_rejects_of_records_that_have_no_room_leave_no_part_of_them(tmp_path: Path) -> None:
    rejects = RecordRejects([write_orders(tmp_path / "o.ndjson")], None)
    for _ in range(1500):  # the first thousand have room
        rejects.add(b"x" * 50 + b"\n")

    with closing(rejects), small_files(), pytest.raises(OutputFileError):
        rejects.write()

    assert [each.name for each in tmp_path.iterdir()] == ["o.ndjson"]
