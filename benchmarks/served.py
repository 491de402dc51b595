"""The bench's databases on a PostgreSQL server, and whether what a run left in them is right."""

from __future__ import annotations

import hashlib
import os
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, LiteralString

from benchmarks import results
from benchmarks.ours import SubmitContext, ordercli
from benchmarks.peers import python_peer
from benchmarks.queues.order_rows import COLUMNS
from benchmarks.server import Server
from benchmarks.timing import Command, run

if TYPE_CHECKING:
    from benchmarks.inputs import Orders

_ROOT = Path(__file__).parents[1]
# What the peers' tasks import from here: the conversion of an order into rows.
_CONVERSION = ("msgspec", "orjson")
PEERS = {
    "procrastinate": ("procrastinate", "psycopg[binary]", *_CONVERSION),
    "pgqueuer": ("pgqueuer", "asyncpg", *_CONVERSION),
}
# Digests of rows without what differs from run to run: times, who did it, and the order of commits.
_DIGEST: LiteralString = (
    "SELECT count(*), md5(string_agg(row, ',' ORDER BY row)) FROM ("
    "SELECT (to_jsonb(each) - '{{created_at,updated_at,at,actor,run_id,date}}'::text[] - {sequence})::text AS row"
    " FROM {table} AS each) AS rows"
)


class Served:
    """The same submit_context, with its databases on a server."""

    def __init__(self, place: SubmitContext) -> None:
        self.place = place

    @cached_property
    def server(self) -> Server:
        """The server, started when it is first needed; not below the home folder, where its user may not look."""
        return Server(Path(mkdtemp(prefix="ordercli-bench-")) / "data")

    def empty(self) -> str:
        """Return a database of the current schema with the reference data and no order."""
        if not self.server.has("empty"):
            self.server.make("empty")
            address = self.server.address("empty")
            run(ordercli("db", "upgrade", "--database", address))
            run(ordercli("reference", "import", self.place.reference, "--database", address))
            self.server.sync_all("empty")
        return "empty"

    def queued(self, orders: Orders) -> str:
        """Return a database in whose inbound queue the orders wait."""
        name = f"queued-{orders.count}"
        if not self.server.has(name):
            self.server.make(name, self.empty())
            run(ordercli("submit", self.place.file(orders), "--async", "--database", self.server.address(name)))
            self.server.sync_all(name)
        return name

    def deferred(self, orders: Orders, package: str) -> str:
        """Return a database as `queued`, with a job in the peer's own tables for each waiting order."""
        name = f"{package}-{orders.count}"
        if not self.server.has(name):
            self.server.make(name, self.queued(orders))
            run(peer(package, "put", self.server.address(name)))
            self.server.sync_all(name)
        return name

    def psql(self, database: str, command: str) -> Command:
        """One psql command in a database, without the settings of the user who measures."""
        words = [self.server.psql, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", command, self.server.address(database)]
        return Command(words)

    def count(self, database: str, table: LiteralString) -> int:
        """How many rows a table has."""
        return int(self._one(database, f"SELECT count(*) FROM {table}")[0])

    def check_payloads(self, database: str, orders: Orders) -> None:
        """Each line's bytes are there as they came, in the order of the file."""
        whole: LiteralString = (
            "SELECT sha256(string_agg(body, '\\x0a'::bytea ORDER BY seq) || '\\x0a'::bytea) FROM payload"
        )
        wanted = hashlib.sha256(self.place.file(orders).read_bytes()).digest()
        results.expect("payload bytes", self._one(database, whole), (wanted,))

    def check_queued(self, database: str, orders: Orders) -> None:
        """Each line is in the inbound queue, byte for byte, under an id of its own."""
        self.check_payloads(database, orders)
        entries: LiteralString = (
            "SELECT count(*), count(DISTINCT order_id), min(length(order_id)), count(DISTINCT external_id)"
            " FROM inbound_entry WHERE state = 'new'"
        )
        results.expect("entries", self._one(database, entries), (orders.count, orders.count, 32, orders.count))

    def check_drained(self, database: str, orders: Orders) -> None:
        """Each entry is completed, under the id that it was accepted with, and has its lines."""
        self.check_payloads(database, orders)
        completed: LiteralString = (
            "SELECT count(*) FROM inbound_entry AS e JOIN customer_order AS o ON o.seq = e.seq"
            " WHERE e.state = 'completed' AND o.order_id = e.order_id AND o.external_id = e.external_id"
        )
        results.expect("completed entries", self._one(database, completed), (orders.count,))
        lines = results.count_lines(self.place.file(orders), orders)
        results.expect("lines", self.count(database, "order_line_item"), lines)

    def created(self, database: str) -> dict[str, Any]:
        """How many rows each table of customer orders has, and a digest of them."""
        from psycopg import sql

        found: dict[str, Any] = {}
        with self.server.connection(database) as connection:
            for table in COLUMNS:
                # Only the history has a sequence of its own.
                sequence = sql.Literal("seq" if table == "order_history" else "")
                statement = sql.SQL(_DIGEST).format(table=sql.Identifier(table), sequence=sequence)
                found[table] = connection.execute(statement).fetchone()
        return found

    def _one(self, database: str, statement: LiteralString) -> tuple[Any, ...]:
        with self.server.connection(database) as connection:
            found = connection.execute(statement).fetchone()
        return found or ()


def peer(package: str, action: str, address: str) -> Command:
    """Return the call of a peer's script in its own environment; it imports the conversion of orders from src."""
    python = python_peer(*PEERS[package]) / "python"
    path = os.pathsep.join(map(str, (_ROOT, _ROOT / "src")))
    return Command([str(python), "-m", f"benchmarks.queues.{package}_queue", action, address], env={"PYTHONPATH": path})
