"""Orders in two forms: service orders against product orders, and TMF622 v5 against v4."""

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

# By form: its name, the other form, the name of that, and the mark.
_PAIRS = {
    "services": ("service orders", "", "product orders with the same line items", Mark("as much", 1, 0.9)),
    "v5": ("TMF622 v5", "v4", "as many bytes of orders in TMF622 v4", Mark("as much", 1.15, 1.05)),
}
# The same content is longer in v5, so that a file of the same size has more orders in v4.
_OF_EQUAL_SIZE = {"v5"}


def works(place: SubmitContext, count: int) -> Iterator[Work]:
    """Validate, submit and create as many orders, or as many bytes of them, in each form, in one process each."""
    sides: dict[str, Callable[[Orders], Side]] = {
        "validate": partial(_validating, place),
        "submit --async": partial(_submitting, place),
        "queue run": partial(_draining, place),
    }
    for form, (title, other_form, other, mark) in _PAIRS.items():
        for name, side in sides.items():
            yield Work(f"{name}, {title}", other, partial(_both, side, count, form, other_form), mark)


def _both(side: Callable[[Orders], Side], count: int, form: str, other_form: str) -> tuple[Side, Side]:
    orders = Orders(count, form=form)
    others = round(count * _size(form) / _size(other_form)) if form in _OF_EQUAL_SIZE else count
    return side(orders), side(Orders(others, form=other_form))


def _size(form: str) -> int:
    """Return the bytes of some orders in this form."""
    return sum(map(len, Orders(200, form=form).lines()))


def _validating(place: SubmitContext, orders: Orders) -> Side:
    return validating(place, orders, "--jobs", "1", is_stocked=False)


def _submitting(place: SubmitContext, orders: Orders) -> Side:
    return submitting(place, orders, "--async", "--jobs", "1", is_stocked=False)


def _draining(place: SubmitContext, orders: Orders) -> Side:
    return draining(place, orders, "--jobs", "1", is_stocked=False)
