"""Times as people type them."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from ordercli.clock import timestamp
from ordercli.typed_times import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

# In Berlin, it is 3 a.m. of a Monday in winter.
AT = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


@pytest.fixture
def _in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_in_berlin")
@pytest.mark.parametrize(
    ("text", "found", "is_local"),
    [
        ("2h", "2026-11-30T00:00:00.000Z", False),
        ("2h ago", "2026-11-30T00:00:00.000Z", False),
        ("90 minutes ago", "2026-11-30T00:30:00.000Z", False),
        ("90 min", "2026-11-30T00:30:00.000Z", False),
        ("1 week ago", "2026-11-23T02:00:00.000Z", False),
        ("now", "2026-11-30T02:00:00.000Z", False),
        ("today", "2026-11-29T23:00:00.000Z", True),
        ("yesterday", "2026-11-28T23:00:00.000Z", True),
        ("yesterday 15:00", "2026-11-29T14:00:00.000Z", True),
        ("01:30", "2026-11-30T00:30:00.000Z", True),
        ("22:00", "2026-11-29T21:00:00.000Z", True),  # of the evening before, as today's has not come
        ("22:00+00:00", "2026-11-29T22:00:00.000Z", False),
        ("2026-11-29", "2026-11-28T23:00:00.000Z", True),
        ("2026-07-01", "2026-06-30T22:00:00.000Z", True),  # in summer
        ("2026-11-29 15:00", "2026-11-29T14:00:00.000Z", True),
        ("2026-11-29T15:00Z", "2026-11-29T15:00:00.000Z", False),
        ("2026-11-29T15:00-05:00", "2026-11-29T20:00:00.000Z", False),
    ],
)
def test_times_are_local_unless_they_have_an_offset(text: str, found: str, *, is_local: bool) -> None:
    typed = moment(text, AT)

    assert (timestamp(typed.at), typed.is_local) == (found, is_local)


@pytest.mark.usefixtures("_in_berlin")
def test_a_zone_takes_the_place_of_local_time() -> None:
    typed = moment("2026-11-29", AT, UTC)

    assert (timestamp(typed.at), typed.is_local) == ("2026-11-29T00:00:00.000Z", False)


@pytest.mark.parametrize(
    "text", ["", "soon", "2h later", "25:00", "yesterday noon", "tomorrow", "2026-13-01", "9" * 20 + "h", "-2h"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises((ValueError, OverflowError)):
        moment(text, AT)
