"""Suggest the word that was probably meant."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 1_000
LONGEST = 60
_SLIP = 0.85  # below this ratio the names of fields that are spelled alike mostly mean different things
_SEPARATORS = re.compile("[-_]")


class Suggestions:
    """Suggestions for the first thousand unknown words of an order, as comparing spellings is slow."""

    def __init__(self) -> None:
        self._left = MOST

    def nearest(self, word: str, known: Iterable[str]) -> str | None:
        """Return the most similar known word; None if none is similar, or after too many words."""
        return self._alike(word, known, 0.6)

    def likely_slip(self, word: str, known: Iterable[str]) -> str | None:
        """Return the known word that differs in letter case, hyphens and underscores alone, or else by very little."""
        folded = {_folded(name): name for name in known}
        return folded.get(_folded(word)) or self._alike(word, folded.values(), _SLIP)

    def _alike(self, word: str, known: Iterable[str], least_ratio: float) -> str | None:
        if not self._left:
            return None
        self._left -= 1
        alike = get_close_matches(word[:LONGEST], known, n=1, cutoff=least_ratio)
        return alike[0] if alike else None


def _folded(word: str) -> str:
    return _SEPARATORS.sub("", word).lower()
