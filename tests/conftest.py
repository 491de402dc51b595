"""A database of one's own, and the command that works on it."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from ordercli.database.connection import open_database
from ordercli.reports.audit import audit
from running import Ordercli

if TYPE_CHECKING:
    from ordercli.database.driver import Connection

# `pytest --hypothesis-profile=long`: twenty times as many examples as usual.
settings.register_profile("long", max_examples=2000, deadline=None)


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the current schema, made once; copy it."""
    path = tmp_path_factory.mktemp("fresh") / "orders.db"
    open_database(str(path)).close()
    return path


@pytest.fixture
def database(tmp_path: Path, fresh_database: Path) -> str:
    """The path of an empty database."""
    return str(shutil.copy(fresh_database, tmp_path / "orders.db"))


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    """An open connection to the database."""
    with closing(open_database(database)) as opened:
        yield opened


@pytest.fixture
def ordercli(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ordercli]:
    """The command on the database, without settings from outside, with the temporary folder as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("ORDERCLI_", "XDG_")) or name in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}:
            monkeypatch.delenv(name)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield Ordercli(tmp_path, database)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def audited(database: str) -> Iterator[None]:
    """After the test, everything in the database must agree with everything else."""
    yield
    assert [str(fault) for fault in audit(database)] == []
