"""queue run against task queues on SQLite whose tasks do nothing."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import SubmitContext, ordercli
from benchmarks.peers import QUEUES, python_peer
from benchmarks.timing import Command, Took, run
from benchmarks.works import BOTH, Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def works(place: SubmitContext, count: int) -> Iterator[Work]:
    """Yield the queue with and without revalidation against huey, and two more queues for information."""
    orders = Orders(count)
    huey = "huey on SQLite, a task that does nothing (put and run)"
    for ending, is_stocked in BOTH.items():
        against = partial(_against, place, orders, "huey", "both", is_stocked=is_stocked)
        yield Work(f"queue run{ending}", huey, against, Mark("faster", 5, 8) if is_stocked else None)
        against = partial(_against, place, orders, "huey", "both", "--revalidate", is_stocked=is_stocked)
        mark = Mark("faster", 3.5, 5) if is_stocked else None
        yield Work(f"queue run --revalidate{ending}", huey, against, mark)
    for package in ("huey", "litequeue", "persist-queue"):
        yield Work(
            "queue run (for information)",
            f"{package}, a task that does nothing (run only)",
            partial(_against, place, orders, package, "run", is_stocked=False),
        )


def checking(place: SubmitContext, count: int) -> Iterator[Work]:
    """Check a database against the run of the queue that has made its orders: as many orders in both."""
    orders = Orders(count)
    yield Work(
        f"db check, {count:,} orders",
        "queue run, which creates them",
        lambda: (_checking(place, orders), draining(place, orders)),
        Mark("as much", 1, 0.5),
    )


def _checking(place: SubmitContext, orders: Orders) -> Side:
    command = ordercli("db", "check", "--database", place.created(orders))
    return Side(command, check=lambda took: results.expect("faults", took.output.strip(), "[]"))


def draining(place: SubmitContext, orders: Orders, *options: str, is_stocked: bool = True) -> Side:
    """Create the orders that wait in a database made for this run."""
    database = place.databases / "drained.db"
    words = ("queue", "run", "--max-runtime", "2h", "--database", database, *options)

    def checked(took: Took) -> None:
        results.check_summary(took, claimed=orders.count, completed=orders.count, remaining=0)
        results.check_drained(database, place.file(orders), orders)

    queued = place.queued(orders, is_stocked=is_stocked)
    return Side(ordercli(*words), partial(place.copy, queued, database), checked)


def _against(
    place: SubmitContext, orders: Orders, package: str, action: str, *options: str, is_stocked: bool
) -> tuple[Side, Side]:
    return draining(place, orders, *options, is_stocked=is_stocked), _peer(place, orders, package, action)


def _peer(place: SubmitContext, orders: Orders, package: str, action: str) -> Side:
    """Return a peer with a new queue for each run; if only `run` is measured, the queue is filled before."""
    store = place.databases / f"{package}-queue"

    def call(verb: str) -> Command:
        script = QUEUES / f"{package.replace('-', '_')}_queue.py"
        python = python_peer(package) / "python"
        return Command([str(python), str(script), verb, str(store), str(place.file(orders))], folder=place.databases)

    def before() -> None:
        _remove(store)
        if action == "run":
            run(call("put"))

    return Side(call(action), before, lambda took: results.expect("tasks", int(took.output), orders.count))


def _remove(store: Path) -> None:
    for left in store.parent.glob(f"{store.name}*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()
