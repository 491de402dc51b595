"""External ids as keys: an index of a PostgreSQL server takes some 2,700 bytes, the source among them."""

from __future__ import annotations

from ordercli.intake.nul import shown_nul

LONGEST_KEY_BYTES = 2000

# (external id, source) -> (order id, key of the payload).
Holders = dict[tuple[str, str], tuple[str, int]]


def fits_index(key: str) -> bool:
    """Whether a key, as a column keeps it, is short enough; the same on every engine."""
    return len(shown_nul(key).encode()) <= LONGEST_KEY_BYTES
