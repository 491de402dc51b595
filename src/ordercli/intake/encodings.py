"""Which other encoding of Unicode an input is in, told by its first bytes."""

from __future__ import annotations

from collections.abc import Mapping

LOOKED_AT = 4

# The longer marks first, for one of UTF-16 begins one of UTF-32.
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
# Without a mark: which of the first four bytes are zero (RFC 4627, section 3).
_ZEROS: Mapping[tuple[bool, ...], str] = {
    (True, True, True, False): "UTF-32",
    (False, True, True, True): "UTF-32",
    (True, False, True, False): "UTF-16",
    (False, True, False, True): "UTF-16",
}


def other_encoding(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if an input that begins with these bytes is in one of them; JSON is in UTF-8."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return _ZEROS.get(tuple(byte == 0 for byte in head))
