"""The profiles of the product order: translate the words of each profile into ours, and back.

Sources: ServiceNow Product Order Open API, POST /order/productOrder, table 45 (servicenow); TMF622 v4.0.0,
OrderItemActionType and ProductOrderStateType (tmf622).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.resources.resource import OtherForm, Profile

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.resources.resource import Form


# Only what validates orders needs their form.


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


# Our words are those of servicenow.
SERVICENOW = Profile(
    name="servicenow",
    actions={action: action for action in ("add", "change", "delete", "no-change", "resume", "suspend")},
    load_form=_servicenow_form,
    other_form=OtherForm("-current", b'"partyOrPartyRole"', _is_current, _is_whole, _current_form, _current_members),
    longest_item_id=40,
    # Whether a party needs an id depends on its type.
    told_by={"id": "@referredType", "role": "partyOrPartyRole"},
)
TMF622 = Profile(
    name="tmf622",
    actions={"add": "add", "delete": "delete", "modify": "change", "noChange": "no-change"},
    load_form=_v4_form,
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
PROFILES: Mapping[str, Profile] = {profile.name: profile for profile in (SERVICENOW, TMF622)}

# Profiles that a rule can name.
ONLY_SERVICENOW = (SERVICENOW.name,)
STANDARDS = (TMF622.name,)

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
