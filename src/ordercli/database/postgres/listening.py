"""A connection of its own on which a server tells that there is work."""

from __future__ import annotations

from select import select
from time import sleep

import psycopg
from psycopg import sql

from ordercli.database.postgres.connection import connect


class ServerBell:
    """Waits for a notification; one that is lost, as in a pooler, is made up for by looking after the time anyway."""

    def __init__(self, url: str, channel: str) -> None:
        self._raw = connect(url)
        self._raw.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))

    def wait(self, seconds: float) -> None:
        """Wait until something was told, at most for so long."""
        if self._raw.closed:
            sleep(seconds)
            return
        told, _, _ = select([self._raw], [], [], seconds)
        if told:
            self._take()

    def _take(self) -> None:
        try:
            for _ in self._raw.notifies(timeout=0):
                continue
        except psycopg.OperationalError:
            self._raw.close()  # whether the server can be worked with, the other connection will tell

    def close(self) -> None:
        """Listen no longer."""
        self._raw.close()
