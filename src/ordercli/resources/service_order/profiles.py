"""The profiles of the service order: translate the words of each profile into ours, and back.

Sources: ServiceNow Service Order Open API, POST /order/serviceOrder (servicenow); TMF641 v4.1.0, OrderItemActionType
and ServiceOrderStateType (tmf641).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ordercli.resources.common.words import (
    LONGEST_ITEM_ID,
    STANDARD_ACTIONS,
    STANDARD_STATES,
    VENDOR_ACTIONS,
    VENDOR_STATES,
)
from ordercli.resources.resource import Profile, load

if TYPE_CHECKING:
    from collections.abc import Mapping


_HERE = "ordercli.resources.service_order"

SERVICENOW = Profile(
    name="servicenow",
    actions=VENDOR_ACTIONS,
    load_form=partial(load, f"{_HERE}.shapes", "FORM"),
    load_members=partial(load, f"{_HERE}.members", "ServiceNowOrder"),
    states=VENDOR_STATES,
    longest_item_id=LONGEST_ITEM_ID,
    keeps_lines_in_fulfilment=True,
    implied_by={"id": "@referredType"},
    posted_to="/order/serviceOrder",
    cancelled_at="/order/serviceOrder/cancelserviceorder",
    found_at="/order/serviceOrder",
)
TMF641 = Profile(
    name="tmf641",
    actions=STANDARD_ACTIONS,
    load_form=partial(load, f"{_HERE}.shapes_tmf641", "FORM"),
    load_members=partial(load, f"{_HERE}.members", "StandardOrder"),
    states={**STANDARD_STATES, "partial": "partial"},
    advised_item_id=LONGEST_ITEM_ID,
    nests_items=True,
    product_dates={"startDate": "start_date", "endDate": "end_date"},
    posted_to="/serviceOrder",
    cancelled_at="/cancelServiceOrder",
    found_at="/serviceOrder",
)
PROFILES: Mapping[str, Profile] = {SERVICENOW.name: SERVICENOW, TMF641.name: TMF641}

# Profiles that a rule can name.
STANDARDS = (TMF641.name,)
