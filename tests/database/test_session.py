from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlmodel import select

from ordercli.database.models import reading_session
from ordercli.database.sqlite import sqlite
from ordercli.database.store import transaction
from ordercli.queue.queue_tables import Payload

if TYPE_CHECKING:
    from ordercli.database.store import Store


def test_a_reading_session_gives_the_rows_of_the_tables(connection: Store, database: str) -> None:
    with transaction(connection, "test"):
        connection.execute("INSERT INTO payload (seq, sha256, body) VALUES (7, x'01', x'7b7d')")

    with reading_session(database) as session:
        found = [(each.seq, each.sha256, each.body) for each in session.exec(select(Payload))]

    assert found == [(7, b"\x01", b"{}")]


def test_a_database_error_in_a_session_is_the_driver_s_own(connection: Store, database: str) -> None:
    connection.execute("DROP TABLE inbound_entry")

    with pytest.raises(sqlite.OperationalError, match="no such table"), reading_session(database) as session:
        session.connection().exec_driver_sql("SELECT * FROM inbound_entry")
