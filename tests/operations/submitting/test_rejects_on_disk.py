from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.rejects_file import RejectsFile
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_files
from ordercli.errors import BadInputError
from ordercli.intake import reader
from ordercli.settings import Settings
from support.builders import product_order, write_orders
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
