"""Read the clock, and format times: UTC, RFC 3339, milliseconds, `Z`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


_shift = timedelta()


def now() -> datetime:
    """Return the current moment, in UTC."""
    return datetime.now(UTC) + _shift


def shift(seconds: float) -> None:
    """Shift the clock of this process by this many seconds; only for tests (see failpoints.py)."""
    global _shift  # noqa: PLW0603 - a process has one clock
    _shift = timedelta(seconds=seconds)


def timestamp(moment: datetime) -> str:
    """Return a moment as text, for example `2021-05-02T08:13:59.000Z`; such texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def timestamp_now() -> str:
    """Return the current moment as text."""
    return timestamp(now())


def later(moment: datetime, seconds: float) -> str:
    """Return the moment `seconds` after the given one (negative: before it) as text."""
    return timestamp(moment + timedelta(seconds=seconds))


def moment(text: str, at: datetime) -> datetime:
    """Parse a moment: an RFC 3339 time, a date (its midnight, UTC), or a time before `at`.

    A time before `at` is `2h` or `2h ago`; the units are s, m, h and d.

    Raises:
        ValueError: the text is none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])(?: ago)?", text.strip())
    if match:
        return at - timedelta(**{_UNITS[match[2]]: float(match[1])})
    found = datetime.fromisoformat(text.strip())
    return found if found.tzinfo else found.replace(tzinfo=UTC)
