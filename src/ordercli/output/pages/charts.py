"""Draw charts as SVG that stands in the page: no script, no picture to load, colours from the style sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.operations.overview import Hour

_WIDTH, _HEIGHT, _FOOT, _HEAD = 720, 176, 22, 24
_BAR = 0.72
_LABEL_EVERY = 6

_CHART = Markup(
    '<svg class="chart" viewBox="0 0 {width} {height}" role="img" aria-label="{words}">{grid}{bars}{labels}</svg>'
)
_RECT = Markup(
    '<rect class="{name}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="2">{title}</rect>'
)
_TITLE = Markup("<title>{}</title>")
_LINE = Markup('<line class="grid" x1="0" x2="{width}" y1="{y:.1f}" y2="{y:.1f}"/>')
_TEXT = Markup('<text class="label" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>')


def hours_chart(hours: Sequence[Hour]) -> Markup:
    """Return a bar for each hour: created orders, and failed ones on top of them."""
    most = max((hour.created + hour.failed for hour in hours), default=0)
    step = _WIDTH / max(len(hours), 1)
    scale = (_HEIGHT - _FOOT - _HEAD) / (most or 1)
    base = _HEIGHT - _FOOT
    bars = Markup().join(_bar(hour, n * step, step, scale, base) for n, hour in enumerate(hours))
    labels = Markup().join(
        _TEXT.format(x=(n + 0.5) * step, y=_HEIGHT - 5, anchor="middle", text=f"{hour.start:%H}:00")
        for n, hour in enumerate(hours)
        if hour.start.hour % _LABEL_EVERY == 0
    )
    top = _TEXT.format(x=0, y=_HEAD - 6, anchor="start", text=f"{most:,}") if most else Markup()
    grid = Markup().join(_LINE.format(width=_WIDTH, y=y) for y in ({base, _HEAD} if most else {base}))
    words = f"Orders created in each of the last {len(hours)} hours: {sum(each.created for each in hours):,} in all, "
    words += f"and {sum(each.failed for each in hours):,} that failed"
    return _CHART.format(width=_WIDTH, height=_HEIGHT, words=words, grid=grid, bars=bars, labels=labels + top)


def _bar(hour: Hour, x: float, step: float, scale: float, base: float) -> Markup:
    title = _TITLE.format(f"{hour.start:%Y-%m-%d %H}:00: {hour.created:,} created, {hour.failed:,} failed")
    left, width = x + step * (1 - _BAR) / 2, step * _BAR
    created, failed = hour.created * scale, hour.failed * scale
    parts = [
        ("created", base - created, max(created, 1.5 if hour.created else 0)),
        ("failed", base - created - failed, max(failed, 1.5 if hour.failed else 0)),
    ]
    return Markup().join(
        _RECT.format(name=name, x=left, y=y, width=width, height=height, title=title)
        for name, y, height in parts
        if height
    )
