"""A part of a longer list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple, TypeVar

CHUNK = 200
_T = TypeVar("_T")


class Page(NamedTuple):
    """The documents of a page, one after the other, and how many there are in all behind it."""

    rows: Iterator[dict[str, Any]]
    total: Callable[[], int]
    limit: int


def chunks(items: Iterable[_T]) -> Iterator[list[_T]]:
    """The items, 200 at a time, so that what belongs to them can be fetched together."""
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
