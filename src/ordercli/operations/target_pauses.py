"""Pause a target: until a person lifts that, until the time that it asks for, or longer after each failure."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from ordercli.clock import later, timestamp
from ordercli.forwarding import pauses
from ordercli.forwarding.pauses import TargetPauseRow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.database.store import Store

DEFAULT_RETRY_AFTER = 60.0
_LONGEST_OUTAGE_DELAY = 300.0
_LONGEST_RETRY_AFTER = 86_400.0


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of Retry-After, which is a number or a date, or else until X-RateLimit-Reset."""
    text = headers.get("retry-after", "").strip()
    seconds: float | None = None
    if text.isdecimal():
        seconds = float(text)
    elif text:
        try:
            seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            seconds = None
    elif headers.get("x-ratelimit-reset", "").isdecimal():
        seconds = float(headers["x-ratelimit-reset"]) - datetime.now(UTC).timestamp()
    return None if seconds is None else min(max(seconds, 1.0), _LONGEST_RETRY_AFTER)


def current_pause(store: Store, name: str, now: str) -> TargetPauseRow | None:
    """Return the pause of a target that lasts now; None if it may be sent to."""
    pause = pauses.find(store, name)
    return pause if pause and (pause.until is None or pause.until > now) else None


def stop(store: Store, name: str, at: datetime, reason: str) -> None:
    """Pause a target until a person lifts that; the caller commits."""
    _pause(store, name, at, None, reason)


def wait(store: Store, name: str, at: datetime, seconds: float, reason: str) -> None:
    """Pause a target as long as it asks for; a pause that lasts longer stays. The caller commits."""
    _pause(store, name, at, later(at, seconds), reason)


def back_off(store: Store, name: str, at: datetime, reason: str) -> None:
    """Pause a target that could not be reached, longer after each failure; the caller commits.

    Of the requests that were under way together only the first one counts.
    """
    pause = pauses.find(store, name)
    if pause and pause.until and pause.until > timestamp(at):
        return
    count = (pause.failures if pause else 0) + 1
    longest = min(2**count, _LONGEST_OUTAGE_DELAY)  # a float would overflow after days of failures
    until = later(at, longest * random.uniform(0.5, 1.0))  # noqa: S311 - spreads requests
    _pause(store, name, at, until, reason, count)


def _pause(store: Store, name: str, at: datetime, until: str | None, reason: str, failures: int = 0) -> None:
    pause = pauses.find(store, name)
    if pause and (pause.until is None or (until and pause.until > until)):
        return
    pauses.pause(store, TargetPauseRow(name, timestamp(at), until, failures, reason))
