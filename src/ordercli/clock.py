"""Read the clock, and format times: UTC, RFC 3339, milliseconds, `Z`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

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


def first_id(moment: datetime) -> str:
    """Return the smallest id (UUIDv7) that is made at this moment or later."""
    return f"{max(int(moment.timestamp() * 1000), 0):012x}"


def later(moment: datetime, seconds: float) -> str:
    """Return the moment `seconds` after the given one (negative: before it) as text."""
    return timestamp(moment + timedelta(seconds=seconds))
