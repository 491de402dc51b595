"""Durations as people say them."""

from __future__ import annotations

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def age(seconds: float | None) -> str:
    """Return a duration in its largest unit, as people say it."""
    if seconds is None:
        return "none"
    for length, unit in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= 2 * length or (length != _DAY and seconds >= length):
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def wait(seconds: float) -> str:
    """Return how long something took: in seconds up to ten minutes, else in its largest unit."""
    return f"{seconds:.1f} s" if seconds < 10 * _MINUTE else age(seconds)
