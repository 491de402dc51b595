"""RFC 3339 date-times, by the letter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.common.values import instant

NOON = datetime(2021, 5, 2, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2021-05-02T12:00:00Z", NOON),
        ("2021-05-02t12:00:00z", NOON),
        ("2021-05-02T12:00:00-00:00", NOON),
        ("2021-05-02T14:30:00+02:30", NOON),
        ("2021-05-01T18:00:00-18:00", NOON),
        ("2021-05-02T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2021-05-02T12:00:00.1234567891Z", NOON + timedelta(microseconds=123456)),
        ("2020-02-29T00:00:00Z", datetime(2020, 2, 29, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2015-06-30T23:59:60.25Z", datetime(2015, 7, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
        ("1990-12-31T15:59:60-08:00", datetime(1991, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_time_names_an_instant(text: str, expected: datetime) -> None:
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2021-05-02",
        "12:00:00Z",
        "2021-05-02T12:00:00",
        "2021-05-02T12:00Z",
        "2021-05-02 12:00:00Z",
        "20210502T120000Z",
        "2021-W17-7T12:00:00Z",
        "2021-05-02T12:00:00,5Z",
        "2021-05-02T12:00:00.Z",
        "2021-05-02T12:00:00+02",
        "2021-05-02T12:00:00+0200",
        "2021-05-02T12:00:00+24:00",
        "2021-05-02T12:00:00+02:60",
        "2021-05-02T24:00:00Z",
        "2021-05-02T12:60:00Z",
        "2021-05-02T12:00:61Z",
        "2021-02-29T00:00:00Z",
        "2021-02-30T00:00:00Z",
        "2021-13-01T00:00:00Z",
        "2021-00-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        " 2021-05-02T12:00:00Z",
        "2021-05-02T12:00:00Z\n",
        "\uff12\uff10\uff12\uff11-05-02T12:00:00Z",  # full-width digits
        "2016-12-31T22:59:60Z",
        "2016-12-30T23:59:60Z",
        "2016-12-31T23:58:60Z",
        "2016-12-31T23:59:60+01:00",
        "9999-12-31T23:59:60Z",
        "0001-01-01T00:59:60+12:00",
    ],
)
def test_anything_else_names_none(text: str) -> None:
    assert instant(text) is None


@given(
    st.datetimes(
        timezones=st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
            lambda t: timezone(timedelta(minutes=t // timedelta(minutes=1)))
        )
    )
)
def test_every_moment_is_read_as_it_was_written(moment: datetime) -> None:
    assert instant(moment.isoformat()) == moment


@given(st.text("0123456789-+:.TtZz", max_size=30))
def test_any_text_is_taken_without_a_slip(text: str) -> None:
    found = instant(text)

    assert found is None or found.tzinfo is not None
