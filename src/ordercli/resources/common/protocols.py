"""What the rules read of an order of any kind and profile; the shapes of each kind have these attributes.

The place of a value in the document differs between kinds and profiles. The attributes that end with `_at` have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Amount(Protocol):
    """An amount of money in a currency."""

    unit: str | None
    value: float | None


class Price(Protocol):
    """What something costs, with and without tax."""

    duty_free_amount: Amount | None
    tax_included_amount: Amount | None


class PriceAlteration(Protocol):
    """A discount or a surcharge."""

    price: Price | None


class ItemPrice(Protocol):
    """One price of a line item."""

    price_type: str | None
    price: Price | None
    price_alteration: Sequence[PriceAlteration] | None


class Party(Protocol):
    """A party of the order."""

    id_at: str
    id: str
    referred_type: str | None


class Relationship(Protocol):
    """Another line item of the same order, and how it is related to this one."""

    id_at: str
    id: str
    relationship_type: str | None


class Item(Protocol):
    """One line item: an action and its product or service."""

    product_at: str
    specification_at: str
    characteristics_at: str
    relationships_at: str
    id: str
    action: str
    quantity: float | None
    committed_due_date: str | None
    item_price: Sequence[ItemPrice] | None
    product: Any
    product_offering: Any
    product_order_item_relationship: Sequence[Relationship] | None
    state: Any
    version: Any
    ponr: Any
    work_note: Any


class Order(Protocol):
    """The order as a caller sends it."""

    items: str
    external_id_at: str
    external_id: str | None
    requested_start_date: str | None
    requested_completion_date: str | None
    committed_due_date: str | None
    order_currency: str | None
    currency_code: str | None
    note: Sequence[Any] | None
    product_order_item: list[Any]
    related_party: list[Any] | None
    id: Any
    href: Any
    state: Any
    order_date: Any
    version: Any
    ponr: Any
    expected_completion_date: Any
    completion_date: Any
