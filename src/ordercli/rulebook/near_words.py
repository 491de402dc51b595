"""Suggest the word of a closed list that was probably meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

from ordercli.rulebook.rule import Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable


def near_word(word: str, known: Iterable[str], least_ratio: float = 0.6) -> Suggestion | None:
    """Return the most similar known word, which is safe if no other one is similar; None if none is."""
    alike = get_close_matches(word, known, n=2, cutoff=least_ratio)
    return Suggestion(alike[0], "maybe" if alike[1:] else "safe") if alike else None
