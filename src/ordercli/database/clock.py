"""The time by which claims are held: this host's, or, where several hosts share a server, the server's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ordercli import clock
from ordercli.database.dialect import is_postgresql

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


def now(connection: Connection) -> datetime:
    """The current moment, in UTC."""
    if is_postgresql(connection):
        moment: datetime = connection.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'").fetchone()[0]
        return moment.replace(tzinfo=UTC)
    return clock.now()
