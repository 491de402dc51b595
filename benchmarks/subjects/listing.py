"""Lists: a screenful against one order, whole lists against the shell of SQLite that prints the same columns."""

from __future__ import annotations

import shutil
from functools import partial
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import SubmitContext, ordercli
from benchmarks.subjects.starting import PAIRS, showing
from benchmarks.timing import CannotRunError, Command, Took
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW = Orders(1_000)
_COLUMNS = "SELECT order_id, external_id, state, created_at FROM customer_order ORDER BY created_at DESC, seq DESC"


def works(place: SubmitContext, count: int) -> Iterator[Work]:
    """Yield a page of each list, and lists of `count` (lean) orders in each format."""
    many = Orders(count, items=1)
    screenful = {
        "list --limit 50": ("list", "--limit", "50"),
        "queue list": ("queue", "list"),
        "reference list": ("reference", "list", "Customer"),
    }
    for name, words in screenful.items():
        yield Work(
            name,
            "show ID",
            lambda words=words: (_screenful(place, words), showing(place, _FEW, "PO-00000042")),  # type: ignore[misc]
            Mark("as much", 1.3, 1.1),
            pairs=PAIRS,
        )
    for form in ("id", "csv", "ndjson"):
        yield Work(
            f"list --limit 0 -o {form}, {count:,} orders",
            "sqlite3, the same columns" if form != "ndjson" else "sqlite3, the payloads",
            lambda form=form: (_whole(place, many, form), _shell(place, many, form)),  # type: ignore[misc]
            Mark("as much", 6, 3),
        )
    yield Work(
        f"list --limit 0 -o table, {count:,} orders",
        "-o csv",
        lambda: (_whole(place, many, "table"), _whole(place, many, "csv")),
        Mark("as much", 2, 1.3),
    )


def _screenful(place: SubmitContext, words: tuple[str, ...]) -> Side:
    command = ordercli(*words, "-o", "id", "--database", place.created(_FEW))
    return Side(command, check=partial(results.check_listed, count=50))


def _whole(place: SubmitContext, orders: Orders, form: str) -> Side:
    command = ordercli("list", "--limit", "0", "-o", form, "--database", place.created(orders))
    names = 1 if form in {"csv", "table"} else 0
    return Side(command, check=lambda took: _check_lines(took, orders.count + names))


def _shell(place: SubmitContext, orders: Orders, form: str) -> Side:
    program = shutil.which("sqlite3")
    if program is None:
        raise CannotRunError("sqlite3: the shell of SQLite is not installed")
    statement = "SELECT body FROM payload" if form == "ndjson" else _COLUMNS
    command = Command([program, "-csv" if form == "csv" else "-list", str(place.created(orders)), statement])
    return Side(command, check=lambda took: _check_lines(took, orders.count))


def _check_lines(took: Took, count: int) -> None:
    results.expect("lines of the list", len(took.output.splitlines()), count)
