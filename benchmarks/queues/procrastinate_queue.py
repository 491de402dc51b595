"""procrastinate: `put` defers a job for each waiting order, `run` writes each order's rows in a job of its own."""

from __future__ import annotations

import asyncio
import sys

from procrastinate import App, PsycopgConnector  # type: ignore[import-not-found]

from benchmarks.queues.order_rows import WAITING, inserts, payload, rows

CONCURRENCY = 8
CHUNK = 500
INSERTS = inserts("%s")

action, address = sys.argv[1:]
connector = PsycopgConnector(conninfo=address, min_size=CONCURRENCY, max_size=CONCURRENCY + 2)
app = App(connector=connector)


@app.task(name="create")  # type: ignore[untyped-decorator]
async def create(order: str) -> None:
    """Write the order's rows in one transaction; psycopg sends the rows of a statement as a pipeline."""
    async with connector.pool.connection() as connection, connection.transaction(), connection.pipeline():
        cursor = connection.cursor()
        for table, found in rows(order):
            await cursor.executemany(INSERTS[table], found)


async def put() -> None:
    """Make the tables, and a job for each order that waits."""
    async with app.open_async():
        await app.schema_manager.apply_schema_async()
        async with connector.pool.connection() as connection:
            waiting = await (await connection.execute(WAITING)).fetchall()
        for first in range(0, len(waiting), CHUNK):
            await create.batch_defer_async(*({"order": payload(each)} for each in waiting[first : first + CHUNK]))


async def run() -> None:
    """Work until the queue is empty."""
    async with app.open_async():
        await app.run_worker_async(concurrency=CONCURRENCY, wait=False, listen_notify=False)


asyncio.run(put() if action == "put" else run())
