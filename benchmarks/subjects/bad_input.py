"""Input that ought not to be: it must take no more time or memory than it deserves."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders, tiny_files, with_giant
from benchmarks.ours import REFUSED, SubmitContext, ordercli
from benchmarks.subjects.submitting import submitting
from benchmarks.subjects.validating import validating
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GIANT = 20 * 1024 * 1024
_CEILING = 150.0
_ONE = ("--jobs", "1")
_ASYNC = ("--async", *_ONE)


def works(place: SubmitContext, count: int) -> Iterator[Work]:
    """Every line bad, every line a duplicate, orders of an unusual form, by the megabyte; and their peaks of memory."""
    good, giants = Orders(count), Orders(max(count // 500, 1), items=1_000)
    many = Orders(max(count // 500, 1), characteristics=10_000)
    unusual = {
        "every line bad": Orders(count, bad=10),
        "orders of 1,000 line items": giants,
        "orders of 1,000 line items, each with a fault": replace(giants, bad=10, faulty_items=True),
        "orders with 10,000 characteristics in one line item": many,
    }
    mark = Mark("as much", 2)
    for name, orders in unusual.items():
        for command, side in (("validate", validating), ("submit --async", submitting)):
            options = _ASYNC if side is submitting else _ONE
            yield Work(
                f"{command}, {name}",
                "as many bytes of ordinary orders",
                lambda side=side, orders=orders, options=options: (  # type: ignore[misc]
                    side(place, orders, *options),
                    side(place, good, *options),
                ),
                # A thousand findings in a megabyte: for information.
                None if orders.faulty_items else mark,
                kind="as much",
                measure="per MB",
            )
    for name, made_of in (
        ("all lines duplicates of 100", _duplicates),
        ("one order of 20 MB among small ones", _giant),
        (f"{count:,} files of one order", _tiny),
    ):
        yield Work(
            f"submit --async, {name}",
            "as many bytes of ordinary orders",
            lambda made_of=made_of: (made_of(place, good), submitting(place, good, *_ASYNC)),  # type: ignore[misc]
            mark,
            measure="per MB",
        )
    for name, made, value in (
        ("every line bad", partial(submitting, place, unusual["every line bad"], *_ASYNC), 1.5),
        ("one order of 20 MB among small ones", partial(_giant, place, good), 2),
    ):
        yield Work(
            f"submit --async, {name} (peak memory)",
            "ordinary orders",
            lambda made=made: (made(), submitting(place, good, *_ASYNC)),  # type: ignore[misc]
            Mark("as much", value, ceiling=_CEILING),
            measure="peak",
            pairs=2,
        )


def _duplicates(place: SubmitContext, orders: Orders) -> Side:
    return submitting(place, replace(orders, distinct=100), *_ASYNC)


def _giant(place: SubmitContext, orders: Orders) -> Side:
    file = with_giant(place.inputs, orders, _GIANT)
    return _submitting_path(place, file, orders.count + 1, rejected=1)


def _tiny(place: SubmitContext, orders: Orders) -> Side:
    return _submitting_path(place, tiny_files(place.inputs, orders.count), orders.count, rejected=0)


def _submitting_path(place: SubmitContext, path: Path, count: int, *, rejected: int) -> Side:
    database, rejects = place.databases / "submitted.db", place.databases / "bad.rejects.ndjson"

    def before() -> None:
        rejects.unlink(missing_ok=True)
        place.copy(place.stocked, database)

    words = (
        "submit",
        path,
        "--async",
        "--jobs",
        "1",
        "--database",
        database,
        "--rejects",
        rejects,
    )
    return Side(
        ordercli(*words, exit_codes=(REFUSED if rejected else 0,)),
        before,
        partial(results.check_summary, read=count, accepted=count - rejected, rejected=rejected),
        path.stat().st_size if path.is_file() else sum(file.stat().st_size for file in path.iterdir()),
    )
