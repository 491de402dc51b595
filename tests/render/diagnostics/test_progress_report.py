from __future__ import annotations

from ordercli.operations.diagnostics import Summary
from ordercli.output.diagnostics.reports import ProgressReport
from ordercli.run_control import Progress
from render.diagnostics.written import BAD_ACTION


class Shown:
    """A display that remembers what it was told."""

    def __init__(self) -> None:
        self.reported: list[object] = []

    def show(self, progress: Progress) -> None:
        self.reported.append(progress)

    def clear(self) -> None:
        self.reported.append("cleared")


def test_the_display_makes_room_for_a_diagnostic_and_for_the_end() -> None:
    display = Shown()
    report = ProgressReport(display)

    report.diagnostic(BAD_ACTION)
    display.show(Progress(100, 520, 1, 100))
    report.end(Summary(1, 520, 1, 0, 1))

    assert display.reported == ["cleared", Progress(100, 520, 1, 100), "cleared"]


def test_the_display_stays_for_a_diagnostic_that_is_not_printed() -> None:
    of_a_group, none = Shown(), Shown()
    reports = [ProgressReport(of_a_group, 3), ProgressReport(none, 0)]

    for _ in range(5):
        for report in reports:
            report.diagnostic(BAD_ACTION)

    assert (of_a_group.reported, none.reported) == (["cleared"] * 3, [])
