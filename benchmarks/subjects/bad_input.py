"""Input that ought not to be: it must take no more time or memory than it deserves."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders, tiny_files, with_giant
from benchmarks.ours import REFUSED, SubmitContext, ordercli
from benchmarks.subjects.submitting import submitting
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GIANT = 20 * 1024 * 1024
_CEILING = 150.0
_ASYNC = ("--async", "--jobs", "1")


def works(place: SubmitContext, count: int) -> Iterator[Work]:
    """Every line bad, every line a duplicate, one giant among small orders, a folder of tiny files."""
    good = Orders(count)
    all_bad = Orders(count, bad=10)
    yield Work(
        "submit --async, every line bad (peak memory)",
        "all lines good",
        lambda: (
            submitting(place, all_bad, *_ASYNC),
            submitting(place, good, *_ASYNC),
        ),
        Mark("as much", 1.5, ceiling=_CEILING),
        measure="peak",
        pairs=2,
    )
    yield Work(
        "submit --async, all lines duplicates of 100",
        "no duplicates",
        lambda: (_duplicates(place, count), submitting(place, good, *_ASYNC)),
        Mark("as much", 1.5),
    )
    yield Work(
        "submit --async, one order of 20 MB among small ones (peak memory)",
        "without it",
        lambda: (_giant(place, good), submitting(place, good, *_ASYNC)),
        Mark("as much", 2, ceiling=_CEILING),
        measure="peak",
        pairs=2,
    )
    yield Work(
        f"submit --async, {count:,} files of one order",
        "one file of as many",
        lambda: (_tiny(place, good), submitting(place, good, *_ASYNC)),
        Mark("as much", 3),
    )


def _duplicates(place: SubmitContext, count: int) -> Side:
    return submitting(place, Orders(count, distinct=100), *_ASYNC)


def _giant(place: SubmitContext, orders: Orders) -> Side:
    file = with_giant(place.inputs, orders, _GIANT)
    return _submitting_path(place, file, orders.count + 1, rejected=1)


def _tiny(place: SubmitContext, orders: Orders) -> Side:
    return _submitting_path(place, tiny_files(place.inputs, orders.count), orders.count, rejected=0)


def _submitting_path(place: SubmitContext, path: Path, count: int, *, rejected: int) -> Side:
    database = place.databases / "submitted.db"
    words = (
        "submit",
        path,
        "--async",
        "--jobs",
        "1",
        "--database",
        database,
        "--rejects",
        place.databases / "bad.rejects.ndjson",
    )
    return Side(
        ordercli(*words, exit_codes=(REFUSED if rejected else 0,)),
        partial(place.copy, place.stocked, database),
        partial(results.check_summary, read=count, accepted=count - rejected, rejected=rejected),
    )
