from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from support.builders import ndjson, product_orders
from support.syncing import seen_at_syncs

if TYPE_CHECKING:
    import os
    from pathlib import Path

    import pytest

    from support.running import Ordercli


def test_a_backup_is_on_the_disk_before_it_has_its_name_and_its_name_before_it_is_reported(
    ordercli: Ordercli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(3)))
    backup = tmp_path / "backup.db"

    def look(synced: os.stat_result) -> tuple[str, int, bool]:
        """What is synced, which one, and whether there is a backup by then."""
        kind = "folder" if stat.S_ISDIR(synced.st_mode) else "file"
        return kind, synced.st_ino, backup.exists()

    synced = seen_at_syncs(monkeypatch, look)

    result = ordercli("db", "backup", str(backup))

    assert (result.exit_code, result.stderr) == (0, "")
    assert synced == [("file", backup.stat().st_ino, False), ("folder", tmp_path.stat().st_ino, True)]
