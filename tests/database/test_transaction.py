from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from functools import partial
from typing import TYPE_CHECKING

import pytest

from ordercli.database.sqlite import connect, sqlite
from ordercli.database.store import savepoint, snapshot, transaction

if TYPE_CHECKING:
    from ordercli.database.store import Store

INSERT = "INSERT INTO payload (sha256, body) VALUES (x'00', ?)"


def bodies(connection: Store) -> list[str]:
    return [body for (body,) in connection.execute("SELECT body FROM payload ORDER BY seq")]


def test_a_transaction_that_has_rolled_back_by_itself_passes_the_cause_on(connection: Store) -> None:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    with pytest.raises(sqlite.OperationalError, match="full"), transaction(connection, "test"):
        connection.execute(INSERT, (bytes(1_000_000),))

    assert not connection.in_transaction
    assert bodies(connection) == []


def test_a_transaction_takes_the_write_lock_at_once(connection: Store, database: str) -> None:
    with closing(connect(database)) as other:
        other.execute("PRAGMA busy_timeout = 0")
        with (
            transaction(connection, "test"),
            pytest.raises(sqlite.OperationalError, match="locked"),
            transaction(other, "test"),
        ):
            pass

        assert not other.in_transaction


def test_a_savepoint_in_a_transaction_that_is_gone_passes_the_cause_on(connection: Store) -> None:
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")

    with pytest.raises(sqlite.OperationalError, match="full"), transaction(connection, "test"), savepoint(connection):
        connection.execute(INSERT, (bytes(1_000_000),))

    assert bodies(connection) == []


Context = Callable[["Store"], AbstractContextManager["Store"]]


@pytest.mark.parametrize("context", [partial(transaction, name="test"), snapshot], ids=["transaction", "snapshot"])
def test_nothing_is_begun_twice(connection: Store, context: Context) -> None:
    with context(connection), pytest.raises(sqlite.OperationalError, match="within a transaction"):
        connection.execute("BEGIN")
