"""The words of the two profiles and ours."""

from __future__ import annotations

import pytest

from ordercli import settings
from ordercli.resources.common.words import CANONICAL_ACTIONS
from ordercli.resources.product_order.profiles import (
    PROFILES,
    canonical_state,
    shown_state,
)
from ordercli.resources.registry import RESOURCES

STATES = [
    ("acknowledged", "acknowledged"),
    ("in_progress", "inProgress"),
    ("awaiting_information", "pending"),
    ("on_hold", "held"),
    ("assessing_cancellation", "assessingCancellation"),
    ("cancellation_in_progress", "pendingCancellation"),
    ("canceled", "cancelled"),
    ("completed", "completed"),
    ("rejected", "rejected"),
    ("failed", "failed"),
    ("partial", "partial"),
]


@pytest.mark.parametrize(("ours", "standard"), STATES)
def test_a_state_has_a_word_in_either_profile(ours: str, standard: str) -> None:
    assert shown_state(ours, "tmf622-v4") == standard
    assert canonical_state(standard, "tmf622-v4") == ours
    assert shown_state(ours, "servicenow") == canonical_state(ours, "servicenow") == ours


def test_a_new_order_is_an_acknowledged_one_to_the_standard() -> None:
    assert shown_state("new", "tmf622-v4") == "acknowledged"
    assert shown_state("new", "servicenow") == "new"


def test_actions_are_one_set_whatever_they_are_called() -> None:
    assert CANONICAL_ACTIONS == {
        "add": "add",
        "change": "change",
        "modify": "change",
        "delete": "delete",
        "no-change": "no-change",
        "noChange": "no-change",
        "suspend": "suspend",
        "resume": "resume",
    }


@pytest.mark.parametrize(
    ("action", "standard"),
    [("change", "modify"), ("no-change", "noChange"), ("add", "add"), ("delete", "delete"), ("suspend", "suspend")],
)
def test_an_action_is_shown_in_the_words_of_a_profile(action: str, standard: str) -> None:
    assert PROFILES["tmf622-v4"].shown_action(action) == standard
    assert PROFILES["servicenow"].shown_action(action) == action


def test_every_word_of_a_profile_has_a_meaning() -> None:
    assert {word for profile in PROFILES.values() for word in profile.actions} == CANONICAL_ACTIONS.keys()


def test_the_setting_profile_takes_the_profiles_of_every_kind_of_order() -> None:
    assert {name for each in RESOURCES.values() for name in (*each.profiles, *each.families)} == set(settings.PROFILES)
