"""Text that every engine can store and index."""

from __future__ import annotations

import re

_SYMBOL = "\u2400"
_ESCAPED = b"\\u0000"
# Behind an even number of backslashes it is no escape, but these six characters.
_AN_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def shown_nul(text: str) -> str:
    """A text as a column keeps it."""
    return text.replace("\0", _SYMBOL)


def shown_nuls(document: bytes) -> bytes:
    """A JSON document as columns are made from it."""
    if _ESCAPED not in document:
        return document
    return _AN_ESCAPE.sub(rb"\1\\u2400", document)


def has_nul(text: str, document: bytes) -> bool:
    """Return whether a text, taken from the document as columns are made from it, held U+0000."""
    return _SYMBOL in text and _ESCAPED in document


LONGEST_KEY_BYTES = 2000

# (external id, source) -> (order id, key of the payload).
Holders = dict[tuple[str, str], tuple[str, int]]


def fits_index(key: str) -> bool:
    """Return whether a key, as a column keeps it, is short enough; the same on every engine."""
    return len(shown_nul(key).encode()) <= LONGEST_KEY_BYTES
