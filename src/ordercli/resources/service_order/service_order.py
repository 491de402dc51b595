"""The service order as a kind of order."""

from functools import partial

from ordercli.resources.resource import PRODUCTS, Inventory, Resource, load
from ordercli.resources.service_order.profiles import PROFILES, TMF641

_HERE = "ordercli.resources.service_order"

SERVICE_ORDER = Resource(
    name="serviceOrder",
    type="ServiceOrder",
    title="service order",
    domain="serviceOrdering",
    items="serviceOrderItem",
    collection="/api/sn_tmf_api/order/serviceOrder",
    setting="service_order",
    profiles=PROFILES,
    families={},
    standard=TMF641.name,
    load_rulebook=partial(load, f"{_HERE}.rulebook", "RULEBOOK"),
    load_converter=partial(load, "ordercli.resources.common.convert", "to_rows"),
    load_examples=partial(load, f"{_HERE}.examples", "EXAMPLES"),
    is_priced=False,
    load_patch_wording=partial(load, f"{_HERE}.patching", "WORDING"),
    cancel_type="CancelServiceOrder",
    inventories=(Inventory("Service", "serviceSpecification", "ServiceSpecification"), PRODUCTS),
)
