"""What pages show of plain values: durations, moments, states, documents and charts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ordercli.operations.overview import Hour
from ordercli.output.pages.charts import hours_chart
from ordercli.output.pages.rendering import age, at, document, number, tone, value, words

START = datetime(2026, 3, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (None, "none"),
        (0, "0 s"),
        (59.9, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (86_400, "24 h"),
        (172_800, "2 d"),
    ],
)
def test_a_duration_is_shown_in_its_largest_unit(seconds: float | None, shown: str) -> None:
    assert age(seconds) == shown


def test_moments_are_shown_in_utc_without_fractions() -> None:
    assert (at("2026-03-01T06:00:00.123+01:00"), at(START), at(None)) == ("2026-03-01 05:00:00",) * 2 + ("",)


def test_names_become_words() -> None:
    assert [words(each) for each in ("in_progress", "stateChange", "productOrder")] == [
        "in progress",
        "state change",
        "product order",
    ]


def test_states_have_a_tone() -> None:
    assert [tone(each) for each in ("error", "new", "inProgress", "completed", "canceled")] == [
        "bad",
        "wait",
        "run",
        "good",
        "calm",
    ]


def test_long_values_are_cut() -> None:
    assert (number(1234567), value({"a": "é"}), value("x" * 300)) == ("1,234,567", '{"a": "é"}', "x" * 200 + "…")
    assert document("y" * 200_001) == "y" * 200_000 + "\n… 200001 characters in all"


def test_a_chart_has_a_bar_for_each_hour_with_orders() -> None:
    hours = [Hour(START + timedelta(hours=n), created, failed) for n, (created, failed) in enumerate([(4, 1), (0, 0)])]
    drawn = hours_chart(hours)

    assert 'aria-label="Orders created in each of the last 2 hours: 4 in all, and 1 that failed"' in drawn
    assert drawn.count("<rect") == 2
    assert "<title>2026-03-01 05:00: 4 created, 1 failed</title>" in drawn
    assert ">06:00</text>" in drawn
    assert "<rect" not in hours_chart(hours[1:])
