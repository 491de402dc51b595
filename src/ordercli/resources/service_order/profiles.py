"""The profiles of the service order: translate the words of each profile into ours, and back.

Sources: ServiceNow Service Order Open API, POST /order/serviceOrder (servicenow); TMF641 v4.1.0, OrderItemActionType
and ServiceOrderStateType (tmf641).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.orders.states import VENDOR_STATES
from ordercli.resources.product_order.profiles import SERVICENOW as PRODUCT_SERVICENOW
from ordercli.resources.product_order.profiles import TMF622_V4
from ordercli.resources.resource import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.resources.resource import Form


# Only what validates orders needs their form.


def _servicenow_form() -> Form:
    from ordercli.resources.service_order import shapes  # noqa: PLC0415

    return shapes.FORM


def _standard_form() -> Form:
    from ordercli.resources.service_order import shapes_tmf641  # noqa: PLC0415

    return shapes_tmf641.FORM


# Only what makes rows needs the members that have a column.


def _members() -> Any:  # noqa: ANN401 - a type of Order
    from ordercli.resources.service_order.members import ServiceNowOrder  # noqa: PLC0415

    return ServiceNowOrder


def _standard_members() -> Any:  # noqa: ANN401 - as above
    from ordercli.resources.service_order.members import StandardOrder  # noqa: PLC0415

    return StandardOrder


SERVICENOW = Profile(
    name="servicenow",
    actions=PRODUCT_SERVICENOW.actions,
    load_form=_servicenow_form,
    load_members=_members,
    states=VENDOR_STATES,
    longest_item_id=PRODUCT_SERVICENOW.longest_item_id,
    keeps_lines_in_fulfilment=True,
    implied_by={"id": "@referredType"},
)
TMF641 = Profile(
    name="tmf641",
    actions=TMF622_V4.actions,
    load_form=_standard_form,
    load_members=_standard_members,
    # TMF641 v4.1.0 has the same states as TMF622 v4.0.0.
    states={**TMF622_V4.states, "partial": "partial"},
    advised_item_id=TMF622_V4.advised_item_id,
    nests_items=True,
    product_dates={"startDate": "start_date", "endDate": "end_date"},
)
PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (SERVICENOW, TMF641)}

# Profiles that a rule can name.
ONLY_SERVICENOW = (SERVICENOW.name,)
STANDARDS = (TMF641.name,)
