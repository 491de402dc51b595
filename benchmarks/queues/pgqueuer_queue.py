"""pgqueuer: `put` enqueues a job for each waiting order, `run` writes each order's rows in a job of its own."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import asyncpg  # type: ignore[import-not-found]
import uvloop
from pgqueuer import PgQueuer  # type: ignore[import-not-found]
from pgqueuer.queries import Queries  # type: ignore[import-not-found]
from pgqueuer.types import QueueExecutionMode  # type: ignore[import-not-found]

from benchmarks.queues.order_rows import WAITING, inserts, payload, rows

if TYPE_CHECKING:
    from pgqueuer.models import Job  # type: ignore[import-not-found]

CONCURRENCY = 8
BATCH = 50
CHUNK = 500
INSERTS = inserts("$")

action, address = sys.argv[1:]


async def put() -> None:
    """Make the tables, and a job for each order that waits."""
    connection = await asyncpg.connect(address)
    queue = PgQueuer.from_asyncpg_connection(connection)
    queries = Queries(queue.connection)
    await queries.install()
    waiting = await connection.fetch(WAITING)
    for first in range(0, len(waiting), CHUNK):
        payloads = [payload(tuple(each)).encode() for each in waiting[first : first + CHUNK]]
        await queries.enqueue(["create"] * len(payloads), payloads, [0] * len(payloads))
    await connection.close()


async def run() -> None:
    """Work until the queue is empty."""
    async with asyncpg.create_pool(address, min_size=CONCURRENCY, max_size=CONCURRENCY) as pool:
        queue = PgQueuer.from_asyncpg_pool(pool)

        @queue.entrypoint("create")  # type: ignore[untyped-decorator]
        async def create(job: Job) -> None:
            await _create(pool, job.payload)

        await queue.run(mode=QueueExecutionMode.drain, batch_size=BATCH, dequeue_timeout=timedelta(milliseconds=50))


async def _create(pool: Any, order: bytes) -> None:  # noqa: ANN401 - a pool of asyncpg
    """Write the order's rows in one transaction."""
    async with pool.acquire() as connection, connection.transaction():
        for table, found in rows(order.decode()):
            await connection.executemany(INSERTS[table], found)


uvloop.run(put() if action == "put" else run())
