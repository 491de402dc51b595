"""The time as every part of the tool writes it: UTC, RFC 3339, milliseconds, `Z`."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


_shift = timedelta()


def now() -> datetime:
    """The current moment, in UTC."""
    return datetime.now(UTC) + _shift


def shift(seconds: float) -> None:
    """Let the clock of this process be wrong by so much; for tests alone (see failpoints.py)."""
    global _shift  # noqa: PLW0603 - a process has one clock
    _shift = timedelta(seconds=seconds)


def timestamp(moment: datetime) -> str:
    """A moment as text, for example `2021-05-02T08:13:59.000Z`; such texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def later(moment: datetime, seconds: float) -> str:
    """The text of the moment `seconds` after the given one (negative: before it)."""
    return timestamp(moment + timedelta(seconds=seconds))


def moment(text: str, at: datetime) -> datetime:
    """Return a moment as people write it: an RFC 3339 time, a date (its midnight, UTC), or a time before `at`.

    A time before `at` is `2h` or `2h ago`; the units are s, m, h and d.

    Raises:
        ValueError: it is none of these.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])(?: ago)?", text.strip())
    if match:
        return at - timedelta(**{_UNITS[match[2]]: float(match[1])})
    found = datetime.fromisoformat(text.strip())
    return found if found.tzinfo else found.replace(tzinfo=UTC)
