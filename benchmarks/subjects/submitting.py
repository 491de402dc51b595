"""submit against sqlite-utils, which inserts the same lines without looking at them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import REFUSED, SubmitContext, ordercli
from benchmarks.peers import python_peer
from benchmarks.timing import Command
from benchmarks.works import BOTH, Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.timing import Took


def works(place: SubmitContext, count: int) -> Iterator[Work]:
    """Both modes, with one process and with two; then a file in which half of the lines are bad."""
    orders = Orders(count)
    for jobs, mark in ((1, Mark("faster", 1.45, 1.8)), (2, Mark("faster", 2, 3))):
        for ending, is_stocked in BOTH.items():
            yield Work(
                f"submit --async, {_processes(jobs)}{ending}",
                "sqlite-utils insert --nl (no validation)",
                partial(_against_sqlite_utils, place, orders, "--async", jobs, is_stocked=is_stocked),
                mark if is_stocked else None,
            )
        yield Work(
            f"submit, {_processes(jobs)} (five tables; for information)",
            "sqlite-utils insert --nl (no validation)",
            partial(_against_sqlite_utils, place, orders, "", jobs, is_stocked=False),
        )
    yield Work(
        "submit --async, half of the lines bad",
        "the same, all lines good",
        partial(_half_bad, place, count),
        Mark("as much", 2, 1.5),
    )


def _processes(jobs: int) -> str:
    return "one process" if jobs == 1 else f"{jobs} processes"


def submitting(place: SubmitContext, orders: Orders, *options: object, is_stocked: bool = True) -> Side:
    """Submit a file into a database of its own."""
    database = place.databases / "submitted.db"
    file = place.file(orders)
    rejects = place.databases / "submitted.rejects.ndjson"
    words = ("submit", file, "--database", database, "--rejects", rejects, *orders.options, *options)
    check = results.check_queued if "--async" in options else results.check_created
    is_clean = orders.good == orders.count

    def checked(took: Took) -> None:
        results.check_summary(took, read=orders.count, rejected=orders.count - orders.good)
        check(database, file, orders)
        if not is_clean:
            results.check_rejects(rejects, orders)

    base = place.stocked if is_stocked else place.empty

    def before() -> None:
        rejects.unlink(missing_ok=True)
        place.copy(base, database)

    command = ordercli(*words, exit_codes=(0 if is_clean else REFUSED,))
    return Side(command, before, checked, file.stat().st_size)


def _against_sqlite_utils(
    place: SubmitContext, orders: Orders, mode: str, jobs: int, *, is_stocked: bool
) -> tuple[Side, Side]:
    options = [*([mode] if mode else []), "--jobs", str(jobs)]
    return submitting(place, orders, *options, is_stocked=is_stocked), _sqlite_utils(place, orders)


def _sqlite_utils(place: SubmitContext, orders: Orders) -> Side:
    database: Path = place.databases / "peer.db"
    program = python_peer("sqlite-utils") / "sqlite-utils"
    words = [str(program), "insert", str(database), "orders", str(place.file(orders)), "--nl"]
    return Side(
        Command(words),
        partial(database.unlink, missing_ok=True),
        lambda _: results.expect("rows", results.count_rows(database, "orders"), orders.count),
    )


def _half_bad(place: SubmitContext, count: int) -> tuple[Side, Side]:
    options = ("--async", "--jobs", "1")
    return submitting(place, Orders(count, bad=5), *options), submitting(place, Orders(count), *options)
