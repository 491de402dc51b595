from __future__ import annotations

from itertools import product

import pytest

from ordercli.orders.states import (
    FINAL,
    NOT_CANCELLABLE,
    TRANSITIONS,
    LineState,
    OrderState,
    followers,
    initial_state,
    known_states,
    way_to_canceled,
    ways,
)
from ordercli.resources.common.words import VENDOR_STATES
from ordercli.resources.product_order.profiles import PROFILES

# The contract, section 7, written down once more.
ORDER = {
    "draft": "acknowledged in_progress canceled",
    "new": "acknowledged rejected in_progress canceled",
    "acknowledged": "in_progress awaiting_information on_hold canceled",
    "in_progress": "awaiting_information on_hold assessing_cancellation completed failed partial",
    "in_progress_accepted": "awaiting_information on_hold completed failed partial",
    "awaiting_information": "in_progress assessing_cancellation canceled",
    "on_hold": "in_progress assessing_cancellation canceled",
    "assessing_cancellation": "cancellation_in_progress",
    "cancellation_in_progress": "canceled",
}
LINE = {**ORDER, "draft": "", "in_progress": "awaiting_information on_hold assessing_cancellation completed failed"}
# What service orders do otherwise, by profile: the vendor's, then those of TMF641.
SERVICE_ORDER = {
    **ORDER,
    "draft": "new canceled",
    "new": "acknowledged rejected in_progress canceled submitted",
    "submitted": "enrichment_in_progress acknowledged rejected canceled",
    "enrichment_in_progress": "enrichment_on_hold acknowledged rejected canceled",
    "enrichment_on_hold": "enrichment_in_progress canceled",
    "in_progress": "awaiting_information on_hold assessing_cancellation completed failed partial revision_in_progress",
    "revision_in_progress": "in_progress",
    "in_progress_accepted": "",
}
SERVICE_LINE = {
    **SERVICE_ORDER,
    "acknowledged": "in_progress awaiting_information on_hold canceled scheduled",
    "scheduled": "in_progress canceled",
    "in_progress": "awaiting_information on_hold assessing_cancellation completed failed revision_in_progress",
}
TMF641 = {**PROFILES["tmf622-v4"].states, "partial": "partial"}


@pytest.mark.parametrize("state", OrderState)
def test_an_order_may_go_where_the_contract_says(state: OrderState) -> None:
    assert followers(state) == ORDER.get(state, "").split()


@pytest.mark.parametrize("state", LineState)
def test_a_line_may_go_where_an_order_may_and_is_partial_only_in_v5(state: LineState) -> None:
    v4, v5 = PROFILES["tmf622-v4"].states, PROFILES["tmf622-v5"].states
    of_v5 = LINE | {"in_progress": f"{LINE['in_progress']} partial"}

    assert followers(state, line=True) == LINE.get(state, "").split()
    assert followers(state, v4, line=True) == LINE.get(state, "").split()
    assert followers(state, v5, line=True) == of_v5.get(state, "").split()


@pytest.mark.parametrize("state", OrderState)
def test_a_service_order_of_the_vendor_may_go_where_its_table_says(state: OrderState) -> None:
    assert followers(state, VENDOR_STATES, "serviceOrder") == SERVICE_ORDER.get(state, "").split()


@pytest.mark.parametrize("state", LineState)
def test_a_line_of_a_service_order_may_be_scheduled(state: LineState) -> None:
    assert followers(state, VENDOR_STATES, "serviceOrder", line=True) == SERVICE_LINE.get(state, "").split()


@pytest.mark.parametrize("state", ["new", "acknowledged", "in_progress", "awaiting_information", "on_hold"])
def test_orders_and_lines_of_tmf641_have_the_states_of_tmf622_v4_and_lines_may_be_partial(state: str) -> None:
    before = OrderState(state)

    assert followers(before, TMF641, "serviceOrder") == ORDER[state].split()
    assert followers(before, TMF641, "serviceOrder", line=True) == ORDER[state].split()


def test_each_profile_knows_its_states() -> None:
    v4 = PROFILES["tmf622-v4"].states
    common = "new acknowledged in_progress awaiting_information on_hold assessing_cancellation cancellation_in_progress"
    ends = "rejected canceled completed failed"
    vendor = "draft submitted enrichment_in_progress enrichment_on_hold revision_in_progress"

    def known(words: dict[str, str], kind: str, *, line: bool) -> list[str]:
        return [str(state) for state in known_states(words, kind, line=line)]

    assert known(dict(v4), "productOrder", line=False) == f"{common} {ends} partial".split()
    assert known(dict(v4), "productOrder", line=True) == f"{common} {ends}".split()
    assert known(dict(PROFILES["tmf622-v5"].states), "productOrder", line=True) == f"{common} {ends} partial".split()
    assert known(dict(VENDOR_STATES), "serviceOrder", line=False) == f"{common} {ends} partial {vendor}".split()
    assert known(dict(VENDOR_STATES), "serviceOrder", line=True) == f"{common} {ends} {vendor} scheduled".split()
    assert known(TMF641, "serviceOrder", line=True) == f"{common} {ends} partial".split()


@pytest.mark.parametrize("state", OrderState)
def test_only_orders_of_v5_are_accepted_in_progress(state: OrderState) -> None:
    v4, v5 = PROFILES["tmf622-v4"].states, PROFILES["tmf622-v5"].states
    more = {OrderState.IN_PROGRESS_ACCEPTED} if state in {OrderState.ACKNOWLEDGED, OrderState.IN_PROGRESS} else set()

    assert set(followers(state, v5)) - set(followers(state)) == more
    assert followers(state, v4) == followers(state)


def test_only_orders_of_v5_are_drafts() -> None:
    first = {name: initial_state(profile.states, "draft") for name, profile in PROFILES.items()}

    assert first == {"servicenow": "new", "tmf622-v4": "new", "tmf622-v5": "draft"}
    assert [initial_state(PROFILES["tmf622-v5"].states, wanted) for wanted in ("acknowledged", None)] == ["new", "new"]


def test_only_cancel_takes_an_order_in_progress_to_canceled() -> None:
    reported = {state: set(followers(state, cancelling=True)) - set(followers(state)) for state in OrderState}

    assert {state: more for state, more in reported.items() if more} == {OrderState.IN_PROGRESS: {OrderState.CANCELED}}


@pytest.mark.parametrize("origin", OrderState)
def test_a_denied_cancellation_goes_back_to_where_it_came_from(origin: OrderState) -> None:
    origins = {OrderState.IN_PROGRESS, OrderState.AWAITING_INFORMATION, OrderState.ON_HOLD}

    found = followers(OrderState.ASSESSING_CANCELLATION, assessed_from=origin)

    back = [origin] if origin in origins else []
    assert found == [*back, OrderState.CANCELLATION_IN_PROGRESS]


def test_final_states_are_those_that_nothing_follows() -> None:
    assert {"rejected", "canceled", "completed", "failed", "partial"} == FINAL


@pytest.mark.parametrize(("state", "line"), list(product(OrderState, [False, True])))
def test_in_the_words_of_servicenow_each_state_is_one_step_away(state: OrderState, *, line: bool) -> None:
    assert ways(state, PROFILES["servicenow"].states, line=line) == {
        after: [after] for after in followers(state, line=line)
    }


def test_where_two_states_share_a_word_what_follows_either_can_be_reached() -> None:
    assert ways(OrderState.NEW, PROFILES["tmf622-v4"].states) == {
        OrderState.REJECTED: [OrderState.REJECTED],
        OrderState.IN_PROGRESS: [OrderState.IN_PROGRESS],
        OrderState.CANCELED: [OrderState.CANCELED],
        OrderState.AWAITING_INFORMATION: [OrderState.ACKNOWLEDGED, OrderState.AWAITING_INFORMATION],
        OrderState.ON_HOLD: [OrderState.ACKNOWLEDGED, OrderState.ON_HOLD],
    }


@pytest.mark.parametrize("approval", [False, True])
@pytest.mark.parametrize("state", sorted(set(OrderState) - NOT_CANCELLABLE | {OrderState.ASSESSING_CANCELLATION}))
def test_every_step_on_the_way_to_canceled_is_allowed(state: OrderState, *, approval: bool) -> None:
    way = way_to_canceled(state, approval=approval)

    steps = zip([state, *way], way, strict=False)
    kinds = [kind for kind, table in TRANSITIONS.items() if state in {each.source for each in table}]
    assert kinds
    assert all(
        after in followers(before, VENDOR_STATES, kind, cancelling=not approval)
        for before, after in steps
        for kind in kinds
    )
    assert way[-1] == OrderState.CANCELED


def test_an_order_in_progress_is_assessed_on_its_way_where_that_is_wanted() -> None:
    assert way_to_canceled(OrderState.IN_PROGRESS, approval=True) == [
        OrderState.ASSESSING_CANCELLATION,
        OrderState.CANCELLATION_IN_PROGRESS,
        OrderState.CANCELED,
    ]
