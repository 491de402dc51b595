"""Diagnostics are counted by fault: one code at one place, whichever order and line item it is in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from ordercli.render.visible import visible

if TYPE_CHECKING:
    from ordercli.pipeline.outcomes.diagnostic import Diagnostic
    from ordercli.validation.finding import Severity

EXAMPLES: Final = 3

_INDEX = re.compile(r"/(?:0|[1-9][0-9]*)(?=/|$)")


class Group(NamedTuple):
    """The same fault at the same wildcard pointer (`/productOrderItem/*/action`); None stands for many pointers."""

    severity: Severity
    code: str
    name: str
    pointer: str | None


class Groups:
    """How often each group was seen, in order of first sight.

    Unknown members make pointers without end: past `MOST` groups the new ones of a code are counted as one.
    """

    MOST: Final = 10_000

    def __init__(self) -> None:
        self._counts: dict[Group, int] = {}

    def add(self, diagnostic: Diagnostic) -> int:
        """Count a diagnostic; the number that it has in its group, from 1."""
        group = Group(diagnostic.severity, diagnostic.code, diagnostic.name, _INDEX.sub("/*", diagnostic.pointer))
        if group not in self._counts and len(self._counts) >= self.MOST:
            group = group._replace(pointer=None)
        self._counts[group] = self._counts.get(group, 0) + 1
        return self._counts[group]

    def __iter__(self) -> Iterator[tuple[Group, int]]:
        """Each group with its count."""
        return iter(self._counts.items())


def rest_of(group: Group, count: int) -> str:
    """Return how many more there are of a group than the examples that were shown."""
    return f"{group.name}: {count - EXAMPLES:,} more {_places(group)} ({count:,} in all)"


def _places(group: Group) -> str:
    if group.pointer is None:
        return "at many other places"
    return f"at {visible(group.pointer)}" if group.pointer else "at the whole document"
