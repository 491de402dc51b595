"""How a server looks for entries, though it still believes that all of them are new."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ordercli.database.postgres import PostgresStore, connect
from ordercli.queue import claims, entry_counts
from support.stored import BATCH, start_batch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

    from ordercli.database.store import Cursor, Store

NOW = "2026-03-01T09:00:00.000Z"
MANY = """
    WITH kept AS (INSERT INTO payload (sha256, body) SELECT '', '{}' FROM generate_series(1, 5000) RETURNING seq)
    INSERT INTO inbound_entry (seq, order_id, resource, source, profile, state, status_code, attempts, losses, isolated,
                               created_at, updated_at, batch_id, file, line, record)
    SELECT seq, seq, 'productOrder', 'cli', 'servicenow', 'new', 202, 0, 0, FALSE, %(now)s, %(now)s, %(batch)s,
           'orders.ndjson', seq, 1 FROM kept
"""


@pytest.fixture
def engine() -> str:
    return "postgresql"


class Explained(PostgresStore):
    """Notes which indexes the server reads for its statements."""

    def __init__(self, raw: psycopg.Connection) -> None:
        super().__init__(raw)
        self.indexes: set[str] = set()

    def execute(self, statement: str, parameters: Sequence[object] = (), /) -> Cursor:
        for (step,) in super().execute(f"EXPLAIN {statement}", parameters):
            self.indexes.update(re.findall(r" using (\w*entry_\w+)", step))
        return super().execute(statement, parameters)


@pytest.fixture
def explained(connection: Store, database: str) -> Iterator[Explained]:
    """A server that counted when 5,000 entries were new."""
    start_batch(connection)
    with closing(connect(database)) as raw:
        raw.execute(MANY, {"now": NOW, "batch": BATCH})
        raw.execute("ANALYZE")
        yield Explained(raw)


def test_a_claim_finds_new_entries_by_their_index(explained: Explained) -> None:
    taken = claims.claim(explained, "token", "worker", NOW, NOW, 500)

    # The key may serve for those that were found.
    assert (taken, explained.indexes - {"inbound_entry_pkey"}) == (500, {"entry_claimable"})


def test_the_oldest_new_entry_is_found_by_its_index(explained: Explained) -> None:
    oldest = entry_counts.oldest_due(explained, NOW)

    assert (oldest, explained.indexes) == (NOW, {"entry_claimable", "entry_due", "entry_claimed"})
