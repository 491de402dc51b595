"""A database on a network file system is refused wherever it is named, unless a setting allows it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from ordercli.database import sqlite_file

if TYPE_CHECKING:
    from pathlib import Path

    from support.running import Ordercli, Result

ORIGINS = ("--database", "ORDERCLI_DATABASE", "mine.toml", "the default", "SOURCE")


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that the system says is mounted from another host."""
    device = tmp_path.stat().st_dev
    table = tmp_path / "mountinfo"
    table.write_text(f"36 21 {os.major(device)}:{os.minor(device)} / /srv rw - cifs //server/share rw\n")
    monkeypatch.setattr(sqlite_file, "_MOUNTS", table)
    return tmp_path


def look(ordercli: Ordercli, share: Path, origin: str, allow: str) -> Result:
    """List the orders of the database that is named there, or copy it; `allow` is the value of the setting."""
    path = str(share / "ordercli/orders.db")
    (share / "mine.toml").write_text(f"database = '{path}'\n")
    words = {
        "--database": ("list", "--database", path),
        "mine.toml": ("list", "--config", "mine.toml"),
        "SOURCE": ("db", "copy", path, "copy.db"),
    }
    return ordercli(
        *words.get(origin, ("list",)),
        ORDERCLI_DATABASE=path if origin == "ORDERCLI_DATABASE" else "",
        ORDERCLI_ALLOW_NETWORK_FILE_SYSTEM=allow,
        XDG_DATA_HOME=str(share),
    )


@pytest.mark.parametrize("origin", ORIGINS)
def test_it_is_refused_unless_a_setting_allows_it(ordercli: Ordercli, share: Path, origin: str) -> None:
    path = str(share / "ordercli/orders.db")
    made = ordercli("db", "upgrade", "--database", path, ORDERCLI_ALLOW_NETWORK_FILE_SYSTEM="1")

    refused = look(ordercli, share, origin, "")
    allowed = look(ordercli, share, origin, "1")

    assert (made.exit_code, refused.exit_code, refused.stdout, allowed.exit_code) == (0, 2, "", 0), allowed.stderr
    assert refused.stderr.splitlines() == [
        f"error: {path} lies on a network file system (cifs), where SQLite's locks cannot be trusted",
        "  hint: choose a local disk, or set allow_network_file_system (ORDERCLI_ALLOW_NETWORK_FILE_SYSTEM=1)",
    ]
