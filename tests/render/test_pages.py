"""What pages show of plain values: durations, moments, states, documents and charts."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest

from ordercli.operations.activity import Interval
from ordercli.output.durations import age, wait
from ordercli.output.pages.charts import activity_chart
from ordercli.output.pages.rendering import at, document, marked, number, tone, value, words

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


def test_how_long_something_took_is_shown_in_seconds_up_to_ten_minutes() -> None:
    assert [wait(each) for each in (0, 89.44, 599.9, 600)] == ["0.0 s", "89.4 s", "599.9 s", "10 min"]


def test_moments_are_shown_in_a_time_zone_without_fractions() -> None:
    assert (at("2026-03-01T06:00:00.123+01:00"), at(START), at(None)) == ("2026-03-01 05:00:00",) * 2 + ("",)
    assert at(START, timezone(timedelta(hours=5, minutes=30))) == "2026-03-01 10:30:00"


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


def test_what_stands_between_backticks_is_code() -> None:
    assert marked("empty, `null` or `<{}>` & no `more") == (
        "empty, <code>null</code> or <code>&lt;{}&gt;</code> &amp; no `more"
    )


def test_a_chart_has_a_bar_for_each_interval_with_orders() -> None:
    counts = [(5, 4, 1), (0, 0, 0)]
    hours = [Interval(START + timedelta(hours=n), *each) for n, each in enumerate(counts)]
    drawn = activity_chart(hours, "hour", UTC)

    assert 'aria-label="Orders in each of 2 hours: 5 taken in, 4 created, 1 failed"' in drawn
    assert drawn.count("<rect") == 3
    assert "<title>2026-03-01 05:00: 5 taken in, 4 created, 1 failed</title>" in drawn
    assert ">06:00</text>" in drawn
    assert "<rect" not in activity_chart(hours[1:], "hour", UTC)


def test_a_chart_of_days_names_some_of_them_in_the_time_zone_of_its_reader() -> None:
    days = [Interval(START.replace(hour=23) + timedelta(days=n), 1, 1, 0) for n in range(9)]
    drawn = activity_chart(days, "day", timezone(timedelta(hours=2)))

    assert re.findall(r">(\d\d-\d\d)</text>", drawn) == ["03-02", "03-04", "03-06", "03-08", "03-10"]
    assert "<title>2026-03-02: 1 taken in, 1 created, 0 failed</title>" in drawn
