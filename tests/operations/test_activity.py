"""How a period is divided into hours, days or weeks of a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from ordercli.operations.activity import last_hours, period

BERLIN = ZoneInfo("Europe/Berlin")
KOLKATA = ZoneInfo("Asia/Kolkata")


def edges(since: str, until: str, zone: ZoneInfo | None) -> tuple[str, list[str]]:
    unit, found = period(datetime.fromisoformat(since), datetime.fromisoformat(until), zone)
    return unit, [f"{each.astimezone(UTC):%m-%d %H:%M}" for each in found]


def test_the_last_hours_end_with_the_current_one() -> None:
    unit, found = last_hours(datetime(2026, 3, 1, 1, 20, tzinfo=UTC), 3)

    assert (unit, [f"{each:%d %H:%M}" for each in found]) == ("hour", ["28 23:00", "01 00:00", "01 01:00", "01 02:00"])


def test_hours_are_full_hours_of_the_time_zone_but_for_the_first_and_the_last() -> None:
    assert edges("2026-03-01T06:15Z", "2026-03-01T08:10Z", BERLIN) == (
        "hour",
        ["03-01 06:15", "03-01 07:00", "03-01 08:00", "03-01 08:10"],
    )
    assert edges("2026-03-01T06:15Z", "2026-03-01T08:10Z", KOLKATA)[1] == [
        "03-01 06:15",
        "03-01 06:30",
        "03-01 07:30",
        "03-01 08:10",
    ]


def test_hours_go_on_when_the_clocks_change() -> None:
    found = edges("2026-03-29T00:00Z", "2026-03-29T03:00Z", BERLIN)[1]

    assert found == ["03-29 00:00", "03-29 01:00", "03-29 02:00", "03-29 03:00"]


def test_a_long_period_has_days_that_begin_at_midnight_there_and_a_longer_one_weeks() -> None:
    assert edges("2026-03-28T10:00Z", "2026-04-01T10:00Z", BERLIN) == (
        "day",
        ["03-28 10:00", "03-28 23:00", "03-29 22:00", "03-30 22:00", "03-31 22:00", "04-01 10:00"],
    )
    unit, found = edges("2026-01-01T00:00Z", "2026-12-01T00:00Z", KOLKATA)
    assert (unit, len(found), found[:3]) == ("week", 49, ["01-01 00:00", "01-07 18:30", "01-14 18:30"])


@pytest.mark.parametrize("length", [timedelta(), timedelta(seconds=1)])
def test_a_short_period_has_one_interval(length: timedelta) -> None:
    at = datetime(2026, 3, 1, 6, 15, tzinfo=UTC)

    assert period(at, at + length, BERLIN) == ("hour", [at, at + length])


def test_a_period_of_fifty_years_has_as_many_weeks() -> None:
    since = datetime(1976, 1, 1, tzinfo=UTC)

    assert len(period(since, since + timedelta(days=365 * 50), None).edges) < 2_612
