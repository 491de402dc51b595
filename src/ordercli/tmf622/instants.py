"""RFC 3339 date-times become instants that can be compared."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:[0-5]\d)", re.ASCII)
_SECONDS = slice(17, 19)


@lru_cache(maxsize=1024)
def instant(text: str) -> datetime | None:
    """The instant that an RFC 3339 date-time names, to the microsecond; None for anything else.

    An offset or `Z` must be there, the day must be in the calendar. `t` and `z` may be small letters (RFC 3339,
    section 5.6), and a leap second may stand where there can be one: at 23:59:60 UTC on the last day of June or
    December; it counts as the second after it. The years 1 to 9999 are known.
    """
    if not _DATE_TIME.fullmatch(text):
        return None
    try:
        if text[_SECONDS] == "60":
            return _leap_second(datetime.fromisoformat(f"{text[: _SECONDS.start]}59{text[_SECONDS.stop :]}".upper()))
        return datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError):
        return None


def _leap_second(before: datetime) -> datetime | None:
    utc = before.astimezone(UTC)
    at_the_turn = (utc.hour, utc.minute) == (23, 59) and (utc.month, utc.day) in {(6, 30), (12, 31)}
    return utc + timedelta(seconds=1) if at_the_turn else None
