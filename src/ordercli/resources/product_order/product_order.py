"""The product order as a kind of order."""

from functools import partial

from ordercli.resources.product_order.profiles import FAMILIES, PROFILES
from ordercli.resources.resource import Resource, load

_HERE = "ordercli.resources.product_order"

PRODUCT_ORDER = Resource(
    name="productOrder",
    type="ProductOrder",
    title="product order",
    domain="productOrdering",
    items="productOrderItem",
    collection="/api/sn_ind_tmt_orm/order/productOrder",
    setting="product_order",
    profiles=PROFILES,
    families=FAMILIES,
    standard="tmf622",
    load_rulebook=partial(load, f"{_HERE}.rulebook", "RULEBOOK"),
    load_converter=partial(load, "ordercli.resources.common.convert", "to_rows"),
    load_examples=partial(load, f"{_HERE}.examples", "EXAMPLES"),
)
