"""Those who follow a run of submit, as tests need them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.operations.results import OrderResult


class KilledError(Exception):
    """Stands for the end of the process."""


class KilledAfter:
    """A listener that ends the run after so many batches were committed."""

    def __init__(self, commits: int) -> None:
        self._left = commits

    def settled(self, _orders: Sequence[OrderResult]) -> None:
        """Count a batch."""
        self._left -= 1
        if not self._left:
            raise KilledError


class Heard:
    """A listener that remembers which lines were settled."""

    def __init__(self) -> None:
        self.lines: list[int] = []

    def settled(self, orders: Sequence[OrderResult]) -> None:
        """Remember a batch."""
        self.lines += [each.record.line for each in orders]
