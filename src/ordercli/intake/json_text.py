"""JSON text as it came and as columns keep it: exact numbers, and a symbol for U+0000."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


def _as_it_came(number: str) -> msgspec.Raw:
    return msgspec.Raw(number.encode())


def _by_value(number: str) -> Decimal | str:
    """Return the number, or its text if the exponent is too large for a Decimal."""
    try:
        return Decimal(number)
    except InvalidOperation:
        return number


_as_text = msgspec.json.Decoder(float_hook=_as_it_came)
_as_value = msgspec.json.Decoder(float_hook=_by_value)
_encode = msgspec.json.Encoder().encode


def decode(document: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return a document whose fractional numbers are `msgspec.Raw`, so that they are written as they were read."""
    return _decoded(document, _as_text, _as_it_came)


def encode(value: Any) -> bytes:  # noqa: ANN401 - JSON
    """Return compact JSON for a value from `decode`."""
    return _encode(value)


def indented(document: bytes) -> bytes:
    """Return the document indented over several lines; numbers stay as they are."""
    return msgspec.json.format(document, indent=2)


def decode_values(document: bytes) -> Any:  # noqa: ANN401 - JSON
    """Return a document whose fractional numbers are Decimal, so that 1.0 equals 1 and 0.1 is exact."""
    return _decoded(document, _as_value, _by_value)


def _decoded(document: bytes, decoder: msgspec.json.Decoder[Any], number: Callable[[str], Any]) -> Any:  # noqa: ANN401
    try:
        return decoder.decode(document)
    except msgspec.ValidationError:  # an integer of more than 4,300 digits, which only the standard library takes
        import json  # noqa: PLC0415 - hardly ever

        return json.loads(document, parse_int=number, parse_float=number)


def without_nulls(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return the value without object members that are null, as null counts as absent."""
    if isinstance(value, dict):
        return {name: without_nulls(member) for name, member in value.items() if member is not None}
    if isinstance(value, list):
        return [without_nulls(element) for element in value]
    return value


BLANKS = " \t\n\r\f\v"
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


def is_blank(text: str) -> bool:
    """Return whether a text is empty or only ASCII white space."""
    return not text.strip(BLANKS)
