"""What the rules share about one order, found out once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from ordercli.tmf622.currency import Unit, units
from ordercli.tmf622.lines import Line, lines

if TYPE_CHECKING:
    from collections.abc import Collection

    from ordercli.tmf622.shapes import ProductOrder
    from ordercli.tmf622.words import Profile

Mode = Literal["sync", "async"]
Pair = tuple[str, str]


class Limits(NamedTuple):
    """How many line items an order may have, and how many findings are told of it; 0 is no limit."""

    max_items_sync: int = 0
    max_items_async: int = 0
    max_findings: int = 0


NO_LIMITS = Limits()


class Terms(NamedTuple):
    """What holds for every order of a run."""

    profile: Profile = "servicenow"
    mode: Mode = "async"
    limits: Limits = NO_LIMITS


class OrderCase:
    """One order before the rules.

    `faults` are the pointers that the shape step named. `ids` holds every line that has an id by it, the first of
    namesakes. `has_child` and `has_parent` are the (parent, child) ids that HasChild and HasParent claim, `pairs` both
    together; only lines of the order are in them, and none that shares its id. `related` are the ids that relations of
    any type name. `units` are the currency codes of the prices.
    """

    __slots__ = (
        "currency", "faults", "has_child", "has_parent", "ids", "lines", "order", "pairs", "related", "terms", "units"
    )  # fmt: skip

    def __init__(
        self, order: ProductOrder, terms: Terms, currency: str | None, faults: Collection[str] = frozenset()
    ) -> None:
        self.order = order
        self.terms = terms
        self.currency = currency
        self.faults = faults
        self.lines = lines(order)
        self.ids: dict[str, Line] = {}
        self.has_child: set[Pair] = set()
        self.has_parent: set[Pair] = set()
        self.related: set[str] = set()
        self.units: list[Unit] = []
        shared: set[str] = set()
        for line in self.lines:
            if line.item.get("itemPrice"):
                self.units += units(line)
            if own := line.item.get("id"):
                if self.ids.setdefault(own, line) is not line:
                    shared.add(own)
                if line.above or line.item.get("productOrderItemRelationship"):
                    self._relate(own, line)
        if shared or not self.related <= self.ids.keys():
            clear = self.ids.keys() - shared
            self.has_child = {pair for pair in self.has_child if clear.issuperset(pair)}
            self.has_parent = {pair for pair in self.has_parent if clear.issuperset(pair)}
        self.pairs = self.has_child | self.has_parent

    def _relate(self, own: str, line: Line) -> None:
        if holder := line.holder:
            self.has_child.add((holder, own))
            self.has_parent.add((holder, own))
        for relation in line.item.get("productOrderItemRelationship") or ():
            other, kind = relation.get("id"), relation.get("relationshipType")
            if other:
                self.related.add(other)
                if kind == "HasChild":
                    self.has_child.add((own, other))
                elif kind == "HasParent":
                    self.has_parent.add((other, own))
