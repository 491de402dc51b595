"""The validation context: what the rules share about one order, computed once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from ordercli.resources.product_order.values import Line, Unit, foreign_units, given_currency, lines

if TYPE_CHECKING:
    from collections.abc import Collection

    from ordercli.resources.product_order.shapes import ProductOrder, ProductOrderItem
    from ordercli.resources.resource import Terms

Pair = tuple[str, str]

# What rules read of a product.
_NO_PRODUCT = SimpleNamespace(id=None, place=None, product_specification=None, product_characteristic=None)


def product_of(item: ProductOrderItem) -> Any:  # noqa: ANN401 - the product of either profile
    """Return the product of a line item; an empty one if the order leaves it out or it has a wrong shape."""
    return item.product or _NO_PRODUCT


class ValidationContext:
    """What the rules share about one order.

    `data` are the bytes that the order was read from, `faults` the pointers with a wrong shape. `ids` has the line item
    of each id, the first one if several have the same. `has_child` and `has_parent` are the pairs (parent, child) that
    HasChild and HasParent state, `pairs` are both together; they name only line items of the order whose ids are
    unique. `related` are the ids that relationships of any type name. `currency` is the currency of the order, or the
    default (`filled_currency`) if the order names none; it is None if the order's own is malformed. `foreign_units` are
    the currency codes of prices in another currency.
    """

    __slots__ = (
        "currency",
        "data",
        "faults",
        "filled_currency",
        "foreign_units",
        "has_child",
        "has_parent",
        "ids",
        "lines",
        "order",
        "pairs",
        "related",
        "terms",
    )

    def __init__(
        self,
        order: ProductOrder,
        terms: Terms,
        faults: Collection[str] = frozenset(),
        data: bytes = b"{}",
    ) -> None:
        self.order = order
        self.data = data
        self.terms = terms
        self.currency, self.filled_currency = _currency(order, terms.default_currency, faults)
        self.faults = faults
        self.lines = lines(order)
        self.ids: dict[str, Line[ProductOrderItem]] = {}
        self.has_child: set[Pair] = set()
        self.has_parent: set[Pair] = set()
        self.related: set[str] = set()
        self.foreign_units: list[Unit] = []
        shared: set[str] = set()
        for line in self.lines:
            if line.item.item_price:
                self.foreign_units += foreign_units(line, self.currency)
            if own := line.item.id:
                if self.ids.setdefault(own, line) is not line:
                    shared.add(own)
                if line.above or line.item.product_order_item_relationship:
                    self._relate(own, line)
        if shared or not self.related <= self.ids.keys():
            clear = self.ids.keys() - shared
            self.has_child = {pair for pair in self.has_child if clear.issuperset(pair)}
            self.has_parent = {pair for pair in self.has_parent if clear.issuperset(pair)}
        self.pairs = self.has_child | self.has_parent

    def _relate(self, own: str, line: Line[ProductOrderItem]) -> None:
        holder = line.above.item.id if line.above else None
        if holder:  # as if by HasParent
            self.has_child.add((holder, own))
            self.has_parent.add((holder, own))
        for relation in line.item.product_order_item_relationship or ():
            other, kind = relation.id, relation.relationship_type
            if other:
                self.related.add(other)
                if kind == "HasChild":
                    self.has_child.add((own, other))
                elif kind == "HasParent":
                    self.has_parent.add((other, own))


def _currency(order: ProductOrder, default: str | None, faults: Collection[str]) -> tuple[str | None, str | None]:
    """Return the currency of the order, and the default currency if that was used."""
    given = given_currency(order.order_currency, order.currency_code)
    if "/orderCurrency" in faults or (given is None and "/currencyCode" in faults):
        return None, None
    return (given[1], None) if given else (default, default)
