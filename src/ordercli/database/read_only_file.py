"""Open a database file that this user may read but not write."""

from __future__ import annotations

from pathlib import Path

from ordercli.database import faults
from ordercli.database.address import beside, where
from ordercli.database.sqlite import BUSY_TIMEOUT_SECONDS, SqliteStore, sqlite
from ordercli.errors import TryAgainError, UnreadableDatabaseError


def open_read_only(database: str) -> SqliteStore:
    """Open the file for reading, without writing to it or making files beside it.

    If SQLite would have to make files beside it, the file is opened as immutable. `close` then checks that nobody
    changed the file in the meantime.

    Raises:
        UnreadableDatabaseError: a journal beside it must first be applied by a writer.
        DriverError: it is not a database, or it is damaged.
    """
    connection = _connected(database, "mode=ro")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except faults.driver_errors() as error:
        connection.close()
        if not faults.needs_files_beside(error):
            raise
    else:
        return connection
    for log in (beside(database, "-wal"), beside(database, "-journal")):
        if log.exists() and log.stat().st_size:
            raise UnreadableDatabaseError(
                f"{where(database)} cannot be read: {log.name} holds changes that only a user who may write can apply",
                hint="let such a user run `ordercli db info`, or make a backup (`ordercli db backup PATH`)",
            )
    return _connected(database, "mode=ro&immutable=1", factory=_Watched)


def _connected(database: str, how: str, factory: type[SqliteStore] = SqliteStore) -> SqliteStore:
    uri = f"{Path(database).absolute().as_uri()}?{how}"
    opened: SqliteStore = sqlite.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, factory=factory
    )
    opened.execute("PRAGMA query_only = ON")
    if isinstance(opened, _Watched):
        opened.watch(database)
    return opened


class _Watched(SqliteStore):
    """A connection without locks: what was read is valid only if nobody changed the file in the meantime."""

    def watch(self, database: str) -> None:
        """Remember the state of the file before anything is read."""
        self._database = database
        self._before = _signature(database)

    def close(self) -> None:
        """Close the connection.

        Raises:
            TryAgainError: the file was changed since it was opened.
        """
        super().close()
        if _signature(self._database) != self._before:
            raise TryAgainError(
                f"{where(self._database)} was changed while it was read, without the right to lock it",
                hint="run the command again, or as a user who may write to its folder",
            )


def _signature(database: str) -> tuple[int, ...]:
    status = Path(database).stat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns
