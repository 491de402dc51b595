"""An order becomes its line items, flat and in document order, nested ones after the line that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ordercli.tmf622.shapes import ProductOrder, ProductOrderItem

AnyItem = TypeVar("AnyItem")
Json = dict[str, Any]


class Line(Struct, Generic[AnyItem], frozen=True):
    """A line item: the `n`th, from 0, of the order, or of the line `above` in which it is nested (profile tmf622)."""

    item: AnyItem
    n: int
    above: Line[AnyItem] | None = None

    @property
    def pointer(self) -> str:
        """Where the line stands; made when it is asked for, for few lines have anything to tell."""
        return f"{self.above.pointer if self.above else ''}/productOrderItem/{self.n}"


def lines(order: ProductOrder) -> list[Line[ProductOrderItem]]:
    """The lines of an order of either profile; none where it has no line items."""
    found: list[Line[ProductOrderItem]] = []
    _collect(order.product_order_item, None, lambda item: getattr(item, "product_order_item", None), found)
    return found


def document_lines(document: Mapping[str, Any]) -> list[Line[Json]]:
    """The lines of an order as a document."""
    found: list[Line[Json]] = []
    _collect(document.get("productOrderItem"), None, lambda item: item.get("productOrderItem"), found)
    return found


def _collect(
    items: list[Any] | None, above: Line[Any] | None, below: Callable[[Any], list[Any] | None], found: list[Line[Any]]
) -> None:
    for n, item in enumerate(items or ()):
        line = Line(item, n, above)
        found.append(line)
        if nested := below(item):
            _collect(nested, line, below, found)
