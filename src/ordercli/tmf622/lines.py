"""An order becomes its line items, flat and in document order, nested ones after the line that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from ordercli.tmf622.shapes import ProductOrder, ProductOrderItem


class Line(Struct, frozen=True):
    """A line item: the `n`th, from 0, of the order, or of the line `above` in which it is nested (profile tmf622)."""

    item: ProductOrderItem
    n: int
    above: Line | None = None

    @property
    def pointer(self) -> str:
        """Where the line stands; made when it is asked for, for few lines have anything to tell."""
        return f"{self.above.pointer if self.above else ''}/productOrderItem/{self.n}"

    @property
    def holder(self) -> str | None:
        """The id of the line above, its parent as if by HasParent; None where there is none, or none with an id."""
        return self.above.item.get("id") if self.above else None


def lines(order: ProductOrder) -> list[Line]:
    """The lines of an order; none where it has no line items.

    Takes any well-shaped order, and one from which the shape step has removed what was wrong.
    """
    found: list[Line] = []
    _collect(order, None, found)
    return found


def _collect(parent: Any, above: Line | None, found: list[Line]) -> None:  # noqa: ANN401 - order or item
    for n, item in enumerate(parent.get("productOrderItem") or ()):
        line = Line(item, n, above)
        found.append(line)
        if "productOrderItem" in item:
            _collect(item, line, found)
