"""Listeners of submit runs for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.operations.results import OrderResult


class KilledError(Exception):
    """Simulates that the process was killed."""


class KilledAfter:
    """Listens to a run and ends it after this many committed chunks."""

    def __init__(self, commits: int) -> None:
        self._left = commits

    def committed(self, _orders: Sequence[OrderResult]) -> None:
        """Count a batch."""
        self._left -= 1
        if not self._left:
            raise KilledError


class CollectedLines:
    """Listens to a run and collects the lines of committed orders."""

    def __init__(self) -> None:
        self.lines: list[int] = []

    def committed(self, orders: Sequence[OrderResult]) -> None:
        """Remember a batch."""
        self.lines += [each.record.line for each in orders]
