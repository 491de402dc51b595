"""The values of an order that rules look at: amounts, instants, currencies, line items, and the validation context."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal, DecimalException, Inexact
from functools import lru_cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from msgspec import Struct

from ordercli.intake.json_text import is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from ordercli.resources.common.protocols import Item, Order, Price
    from ordercli.resources.resource import Terms

MOST_DIGITS = 1000  # more than any real price has

_EXACT = Context(prec=MOST_DIGITS, traps=[Inexact])


def added(one: Decimal, other: Decimal) -> Decimal | None:
    """Return the exact sum; None if it has more than 1,000 digits."""
    try:
        return _EXACT.add(one, other)
    except DecimalException:
        return None


_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)
_SECONDS = slice(17, 19)


@lru_cache(maxsize=1024)
def instant(text: str) -> datetime | None:
    """Return the instant that an RFC 3339 date-time names, to the microsecond; None for anything else.

    An offset or `Z` is required, and the day must exist. `t` and `z` may be lower case (RFC 3339, section 5.6). A
    leap second is allowed where one can occur, at 23:59:60 UTC on the last day of June or December; it counts as the
    second after it. The years 1 to 9999 are supported.
    """
    if not _DATE_TIME.fullmatch(text):
        return None
    try:
        if text[_SECONDS] == "60":
            return _leap_second(datetime.fromisoformat(f"{text[: _SECONDS.start]}59{text[_SECONDS.stop :]}".upper()))
        return datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError):
        return None


def _leap_second(before: datetime) -> datetime | None:
    utc = before.astimezone(UTC)
    at_the_turn = (utc.hour, utc.minute) == (23, 59) and (utc.month, utc.day) in {(6, 30), (12, 31)}
    return utc + timedelta(seconds=1) if at_the_turn else None


Way = tuple[str | int, ...]
Unit = tuple[str, "Line[Item]", Way]

_CODE = re.compile("[A-Z]{3}")


def is_currency_code(text: str) -> bool:
    """Return whether a text looks like an ISO 4217 code: three upper-case letters."""
    return _CODE.fullmatch(text) is not None


def given_currency(order_currency: str | None, currency_code: str | None) -> tuple[str, str] | None:
    """Return the pointer and the value of the currency of an order: `orderCurrency`, else its old name.

    Blank text counts as missing.
    """
    if order_currency and not is_blank(order_currency):
        return "/orderCurrency", order_currency
    if currency_code and not is_blank(currency_code):
        return "/currencyCode", currency_code
    return None


def foreign_units(line: Line[Item], currency: str | None) -> list[Unit]:
    """Return each `unit` in the prices of a line that is another currency: its code, the line, and its path."""
    found: list[Unit] = []
    for n, item_price in enumerate(line.item.item_price or ()):
        if price := item_price.price:
            _add_units(found, currency, line, price, (n,))
        for m, alteration in enumerate(item_price.price_alteration or ()):
            if alteration.price:
                _add_units(found, currency, line, alteration.price, (n, "priceAlteration", m))
    return found


def _add_units(found: list[Unit], currency: str | None, line: Line[Item], price: Price, way: Way) -> None:
    # Spelled out for speed, not built from a generator: this runs for every price of every order.
    if (amount := price.duty_free_amount) and (code := amount.unit) and code != currency:
        found.append((code, line, (*way, "price", "dutyFreeAmount")))
    if (amount := price.tax_included_amount) and (code := amount.unit) and code != currency:
        found.append((code, line, (*way, "price", "taxIncludedAmount")))


def unit_pointer(line: Line[Item], way: Way) -> str:
    """Return the pointer of a unit that `foreign_units` found."""
    return f"{line.pointer}/itemPrice/{'/'.join(map(str, way))}/unit"


AnyItem = TypeVar("AnyItem")
Json = dict[str, Any]


class Line(Struct, Generic[AnyItem], frozen=True):
    """A line item: the `n`th, from 0, of the order, or of the line `above` in which it is nested.

    `items` is the member that has the line items.
    """

    item: AnyItem
    n: int
    above: Line[AnyItem] | None = None
    items: str = "productOrderItem"

    @property
    def pointer(self) -> str:
        """The pointer of the line. It is built on demand, as few lines have findings."""
        return f"{self.above.pointer if self.above else ''}/{self.items}/{self.n}"


def lines(order: Order) -> list[Line[Item]]:
    """Return the line items of an order of any profile, nested ones too."""
    found: list[Line[Item]] = []
    _collect(order.product_order_item, None, _nested, found, order.items)
    return found


def _nested(item: Item) -> list[Item] | None:
    return getattr(item, "product_order_item", None)


def document_lines(document: Mapping[str, Any], items: str = "productOrderItem") -> list[Line[Json]]:
    """Return the line items of an order document, nested ones too; `items` is the member that has them."""
    found: list[Line[Json]] = []
    _collect(document.get(items), None, lambda item: item.get(items), found, items)
    return found


def _collect(
    given: list[Any] | None,
    above: Line[Any] | None,
    below: Callable[[Any], list[Any] | None],
    found: list[Line[Any]],
    items: str = "productOrderItem",
) -> None:
    for n, item in enumerate(given or ()):
        line = Line(item, n, above, items)
        found.append(line)
        if nested := below(item):
            _collect(nested, line, below, found, items)


Pair = tuple[str, str]

# What rules read of a product.
_NO_PRODUCT = SimpleNamespace(id=None, place=None, product_specification=None, product_characteristic=None)


def product_of(item: Item) -> Any:  # the product of either profile
    """Return the product of a line item; an empty one if the order leaves it out or it has a wrong shape."""
    return item.product or _NO_PRODUCT


class ValidationContext:
    """What the rules share about one order.

    `data` are the bytes that the order was read from, `faults` the pointers with a wrong shape. `ids` has the line item
    of each id, the first one if several have the same. `has_child` and `has_parent` are the pairs (parent, child) that
    HasChild and HasParent state, `pairs` are both together; they name only line items of the order whose ids are
    unique. `related` are the ids that relationships of any type name. `given_currency` is where the
    order names its currency, and what it names. `currency` is that currency, or the default (`filled_currency`) if the
    order names none; it is None if the order's own is malformed. `foreign_units` are the currency codes of prices in
    another currency.
    """

    __slots__ = (
        "currency",
        "data",
        "faults",
        "filled_currency",
        "foreign_units",
        "given_currency",
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
        order: Order,
        terms: Terms,
        faults: Collection[str] = frozenset(),
        data: bytes = b"{}",
    ) -> None:
        self.order = order
        self.data = data
        self.terms = terms
        self.given_currency = given_currency(order.order_currency, order.currency_code)
        self.currency, self.filled_currency = _currency(self.given_currency, terms.default_currency, faults)
        self.faults = faults
        self.lines = lines(order)
        self.ids: dict[str, Line[Item]] = {}
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

    def has_doubtful_relations(self, _: object) -> bool:
        """Return False if ids are unique, and relationships known, mirrored, and those of a tree of two levels."""
        children = {child for _, child in self.pairs}
        return (
            len(self.ids) != len(self.lines)
            or self.has_child != self.has_parent
            or len(children) != len(self.pairs)
            or not self.related <= self.ids.keys()
            or not children.isdisjoint([parent for parent, _ in self.pairs])
        )

    def _relate(self, own: str, line: Line[Item]) -> None:
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


def _currency(
    given: tuple[str, str] | None, default: str | None, faults: Collection[str]
) -> tuple[str | None, str | None]:
    """Return the currency of the order, and the default currency if that was used."""
    if "/orderCurrency" in faults or (given is None and "/currencyCode" in faults):
        return None, None
    return (given[1], None) if given else (default, default)
