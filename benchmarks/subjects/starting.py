"""Commands that have next to nothing to do, against the interpreter itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import PYTHON, SubmitContext, ordercli, silent
from benchmarks.timing import Command, Took
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS = 15
_OTHER = "python -c pass"


def works(place: SubmitContext) -> Iterator[Work]:
    """--version, an idle run of the queue, and one order shown."""
    few = Orders(100)
    bare = Side(Command([str(PYTHON), "-c", "pass"]))

    def idle() -> tuple[Side, Side]:
        return Side(silent(ordercli("queue", "run", "--database", place.created(few))), check=_says_nothing), bare

    def shown() -> tuple[Side, Side]:
        return showing(place, few, "PO-00000042"), bare

    yield Work("--version", _OTHER, lambda: (Side(ordercli("--version")), bare), Mark("as much", 2, 1.1), pairs=PAIRS)
    yield Work("queue run, nothing to do", _OTHER, idle, Mark("as much", 6.5, 5), pairs=PAIRS)
    yield Work("show ID", _OTHER, shown, Mark("as much", 7, 5), pairs=PAIRS)


def showing(place: SubmitContext, orders: Orders, external_id: str) -> Side:
    """Show an order of a database in which all were created."""

    def checked(took: Took) -> None:
        results.check_shown(took, external_id)

    return Side(ordercli("show", external_id, "--database", place.created(orders)), check=checked)


def _says_nothing(took: Took) -> None:
    results.expect("output of an idle run", took.output, "")
