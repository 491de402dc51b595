"""The kinds of order that ordercli knows."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.resource import Resource
from ordercli.resources.service_order.service_order import SERVICE_ORDER

# Keyed by the name that is stored and printed. A document that is recognised as none of them counts as the first.
RESOURCES: Mapping[str, Resource] = MappingProxyType(
    {PRODUCT_ORDER.name: PRODUCT_ORDER, SERVICE_ORDER.name: SERVICE_ORDER}
)
