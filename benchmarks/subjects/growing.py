"""The same work on little and on much: memory and time per order must stay as they are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import SubmitContext, ordercli
from benchmarks.subjects.queueing import draining
from benchmarks.subjects.starting import PAIRS, showing
from benchmarks.subjects.submitting import submitting
from benchmarks.timing import Took, run
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW = Orders(1_000)
_MEMORY_PAIRS = 2  # a peak hardly depends on what else the machine does


def memory(place: SubmitContext, small: int, large: int) -> Iterator[Work]:
    """Peak memory of the bulk commands at `large` orders against `small`."""
    mark = Mark("as much", 1.1, 1.05, ceiling=150)
    few, many = Orders(small), Orders(large)
    sides = {
        "submit --async": lambda orders: submitting(place, orders, "--async", "--jobs", "1"),
        "submit": lambda orders: submitting(place, orders, "--jobs", "1"),
        "queue run": lambda orders: draining(place, orders),
        "validate": lambda orders: _validating(place, orders),
    }
    for name, side in sides.items():
        yield Work(
            f"{name}, peak memory at {large:,} orders",
            f"at {small:,}",
            lambda side=side: (side(many), side(few)),  # type: ignore[misc]
            mark,
            measure="peak",
            pairs=_MEMORY_PAIRS,
        )


def million(place: SubmitContext, count: int, batch: int) -> Iterator[Work]:
    """Commands on a database with `count` finished (lean) orders against a small one; `batch` orders are created."""
    many = Orders(count, items=1)
    last = f"PO-{count - 1:08d}"
    kept = f"with {count:,} orders kept"
    mark = Mark("as much", 1.5, 1.1)
    yield Work(
        f"queue run, {batch:,} orders, {kept}",
        "with none kept",
        lambda: (_draining_more(place, many, batch), draining(place, Orders(batch))),
        Mark("as much", 1.1, 1.03),
    )
    yield Work(
        f"list --state new --limit 50, {kept}",
        "with 1,000",
        lambda: (_listing(place, many), _listing(place, _FEW)),
        mark,
        pairs=PAIRS,
    )
    yield Work(
        f"show ID, {kept}",
        "with 1,000",
        lambda: (showing(place, many, last), showing(place, _FEW, "PO-00000042")),
        mark,
        pairs=PAIRS,
    )


def _validating(place: SubmitContext, orders: Orders) -> Side:
    words = ("validate", place.file(orders), "--database", place.stocked, "--jobs", "1", "--format", "json")
    return Side(ordercli(*words), check=lambda took: results.check_summary(took, orders=orders.count))


def _draining_more(place: SubmitContext, kept: Orders, batch: int) -> Side:
    """Create orders in the database that is kept; each run adds them under a source of its own."""
    database = place.created(kept)
    sources = iter(range(1_000_000))

    def before() -> None:
        source = f"growth-{next(sources)}"
        file = place.file(Orders(batch))
        run(ordercli("submit", file, "--async", "--source", source, "--database", database))

    def checked(took: Took) -> None:
        results.check_summary(took, claimed=batch, completed=batch, remaining=0)

    return Side(ordercli("queue", "run", "--database", database), before, checked)


def _listing(place: SubmitContext, orders: Orders) -> Side:
    words = ("list", "--state", "new", "--limit", "50", "-o", "id", "--database", place.created(orders))
    return Side(ordercli(*words), check=partial(results.check_listed, count=50))
