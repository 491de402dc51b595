"""Words that nobody knows become the words that were probably meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 1_000
LONGEST = 60


class Suggestions:
    """What was probably meant, for the first thousand words of an order: to compare spellings is slow."""

    def __init__(self) -> None:
        self._left = MOST

    def nearest(self, word: str, known: Iterable[str]) -> str | None:
        """The known word that is spelled most alike; None where none is, or after too many words."""
        if not self._left:
            return None
        self._left -= 1
        alike = get_close_matches(word[:LONGEST], known, n=1)
        return alike[0] if alike else None
