"""Service orders against product orders with the same line items: what a line item costs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.inputs import Orders
from benchmarks.subjects.queueing import draining
from benchmarks.subjects.submitting import submitting
from benchmarks.subjects.validating import validating
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.ours import SubmitContext

_OTHER = "product orders with the same line items"
_MARK = Mark("as much", 1)


def works(place: SubmitContext, count: int) -> Iterator[Work]:
    """Validate, submit and create as many service orders as product orders, in one process each."""
    sides: dict[str, Callable[[Orders], Side]] = {
        "validate": partial(_validating, place),
        "submit --async": partial(_submitting, place),
        "queue run": partial(_draining, place),
    }
    for name, side in sides.items():
        yield Work(f"{name}, service orders", _OTHER, partial(_both, side, count), _MARK)


def _both(side: Callable[[Orders], Side], count: int) -> tuple[Side, Side]:
    return side(Orders(count, of_services=True)), side(Orders(count))


def _validating(place: SubmitContext, orders: Orders) -> Side:
    return validating(place, orders, "--jobs", "1", is_stocked=False)


def _submitting(place: SubmitContext, orders: Orders) -> Side:
    return submitting(place, orders, "--async", "--jobs", "1", is_stocked=False)


def _draining(place: SubmitContext, orders: Orders) -> Side:
    return draining(place, orders, "--jobs", "1", is_stocked=False)
