"""The same suite on every engine that a database can be opened with."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest

from ordercli.database import migrate, sqlite
from ordercli.database import sqlite_file as file_module
from ordercli.database.opening import make_database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ordercli.database.store import Store

ENGINES = {f"{engine.__name__.partition('.')[0]}": engine for engine in (sqlite.sqlite, sqlite3, psycopg)}


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Any:
    """A driver."""
    return ENGINES[request.param]


def use(engine: Any, patch: pytest.MonkeyPatch) -> None:
    """Open database files with this driver, in the store of the program."""
    members = {name: each for name, each in vars(sqlite.SqliteStore).items() if not name.startswith("__")}
    store = type("SqliteStore", (engine.Connection,), members)
    for module in (sqlite, file_module):
        patch.setattr(module, "sqlite", engine)
        patch.setattr(module, "SqliteStore", store)


@pytest.fixture(scope="session")
def empty_database(engine: Any, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database file that the engine has made; nothing for a server, which makes its own."""
    if engine is psycopg:
        return b""
    path = tmp_path_factory.mktemp("engine") / "orders.db"
    with pytest.MonkeyPatch.context() as patch:
        use(engine, patch)
        patch.setattr(migrate, "sqlite", engine)
        make_database(str(path)).close()
    return path.read_bytes()


@pytest.fixture
def new_database(
    engine: Any,
    empty_database: bytes,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Callable[[], str]]:
    """Makes an empty database of the engine, each time another, and says where it is."""
    if engine is psycopg:
        server = request.getfixturevalue("server")
        made: list[str] = []

        def take() -> str:
            made.append(server.database())
            return made[-1]

        yield take
        for address in made:
            server.give_back(address)
        return
    use(engine, monkeypatch)

    def make() -> str:
        path = tmp_path / f"{uuid4().hex}.db"
        path.write_bytes(empty_database)
        return str(path)

    yield make


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """The path, or the address, of an empty database that the engine opens."""
    return new_database()


@pytest.fixture
def connection(database: str) -> Iterator[Store]:
    """An open connection of the engine to an empty database."""
    with closing(make_database(database)) as opened:
        yield opened


@pytest.fixture
def integrity_error(engine: Any) -> type[Exception]:
    """What the engine raises when a table defends itself."""
    error: type[Exception] = engine.IntegrityError
    return error
