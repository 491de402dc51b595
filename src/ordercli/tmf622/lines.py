"""An order becomes its line items, flat and in document order, nested ones after the line that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from ordercli.tmf622.shapes import ProductOrder, ProductOrderItem


class Line(NamedTuple):
    """A line item and where it stands.

    `holder` is the id of the line item in which it is nested: its parent as if by HasParent (profile tmf622);
    None for a line of the order itself, or where that id is missing.
    """

    item: ProductOrderItem
    pointer: str
    holder: str | None = None


def lines(order: ProductOrder) -> list[Line]:
    """The lines of an order; none where it has no line items.

    Takes any well-shaped order, and one from which the shape step has removed what was wrong.
    """
    found: list[Line] = []
    _collect(order, "", None, found)
    return found


def _collect(parent: Any, pointer: str, holder: str | None, found: list[Line]) -> None:  # noqa: ANN401 - order or item
    for n, item in enumerate(parent.get("productOrderItem") or ()):
        line = Line(item, f"{pointer}/productOrderItem/{n}", holder)
        found.append(line)
        if "productOrderItem" in item:
            _collect(item, line.pointer, item.get("id"), found)
