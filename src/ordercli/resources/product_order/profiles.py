"""The profiles of the product order: translate the words of each profile into ours, and back.

Sources: ServiceNow Product Order Open API, POST /order/productOrder, table 45 (servicenow); TMF622 v4.0.0,
OrderItemActionType and ProductOrderStateType (tmf622-v4); TMF622 v5.0.0, ItemActionType and ProductOrderStateType
(tmf622-v5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.resources.resource import ORDER_MEMBERS, OtherForm, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.resources.resource import Form, Notices


# Imported here because only validation needs the form of orders.


def _servicenow_form() -> Form:
    from ordercli.resources.product_order import shapes  # noqa: PLC0415

    return shapes.FORM


def _v4_form() -> Form:
    from ordercli.resources.product_order import shapes_v4  # noqa: PLC0415

    return shapes_v4.FORM


def _is_current(document: Mapping[str, Any]) -> bool:
    from ordercli.resources.product_order import shapes_current  # noqa: PLC0415

    return shapes_current.is_used_by(document)


def _is_whole(order: Any) -> bool:  # noqa: ANN401 - of the current form
    from ordercli.resources.product_order import shapes_current  # noqa: PLC0415

    return shapes_current.is_whole(order)


def _current_form() -> Form:
    from ordercli.resources.product_order import shapes_current  # noqa: PLC0415

    return shapes_current.FORM


def _current_members() -> Any:  # noqa: ANN401 - a type of Order
    from ordercli.resources.product_order import shapes_current  # noqa: PLC0415

    return shapes_current.MemberOrder


def _v5_form() -> Form:
    from ordercli.resources.product_order import shapes_v5  # noqa: PLC0415

    return shapes_v5.FORM


def _v5_dates() -> Any:  # noqa: ANN401 - a function
    from ordercli.resources.product_order import shapes_v5  # noqa: PLC0415

    return shapes_v5.more_dates


def _v5_notices() -> Notices:
    from ordercli.resources.product_order import notices_v5  # noqa: PLC0415

    return notices_v5.NOTICES


# Imported here because only the creation of rows needs the members that have a column.


def _members() -> Any:  # noqa: ANN401 - a type of Order
    from ordercli.resources.product_order.members import Item, Order  # noqa: PLC0415

    return Order[Item]


def _nested_members() -> Any:  # noqa: ANN401 - as above
    from ordercli.resources.product_order.members import Order, StandardItem  # noqa: PLC0415

    return Order[StandardItem]


def _v5_members() -> Any:  # noqa: ANN401 - as above
    from ordercli.resources.product_order.members_v5 import OrderV5  # noqa: PLC0415

    return OrderV5


# Our words are those of servicenow.
SERVICENOW = Profile(
    name="servicenow",
    actions={action: action for action in ("add", "change", "delete", "no-change", "resume", "suspend")},
    load_form=_servicenow_form,
    load_members=_members,
    other_form=OtherForm("-current", b'"partyOrPartyRole"', _is_current, _is_whole, _current_form, _current_members),
    longest_item_id=40,
    # Whether a party needs an id depends on its type.
    implied_by={"id": "@referredType", "role": "partyOrPartyRole"},
)
TMF622_V4 = Profile(
    name="tmf622-v4",
    actions={"add": "add", "delete": "delete", "modify": "change", "noChange": "no-change"},
    load_form=_v4_form,
    load_members=_nested_members,
    states={
        "new": "acknowledged",
        "acknowledged": "acknowledged",
        "in_progress": "inProgress",
        "awaiting_information": "pending",
        "on_hold": "held",
        "assessing_cancellation": "assessingCancellation",
        "cancellation_in_progress": "pendingCancellation",
        "canceled": "cancelled",
    },
    advised_item_id=40,
    nests_items=True,
    product_dates={"startDate": "start_date", "terminationDate": "termination_date"},
)
TMF622_V5 = TMF622_V4._replace(
    name="tmf622-v5",
    load_form=_v5_form,
    load_members=_v5_members,
    states={**TMF622_V4.states, "in_progress_accepted": "inProgress.accepted", "draft": "draft"},
    product_dates={**TMF622_V4.product_dates, "creationDate": "creation_date"},
    created_at="creationDate",
    server_owned=tuple("creationDate" if name == "orderDate" else name for name in ORDER_MEMBERS),
    load_notices=_v5_notices,
    load_more_dates=_v5_dates,
    maybe_of_another_version=b'"cancellation',  # cancellationDate and -Reason, which v5 shows and does not take
)
PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (SERVICENOW, TMF622_V4, TMF622_V5)}
# The standard in the version in which each order is written; without any sign it is the first.
FAMILIES: Mapping[str, tuple[Profile, ...]] = {"tmf622": (TMF622_V4, TMF622_V5)}

# Profiles that a rule can name.
ONLY_SERVICENOW = (SERVICENOW.name,)
STANDARDS = (TMF622_V4.name, TMF622_V5.name)
ONLY_V5 = (TMF622_V5.name,)
BEFORE_V5 = (SERVICENOW.name, TMF622_V4.name)

# By the word of any profile.
CANONICAL_ACTIONS: Mapping[str, str] = {
    word: ours for profile in PROFILES.values() for word, ours in profile.actions.items()
}


def shown_state(state: str, profile: str) -> str:
    """Return our word for a state in the words of a profile; a word that both share stays as it is."""
    return PROFILES[profile].shown_state(state)


def canonical_state(word: str, profile: str) -> str:
    """Return a profile's word for a state as ours; an unknown word stays as it is."""
    return PROFILES[profile].canonical_state(word)


def states_named(word: str) -> list[str]:
    """Return our words for a state that is given in the words of any profile, the word itself first."""
    return list(dict.fromkeys([word, *(profile.canonical_state(word) for profile in PROFILES.values())]))
