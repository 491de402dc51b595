"""One PostgreSQL server: queue run against task queues that write the same rows, submit against COPY."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import SubmitContext, ordercli
from benchmarks.served import Served, peer
from benchmarks.timing import together
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = {"procrastinate": Mark("faster", 3), "pgqueuer": Mark("faster", 2)}
# Neither CSV character stands in JSON text, so a line stays as it is.
_RAW = "\\copy raw (line) FROM '{file}' WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02')"


def works(place: SubmitContext, processed: int, submitted: int) -> Iterator[Work]:
    """Yield the queue with one, two and four processes, two processes against one, and submit against raw lines."""
    served = Served(place)
    orders = Orders(processed)
    for processes in (1, 2, 4):
        for package, mark in _MARKS.items():
            yield Work(
                f"queue run on PostgreSQL, {_processes(processes)}",
                f"{package}, the same rows, a job an order",
                partial(_against_peer, served, orders, package, processes),
                mark,
                pairs=3,
            )
    yield Work(
        "queue run on PostgreSQL, 2 processes",
        "one process",
        partial(_two_against_one, served, Orders(submitted)),
        Mark("faster", 1.4),
    )
    yield Work(
        "submit --async on PostgreSQL",
        "psql \\copy of the raw lines into one table",
        partial(_against_copy, served, Orders(submitted)),
        Mark("as much", 4),
    )


def _processes(count: int) -> str:
    return "one process" if count == 1 else f"{count} processes"


def _against_peer(served: Served, orders: Orders, package: str, processes: int) -> tuple[Side, Side]:
    return draining(served, orders, processes), _peer(served, orders, package, processes)


def _two_against_one(served: Served, orders: Orders) -> tuple[Side, Side]:
    return draining(served, orders, 2), draining(served, orders, 1)


def draining(served: Served, orders: Orders, processes: int) -> Side:
    """So many processes create the orders that wait in a database made for this run."""
    database = "drained"
    address = served.server.address(database)
    call = ordercli("queue", "run", "--jobs", "1", "--max-runtime", "2h", "--database", address)
    return Side(
        together(call, processes),
        lambda: served.server.make(database, served.queued(orders)),
        lambda _: served.check_drained(database, orders),
    )


def _peer(served: Served, orders: Orders, package: str, processes: int) -> Side:
    """Return a peer that inserts the same rows; they are compared with the database of our own run."""
    database = "peer"
    return Side(
        together(peer(package, "run", served.server.address(database)), processes),
        lambda: served.server.make(database, served.deferred(orders, package)),
        lambda _: results.expect("rows", served.created(database), served.created("drained")),
    )


def _against_copy(served: Served, orders: Orders) -> tuple[Side, Side]:
    return submitting(served, orders), _raw(served, orders)


def submitting(served: Served, orders: Orders) -> Side:
    """Submit a file into the inbound queue of a database made for this run."""
    database = "submitted"
    address = served.server.address(database)
    return Side(
        ordercli("submit", served.place.file(orders), "--async", "--database", address),
        lambda: served.server.make(database, served.empty()),
        lambda _: served.check_queued(database, orders),
    )


def _raw(served: Served, orders: Orders) -> Side:
    database = "raw"

    def before() -> None:
        served.server.make(database)
        with served.server.connection(database) as connection:
            connection.execute("CREATE TABLE raw (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line text)")

    return Side(
        served.psql(database, _RAW.format(file=served.place.file(orders))),
        before,
        lambda _: results.expect("lines", served.count(database, "raw"), orders.count),
    )
