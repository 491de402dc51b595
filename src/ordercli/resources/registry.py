"""The kinds of order that ordercli knows."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from ordercli.errors import UnknownKindError
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.resource import Profile, Resource
from ordercli.resources.service_order.service_order import SERVICE_ORDER

if TYPE_CHECKING:
    from ordercli.orders.order_rows import OrderRow, OrderView

# Keyed by the name that is stored and printed. A document that is recognised as none of them counts as the first.
RESOURCES: Mapping[str, Resource] = MappingProxyType(
    {PRODUCT_ORDER.name: PRODUCT_ORDER, SERVICE_ORDER.name: SERVICE_ORDER}
)

# A quote is no kind of order: it is converted to one and never stored. Its rules have this as the name of their kind.
QUOTE: Final = "quote"


def stored_kind(order: OrderView | OrderRow) -> tuple[Resource, Profile]:
    """Return the kind of a stored order, and the profile in which it is written.

    Raises:
        UnknownKindError: This version does not know one of them.
    """
    resource, profile = kind_named(order.resource, order.profile)
    if resource is None or profile is None:
        kind = f"of kind {order.resource!r}" if resource is None else f"in profile {order.profile!r}"
        raise UnknownKindError(
            f"Order {order.order_id} is {kind}, which this version of ordercli does not know",
            hint="install a newer ordercli",
        )
    return resource, profile


@cache  # a list asks it for each order
def kind_named(resource: str, profile: str) -> tuple[Resource | None, Profile | None]:
    """Return the kind of order and the profile with these names; None for what this version does not know."""
    found = RESOURCES.get(resource)
    return found, found.profiles.get(profile) if found else None
