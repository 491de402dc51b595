from __future__ import annotations

import pytest

from ordercli.orders.states import OrderState, rolled_up


@pytest.mark.parametrize(
    ("state", "lines", "expected"),
    [
        ("in_progress", "completed completed", "completed"),
        ("in_progress", "canceled canceled", "canceled"),
        ("new", "canceled", "canceled"),
        ("in_progress", "completed failed", "partial"),
        ("in_progress", "completed canceled", "partial"),
        ("in_progress", "completed failed canceled", "partial"),
        ("in_progress", "failed failed", "failed"),
        ("in_progress", "failed canceled", "failed"),
        ("new", "in_progress new", "in_progress"),
        ("acknowledged", "new in_progress", "in_progress"),
    ],
)
def test_the_lines_tell_the_state_of_the_order(state: str, lines: str, expected: str) -> None:
    assert rolled_up(OrderState(state), lines.split()) == expected


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        ("new", "new new"),
        ("new", "canceled new"),
        ("in_progress", "completed in_progress"),
        ("in_progress", "completed on_hold"),
        ("in_progress", "rejected completed"),
        ("on_hold", "in_progress on_hold"),
        ("awaiting_information", "in_progress"),
        ("acknowledged", "acknowledged"),
    ],
)
def test_an_order_stays_where_its_lines_say_nothing(state: str, lines: str) -> None:
    assert rolled_up(OrderState(state), lines.split()) == state


@pytest.mark.parametrize(
    ("state", "lines"),
    [
        ("on_hold", "completed"),
        ("awaiting_information", "completed failed"),
        ("assessing_cancellation", "completed"),
        ("assessing_cancellation", "canceled"),
        ("completed", "canceled"),
        ("canceled", "completed"),
        ("rejected", "in_progress"),
    ],
)
def test_an_order_stays_where_no_step_leads_to_what_its_lines_say(state: str, lines: str) -> None:
    assert rolled_up(OrderState(state), lines.split()) == state
