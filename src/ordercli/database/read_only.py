"""A database file that may be read but not written is read all the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ordercli.database import faults
from ordercli.database.address import where
from ordercli.database.driver import BUSY_TIMEOUT_SECONDS, sqlite
from ordercli.database.place import beside, may
from ordercli.errors import TryAgainError, UnreadableDatabaseError

if TYPE_CHECKING:
    from ordercli.database.driver import FileConnection


def is_writable(database: str) -> bool:
    """Whether this user may write the file, and the files beside it that SQLite needs."""
    file = Path(os.path.realpath(database))
    return may(file, os.W_OK) and may(file.parent, os.W_OK | os.X_OK)


def open_read_only(database: str) -> FileConnection:
    """Open the file without writing anything, nor beside it.

    Where SQLite would have to make files beside it, it is told that nobody changes the database; when it is closed the
    file is looked at again.

    Raises:
        UnreadableDatabaseError: this user may not read it, or changes stand beside it that only a writer can take in.
        DriverError: it is no database, or damaged.
    """
    if not may(database, os.R_OK):
        raise UnreadableDatabaseError(f"Cannot read {database}: Permission denied")
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


def _connected(database: str, how: str, **options: Any) -> FileConnection:  # noqa: ANN401 - passed on
    uri = f"{Path(database).absolute().as_uri()}?{how}"
    opened: FileConnection = sqlite.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, **options
    )
    opened.execute("PRAGMA query_only = ON")
    if isinstance(opened, _Watched):
        opened.watch(database)
    return opened


class _Watched(sqlite.Connection):  # type: ignore[misc]
    """A connection without locks: what was read through it counts only if nobody wrote meanwhile."""

    def watch(self, database: str) -> None:
        """Remember how the file is now, before anything is read."""
        self._database = database
        self._before = _signature(database)

    def close(self) -> None:
        """Close the connection.

        Raises:
            TryAgainError: somebody has changed the file since it was opened.
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
