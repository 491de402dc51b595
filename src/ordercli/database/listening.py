"""The server's clock, and waiting for work."""

from __future__ import annotations

from datetime import UTC, datetime
from time import sleep
from typing import TYPE_CHECKING, Protocol

from ordercli import clock
from ordercli.database.address import is_server
from ordercli.database.dialect import is_postgresql

if TYPE_CHECKING:
    from ordercli.database.store import Store


def now(connection: Store) -> datetime:
    """The current moment, in UTC."""
    if is_postgresql(connection):
        moment: datetime = connection.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'").fetchone()[0]
        return moment.replace(tzinfo=UTC)
    return clock.now()


if TYPE_CHECKING:

    class Bell(Protocol):
        """What is waited at."""

        def wait(self, seconds: float) -> None: ...  # noqa: D102
        def close(self) -> None: ...  # noqa: D102


def listen(database: str, channel: str) -> Bell:
    """A bell that rings when somebody notifies the channel, and after the time in any case.

    Raises:
        DriverError: the server cannot be reached.
    """
    if not is_server(database):
        return _Clock()
    from ordercli.database.postgres import ServerBell  # noqa: PLC0415 - an extra

    return ServerBell(database, channel)


class _Clock:
    def wait(self, seconds: float) -> None:
        """Sleep."""
        sleep(seconds)

    def close(self) -> None:
        """Nothing is open."""
