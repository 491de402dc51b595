"""A database of one's own, and the command that works on it."""

from __future__ import annotations

import os
import shutil
import signal
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from ordercli.database.opening import make_database
from ordercli.exit_codes import BY_SIGNAL
from ordercli.operations.audit import audit
from support.running import Ordercli
from support.servers import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from support.servers import Server


# Real processes, terminals and servers; campaigns that break the program; conformance on both engines.
SLOW_FOLDERS = {"acceptance", "contract", "faults", "fuzz", "mutants"}
OF_THE_ENVIRONMENT = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "GITHUB_WORKSPACE", "CI_PROJECT_DIR"}


def pytest_configure() -> None:
    """Where tests run in the background, or by nohup, what they start must not ignore signals as they do."""
    for number in BY_SIGNAL:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that is marked so runs on a file of SQLite and on a server of PostgreSQL."""
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "engine" in metafunc.fixturenames and "every_engine" in marks and "of_a_file" not in marks:
        metafunc.parametrize("engine", ["sqlite", "postgresql"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow what stands in a slow folder, and what needs a server."""
    tests = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(tests).parts[0]
        engine = getattr(item, "callspec", None) and item.callspec.params.get("engine")  # type: ignore[attr-defined]
        if folder in SLOW_FOLDERS or engine == "postgresql" or "server" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture
def engine() -> str:
    """The engine of the database: sqlite, unless the test is marked with `every_engine`."""
    return "sqlite"


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server; without one the tests that need it fail."""
    with running_server() as found:
        yield found


# `pytest --hypothesis-profile=long`: twenty times as many examples as usual.
# How long an example takes says how busy the machine is, and nothing about the program.
_PATIENT = settings(settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", _PATIENT)
settings.register_profile("long", _PATIENT, max_examples=2000)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def fresh_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database of the current schema, made once; copy it."""
    path = tmp_path_factory.mktemp("fresh") / "orders.db"
    make_database(str(path)).close()
    return path


@pytest.fixture
def database(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The path, or the address, of an empty database."""
    if engine == "sqlite":
        yield str(shutil.copy(request.getfixturevalue("fresh_database"), tmp_path / "orders.db"))
        return
    server: Server = request.getfixturevalue("server")
    address = server.database()
    yield address
    server.give_back(address)


@pytest.fixture
def connection(database: str) -> Iterator[Store]:
    """An open connection to the database."""
    with closing(make_database(database)) as opened:
        yield opened


@pytest.fixture
def ordercli(tmp_path: Path, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ordercli]:
    """The command on the database, without settings from outside, with the temporary folder as the current one."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("ORDERCLI_", "XDG_")) or name in OF_THE_ENVIRONMENT:
            monkeypatch.delenv(name)
    handlers = {number: signal.getsignal(number) for number in BY_SIGNAL}
    yield Ordercli(tmp_path, database)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
def audited(database: str) -> Iterator[None]:
    """After the test, everything in the database must agree with everything else."""
    yield
    assert [str(fault) for fault in audit(database)] == []
