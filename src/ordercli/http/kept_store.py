"""A connection that a thread keeps for its requests, opened anew when it no longer leads to the database."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ordercli.database import faults
from ordercli.database.address import is_server
from ordercli.database.store import transaction
from ordercli.http.answers import answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store
    from ordercli.http.answers import Answer


class KeptStore:
    """One connection; it belongs to one thread.

    A file that was removed or replaced stays open under its old name. What is written into it is lost, so the
    connection is opened anew where the path leads to another file.
    """

    def __init__(self, database: str, opening: Callable[[str], Store]) -> None:
        self._database = database
        self._opening = opening
        self._opened: Store | None = None
        self._file: tuple[int, int] | None = None

    def get(self) -> Store:
        """Return the connection.

        Raises:
            OrdercliError: the database cannot be opened.
        """
        file = self._found()
        if self._opened and self._file != file:
            self.disconnect()
        if self._opened is None:
            self._opened = self._opening(self._database)
            self._file = file
        return self._opened

    def disconnect(self) -> None:
        """Close the connection, which may be lost."""
        if self._opened:
            with suppress(*faults.driver_errors()):
                self._opened.close()
        self._opened = None

    def _found(self) -> tuple[int, int] | None:
        """Return what tells the file of the database from others; None for a server, or if there is no file."""
        if is_server(self._database):
            return None
        try:
            status = Path(self._database).stat()
        except OSError:
            return None
        return status.st_dev, status.st_ino


WRITABLE = {"status": "pass"}


def check_writable(store: Store) -> Answer:
    """Write something that changes nothing, as an order would be written: a full disk shows at the commit."""
    with transaction(store, "serve-check"):
        store.execute("UPDATE alembic_version SET version_num = version_num")
    return answer(200, WRITABLE)
