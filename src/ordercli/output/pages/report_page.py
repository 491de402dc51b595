"""Write a report as one HTML file, of the same parts as the pages of the server."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING

from ordercli.operations.activity import Interval
from ordercli.operations.overview import CodeCount, StateCount
from ordercli.output.pages.rendering import render_file
from ordercli.output.report_text import no_findings

if TYPE_CHECKING:
    from ordercli.operations.report import Report


def report_page(report: Report, title: str, offset: str, zone: tzinfo | None) -> str:
    """Return a report as HTML; times are those of `zone` (None: local time), whose `offset` it tells."""
    intervals = [
        Interval(datetime.fromisoformat(each.start), each.taken_in, each.created, each.failed)
        for each in report.intervals
    ]
    return render_file(
        "report.html",
        zone,
        found=report,
        title=title,
        offset=offset,
        no_findings=no_findings(report),
        intervals=intervals,
        failures=[CodeCount(each.code, each.title, each.entries) for each in report.failures],
        states=[StateCount(str(each.value), each.orders, has_more=False) for each in report.states],
    )
