"""Parse times as people type them."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta, tzinfo
from typing import NamedTuple

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d+(?:\.\d+)?) ?(s|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?)(?: ago)?", re.ASCII)
_DAYS = {"today": timedelta(), "yesterday": timedelta(days=1)}
_TIME_OF_DAY = re.compile(r"\d{1,2}:")


class Moment(NamedTuple):
    """A moment that was typed; `is_local` if the text had no offset and named a day or a time of day."""

    at: datetime
    is_local: bool


def moment(text: str, at: datetime, zone: tzinfo | None = None) -> Moment:
    """Parse a moment as people type it; without an offset it is in `zone`, or in local time if that is None.

    Examples: `2026-11-29T15:00Z`, `2026-11-29 15:00`, `2026-11-29` (its midnight), `15:00` (the last one before `at`),
    `yesterday`, `yesterday 15:00`, `now`, and how long before `at`: `2h`, `90 minutes ago`.

    Raises:
        ValueError: the text is none of these.
        OverflowError: the moment is too far away.
    """
    words = text.strip()
    if words == "now":
        return Moment(at, is_local=False)
    if match := _AGO.fullmatch(words):
        return Moment(at - timedelta(**{_UNITS[match[2][0]]: float(match[1])}), is_local=False)
    today = at.astimezone(zone).date()
    day, _, rest = words.partition(" ")
    if day in _DAYS:
        return _in_zone(datetime.combine(today - _DAYS[day], time.fromisoformat(rest) if rest else time()), zone)
    if _TIME_OF_DAY.match(words):
        wanted = time.fromisoformat(words)
        found = _in_zone(datetime.combine(today, wanted), zone)
        return found if found.at <= at else _in_zone(datetime.combine(today - timedelta(days=1), wanted), zone)
    return _in_zone(datetime.fromisoformat(words), zone)


def _in_zone(found: datetime, zone: tzinfo | None) -> Moment:
    if found.tzinfo:
        return Moment(found, is_local=False)
    return Moment(found.astimezone() if zone is None else found.replace(tzinfo=zone), is_local=zone is None)
