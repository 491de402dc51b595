"""Bytes become a well-shaped order in one step; whatever is not plainly one is left to the exact reading."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from ordercli.validation.nesting import is_too_deep

if TYPE_CHECKING:
    from ordercli.tmf622.shapes import ProductOrder

# Text that begins with a blank may be nothing else, and then it counts as missing where it is required.
_BLANK_FIRST = re.compile(rb'"[ ]').search
_ESCAPED_BLANK_FIRST = re.compile(rb'"\\(?:[tnrf]|u00[02])').search


def quick_reader(shape: type) -> Callable[[bytes], ProductOrder | None]:
    """A function that decodes an order of this shape, or answers None: the exact reading has to look.

    What it accepts has no fault of shape. Members that the shape does not know are dropped; a null stays None.
    """
    decode: Callable[[bytes], ProductOrder] = msgspec.json.Decoder(shape).decode

    def read(data: bytes) -> ProductOrder | None:
        try:
            order = decode(data)
            if not data.isascii():
                data.decode()
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        # Neither blank text nor depth is anything to msgspec.
        if b"\\" in data and _ESCAPED_BLANK_FIRST(data):
            return None
        return None if _BLANK_FIRST(data) or is_too_deep(data) else order

    return read
