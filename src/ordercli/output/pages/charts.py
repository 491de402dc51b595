"""Draw charts as SVG that stands in the page: no script, no picture to load, colours from the style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from ordercli.operations.activity import Interval, Unit

_WIDTH, _HEIGHT, _FOOT, _HEAD = 720, 176, 22, 24
_BAR, _WIDEST = 0.72, 48
_MARK = 2
_MOST_LABELS = 8

_CHART = Markup(
    '<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{words}">{grid}{bars}{labels}</svg>'
)
_RECT = Markup(
    '<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{round}">{title}</rect>'
)
_TITLE = Markup("<title>{}</title>")
_LINE = Markup('<line class="grid" x1="0" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>')
_TEXT = Markup('<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>')


def activity_chart(intervals: Sequence[Interval], unit: Unit, zone: tzinfo | None) -> Markup:
    """Return a bar for each interval: created orders, and failed ones on top of them; a mark for those taken in."""
    most = max((max(each.created + each.failed, each.taken_in) for each in intervals), default=0)
    step = _WIDTH / max(len(intervals), 1)
    scale = (_HEIGHT - _FOOT - _HEAD) / (most or 1)
    base = _HEIGHT - _FOOT
    bars = Markup().join(
        _bar(each, name_of(each.start, unit, zone), n * step, step, scale, base) for n, each in enumerate(intervals)
    )
    labels = Markup().join(
        _TEXT.format(x=(n + 0.5) * step, y=_HEIGHT - 5, anchor="middle", text=text)
        for n, text in _labels(intervals, unit, zone)
    )
    top = _TEXT.format(x=0, y=_HEAD - 6, anchor="start", text=f"{most:,}") if most else Markup()
    grid = Markup().join(_LINE.format(width=_WIDTH, y=y) for y in ({base, _HEAD} if most else {base}))
    words = f"Orders in each of {len(intervals)} {unit}s: {sum(each.taken_in for each in intervals):,} taken in,"
    words += f" {sum(each.created for each in intervals):,} created, {sum(each.failed for each in intervals):,} failed"
    return _CHART.format(width=_WIDTH, height=_HEIGHT, words=words, grid=grid, bars=bars, labels=labels + top)


def name_of(start: datetime, unit: Unit, zone: tzinfo | None) -> str:
    """Return the name of an interval in a time zone; None is local time."""
    return f"{start.astimezone(zone):%Y-%m-%d %H:%M}" if unit == "hour" else f"{start.astimezone(zone):%Y-%m-%d}"


def _labels(intervals: Sequence[Interval], unit: Unit, zone: tzinfo | None) -> list[tuple[int, str]]:
    """Return the numbers of the intervals that have a label, and the label."""
    starts = [(n, each.start.astimezone(zone)) for n, each in enumerate(intervals)]
    every = next(each for each in (1, 2, 3, 6, 12, 24, len(starts) + 1) if len(starts) <= each * _MOST_LABELS)
    if unit == "hour":
        return [(n, f"{start:%H}:00") for n, start in starts if start.hour % every == 0]
    return [(n, f"{start:%m-%d}") for n, start in starts if n % every == 0]


def _bar(each: Interval, name: str, x: float, step: float, scale: float, base: float) -> Markup:
    title = _TITLE.format(f"{name}: {each.taken_in:,} taken in, {each.created:,} created, {each.failed:,} failed")
    width = min(step * _BAR, _WIDEST)
    left = x + (step - width) / 2
    created, failed, taken_in = each.created * scale, each.failed * scale, each.taken_in * scale
    parts = [
        ("created", base - created, max(created, 1.5 if each.created else 0), 2),
        ("failed", base - created - failed, max(failed, 1.5 if each.failed else 0), 2),
        ("taken", base - taken_in - _MARK / 2, _MARK if each.taken_in else 0, 0),
    ]
    return Markup().join(
        _RECT.format(name=part, x=left, y=y, width=width, height=height, round=corner, title=title)
        for part, y, height, corner in parts
        if height
    )
