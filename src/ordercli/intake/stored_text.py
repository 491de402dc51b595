"""Make text that every engine can store and index."""

from __future__ import annotations

import re

_SYMBOL = "\u2400"
_ESCAPED = b"\\u0000"
# After an odd number of backslashes, `\u0000` is not an escape but six characters.
_AN_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def shown_nul(text: str) -> str:
    """Return a text as a column stores it: with U+2400 in place of U+0000."""
    return text.replace("\0", _SYMBOL)


def shown_nuls(document: bytes) -> bytes:
    """Return a JSON document with U+2400 in place of U+0000; the columns are made from it."""
    if _ESCAPED not in document:
        return document
    return _AN_ESCAPE.sub(rb"\1\\u2400", document)


def has_nul(text: str, document: bytes) -> bool:
    """Return whether a text of the document, as `shown_nuls` returned it, held U+0000."""
    return _SYMBOL in text and _ESCAPED in document


LONGEST_KEY_BYTES = 2000

# (external id, source) -> (order id, key of the payload).
Holders = dict[tuple[str, str], tuple[str, int]]


def fits_index(key: str) -> bool:
    """Return whether a key, as a column stores it, is short enough for an index; the same on every engine."""
    return len(shown_nul(key).encode()) <= LONGEST_KEY_BYTES
