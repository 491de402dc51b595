"""A page of a list, read while it is printed."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

CHUNK = 200
_T = TypeVar("_T")


class Page(NamedTuple, Generic[_T]):
    """The rows of a page, one after the other, and how many the whole list has."""

    rows: Iterator[_T]
    total: Callable[[], int]
    limit: int


def chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    """Split the items into lists of 200, so that what belongs to them can be fetched together."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
