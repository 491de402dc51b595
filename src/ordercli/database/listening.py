"""Whoever waits for work is woken: by a server, where there is one, else by the clock."""

from __future__ import annotations

from time import sleep
from typing import TYPE_CHECKING, Protocol

from ordercli.database.address import is_server

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
    from ordercli.database.postgres.listening import ServerBell  # noqa: PLC0415 - an extra

    return ServerBell(database, channel)


class _Clock:
    def wait(self, seconds: float) -> None:
        """Sleep."""
        sleep(seconds)

    def close(self) -> None:
        """Nothing is open."""
