"""The kinds of changes that a revision of an order makes (in-flight revisions of the Product Order Open API)."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.orders.changes import Change


class ChangeType(StrEnum):
    """What a change is about."""

    CHARACTERISTIC = "Characteristic"
    CONTACT = "Contact"
    PRICE = "Price"
    QUANTITY = "Quantity"
    RELATED_ITEMS = "Related items"
    STATE = "State"
    OTHER = "Other"


_LINES = re.compile(r"(/productOrderItem/\d+)*")
_BEGINNINGS = (
    ("/product/productCharacteristic", ChangeType.CHARACTERISTIC),
    ("/product/relatedParty", ChangeType.CONTACT),
    ("/relatedParty", ChangeType.CONTACT),
    ("/itemPrice", ChangeType.PRICE),
    ("/orderTotalPrice", ChangeType.PRICE),
    ("/quantity", ChangeType.QUANTITY),
    ("/productOrderItemRelationship", ChangeType.RELATED_ITEMS),
    ("/product/productRelationship", ChangeType.RELATED_ITEMS),
    ("/state", ChangeType.STATE),
)


def change_types(changes: Iterable[Change]) -> list[ChangeType]:
    """What the changes of one revision are about, each kind once, in the order of the kinds."""
    found = {change_type(change.pointer) for change in changes}
    return [each for each in ChangeType if each in found]


def change_type(pointer: str) -> ChangeType:
    """What a change at this place of an order document is about."""
    place = _LINES.sub("", pointer, count=1)
    return next((kind for start, kind in _BEGINNINGS if f"{place}/".startswith(f"{start}/")), ChangeType.OTHER)
