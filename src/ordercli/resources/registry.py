"""The kinds of order that ordercli knows."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ordercli.resources.product_order.product_order import PRODUCT_ORDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.resources.resource import Resource

# Keyed by the name that is stored and printed. A document that is recognised as none of them counts as the first.
RESOURCES: Mapping[str, Resource] = MappingProxyType({each.name: each for each in (PRODUCT_ORDER,)})
_FIRST, *_OTHERS = RESOURCES.values()
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_NOTHING = (b"null", b"[]", b"{}")
_MARKS = tuple(f'"{each.items}"'.encode() for each in _OTHERS)


def kind_of(data: bytes) -> Resource:
    """Return the first kind whose list of line items the document has, preferably one that is not empty."""
    if not any(mark in data for mark in _MARKS):
        return _FIRST
    import msgspec  # noqa: PLC0415 - most documents are of the first kind

    try:
        members = msgspec.json.decode(data.removeprefix(_BYTE_ORDER_MARK), type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _FIRST
    named = [each for each in RESOURCES.values() if each.items in members]
    return next((each for each in named if bytes(members[each.items]) not in _NOTHING), named[0] if named else _FIRST)
