"""Bytes become a well-shaped order in one step; whatever is not plainly one is left to the exact reading."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from msgspec import DecodeError
from msgspec.json import Decoder

from ordercli.tmf622.forms import holds_itself, known
from ordercli.validation.nesting import is_too_deep

if TYPE_CHECKING:
    from msgspec import Struct

    from ordercli.tmf622.shapes import ProductOrder

# Text that begins with a blank may be nothing else, and then it counts as missing where it is required.
_BLANK_FIRST = re.compile(rb'"[ ]').search
_ESCAPED_BLANK_FIRST = re.compile(rb'"\\(?:[tnrf]|u00[02])').search


def quick_reader(shape: Any) -> Callable[[bytes], Any]:  # noqa: ANN401 - whatever msgspec decodes
    """A function that decodes a document of this shape, or answers None: the exact reading has to look.

    What it accepts has no fault of shape. Members that the shape does not know are dropped; a null stays None.
    """
    decode = Decoder(shape).decode

    def read(data: bytes) -> Any:  # noqa: ANN401 - as above
        document = _decoded(decode, data)
        return None if document is None or _may_have_blank_text(data) or is_too_deep(data) else document

    return read


def quick_order_reader(shape: type[Struct]) -> Callable[[bytes], tuple[ProductOrder, bool] | None]:
    """The same for orders; it tells, too, whether an order has fields alone that somebody knows.

    Such an order, as nearly all are, has no whole number beyond 2^53, and holds objects only where its shape has them,
    no deeper than that.
    """
    decode_known = Decoder(known(shape)).decode
    read_any = quick_reader(shape)
    is_shallow = not holds_itself(shape)

    def read(data: bytes) -> tuple[ProductOrder, bool] | None:
        order = _decoded(decode_known, data)
        if order is None:
            order = read_any(data)
            return None if order is None else (order, False)
        if _may_have_blank_text(data) or (not is_shallow and is_too_deep(data)):
            return None
        return order, True

    return read


def _decoded(decode: Callable[[bytes], Any], data: bytes) -> Any:  # noqa: ANN401 - as above
    try:
        document = decode(data)
        if not data.isascii():
            data.decode()
    except (DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return document


def _may_have_blank_text(data: bytes) -> bool:
    """Blank text is nothing to msgspec."""
    return bool(b"\\" in data and _ESCAPED_BLANK_FIRST(data)) or bool(_BLANK_FIRST(data))
