"""The profiles of the product order: translate the words of each profile into ours, and back.

Sources: ServiceNow Product Order Open API, POST /order/productOrder, table 45 (servicenow); TMF622 v4.0.0,
OrderItemActionType and ProductOrderStateType (tmf622-v4); TMF622 v5.0.0, ItemActionType and ProductOrderStateType
(tmf622-v5).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from msgspec.structs import replace

from ordercli.resources.common.words import LONGEST_ITEM_ID, STANDARD_ACTIONS, STANDARD_STATES, VENDOR_ACTIONS
from ordercli.resources.resource import OtherForm, Profile, load

_HERE = "ordercli.resources.product_order"


def _is_current(order: Mapping[str, Any]) -> bool:
    """Return whether an order is in ServiceNow's current form: one of its parties has `partyOrPartyRole`."""
    parties = order.get("relatedParty")
    return any(
        isinstance(party, dict) and party.get("partyOrPartyRole") is not None
        for party in (parties if isinstance(parties, list) else [parties])
    )


SERVICENOW = Profile(
    name="servicenow",
    actions=VENDOR_ACTIONS,
    load_form=partial(load, f"{_HERE}.shapes", "FORM"),
    load_members=partial(load, f"{_HERE}.members", "ServiceNowOrder"),
    other_form=OtherForm(
        suffix="-current",
        sign=b'"partyOrPartyRole"',
        is_used_by=_is_current,
        load_form=partial(load, f"{_HERE}.shapes_current", "FORM"),
        load_members=partial(load, f"{_HERE}.shapes_current", "MemberOrder"),
    ),
    longest_item_id=LONGEST_ITEM_ID,
    # Whether a party needs an id depends on its type.
    implied_by={"id": "@referredType", "role": "partyOrPartyRole"},
    posted_to="/order/productOrder",
    cancelled_at="/cancelproductorder",
    found_at="/productorder",  # the page of the newer path names only the sys_id
)
TMF622_V4 = Profile(
    name="tmf622-v4",
    actions=STANDARD_ACTIONS,
    load_form=partial(load, f"{_HERE}.shapes_v4", "FORM"),
    load_members=partial(load, f"{_HERE}.members", "StandardOrder"),
    states=STANDARD_STATES,
    advised_item_id=LONGEST_ITEM_ID,
    nests_items=True,
    product_dates={"startDate": "start_date", "terminationDate": "termination_date"},
    posted_to="/productOrder",
    cancelled_at="/cancelProductOrder",
    found_at="/productOrder",
    version="v4",
)
TMF622_V5 = replace(
    TMF622_V4,
    name="tmf622-v5",
    version="v5",
    load_form=partial(load, f"{_HERE}.shapes_v5", "FORM"),
    load_members=partial(load, f"{_HERE}.members_v5", "OrderV5"),
    # `partial` of line items too: ProductOrderItemStateType has it in v5, not in v4.
    states={
        **TMF622_V4.states,
        "in_progress_accepted": "inProgress.accepted",
        "draft": "draft",
        "partial": "partial",
    },
    product_dates={**TMF622_V4.product_dates, "creationDate": "creation_date", "orderDate": "order_date"},
    created_at="creationDate",
    server_owned=(
        "id",
        "href",
        "state",
        "creationDate",
        "version",
        "ponr",
        "expectedCompletionDate",
        "completionDate",
    ),
    load_notices=partial(load, f"{_HERE}.notices_v5", "NOTICES"),
    load_more_dates=partial(load, f"{_HERE}.shapes_v5", "more_dates"),
    only_in_patches={"cancellationDate": "cancellation_date", "cancellationReason": "cancellation_reason"},
)
PROFILES: Mapping[str, Profile] = {
    SERVICENOW.name: SERVICENOW,
    TMF622_V4.name: TMF622_V4,
    TMF622_V5.name: TMF622_V5,
}
# `tmf622` takes both versions; an order that has no member of only one version is read as the first.
FAMILIES: Mapping[str, tuple[Profile, ...]] = {"tmf622": (TMF622_V4, TMF622_V5)}

# For rules that only TMF622 v5 has.
ONLY_V5 = (TMF622_V5.name,)


def shown_state(state: str, profile: str) -> str:
    """Return a profile's name of a state, which may be the stored name."""
    return PROFILES[profile].shown_state(state)


def canonical_state(word: str, profile: str) -> str:
    """Return the stored name of a state of a profile; an unknown name stays as it is."""
    return PROFILES[profile].canonical_state(word)


def states_named(word: str) -> list[str]:
    """Return the stored names of a state that is given by its name in any profile, the given name first."""
    return list(dict.fromkeys([word, *(profile.canonical_state(word) for profile in PROFILES.values())]))
