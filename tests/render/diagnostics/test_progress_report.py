from __future__ import annotations

from ordercli.intake.inputs import Progress
from ordercli.operations.results import Summary
from ordercli.output.diagnostics.reports import ProgressReport
from render.diagnostics.written import BAD_ACTION


class Shown:
    """A display that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[object] = []

    def show(self, done: int, counted: int, refused: int = 0, total: int | None = None) -> None:
        self.told.append((done, counted, refused, total))

    def clear(self) -> None:
        self.told.append("cleared")


def test_the_display_makes_room_for_a_diagnostic_and_is_shown_after_each_batch() -> None:
    display, read = Shown(), Progress(total=100)
    report = ProgressReport(display, read)

    read.read = 40
    report.advanced(500)
    report.diagnostic(BAD_ACTION)
    read.read = 100
    report.advanced(20)
    report.end(Summary(1, 520, 1, 0, 1))

    assert display.told == [(40, 500, 0, 100), "cleared", (100, 520, 1, 100), "cleared"]
