"""queue run against its own statements, run by SQLite from a list."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import PYTHON, SubmitContext
from benchmarks.subjects.queueing import draining
from benchmarks.timing import Command, Took, run
from benchmarks.works import Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]


class Replaying(Side):
    """Run statements from a list; the time to read that list does not count."""

    def run(self) -> Took:
        """Return what the run took, with the seconds that it printed."""
        took = super().run()
        return replace(took, wall=float(took.output))


def works(place: SubmitContext, count: int) -> Iterator[Work]:
    """Yield the queue in one process against the floor of SQLite."""
    orders = Orders(count)
    yield Work(
        "queue run --jobs 1, reference data loaded (for information)",
        "its own statements alone, from a list (the floor of SQLite)",
        lambda: (draining(place, orders, "--jobs", "1"), _replaying(place, orders)),
        kind="as much",
    )


def _replaying(place: SubmitContext, orders: Orders) -> Side:
    database, log = place.databases / "floor.db", place.databases / "floor.log"
    queued = place.queued(orders)

    def call(action: str) -> Command:
        return Command([str(PYTHON), "-m", "benchmarks.floor", action, str(database), str(log)], folder=_ROOT)

    place.copy(queued, database)
    run(call("record"))
    checked = partial(results.check_drained, database, place.file(orders), orders)
    return Replaying(call("replay"), partial(place.copy, queued, database), lambda _: checked())
