"""The profiles of the service order: translate the words of each profile into ours, and back.

Sources: ServiceNow Service Order Open API, POST /order/serviceOrder (servicenow); TMF641 v4.1.0, OrderItemActionType
and ServiceOrderStateType (tmf641).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ordercli.orders.states import VENDOR_STATES
from ordercli.resources.product_order.profiles import SERVICENOW as PRODUCT_SERVICENOW
from ordercli.resources.product_order.profiles import TMF622_V4
from ordercli.resources.resource import Profile, load

if TYPE_CHECKING:
    from collections.abc import Mapping


_HERE = "ordercli.resources.service_order"

SERVICENOW = Profile(
    name="servicenow",
    actions=PRODUCT_SERVICENOW.actions,
    load_form=partial(load, f"{_HERE}.shapes", "FORM"),
    load_members=partial(load, f"{_HERE}.members", "ServiceNowOrder"),
    states=VENDOR_STATES,
    longest_item_id=PRODUCT_SERVICENOW.longest_item_id,
    keeps_lines_in_fulfilment=True,
    implied_by={"id": "@referredType"},
)
TMF641 = Profile(
    name="tmf641",
    actions=TMF622_V4.actions,
    load_form=partial(load, f"{_HERE}.shapes_tmf641", "FORM"),
    load_members=partial(load, f"{_HERE}.members", "StandardOrder"),
    # TMF641 v4.1.0 has the same states as TMF622 v4.0.0.
    states={**TMF622_V4.states, "partial": "partial"},
    advised_item_id=TMF622_V4.advised_item_id,
    nests_items=True,
    product_dates={"startDate": "start_date", "endDate": "end_date"},
)
PROFILES: Mapping[str, Profile] = {SERVICENOW.name: SERVICENOW, TMF641.name: TMF641}

# Profiles that a rule can name.
ONLY_SERVICENOW = (SERVICENOW.name,)
STANDARDS = (TMF641.name,)
