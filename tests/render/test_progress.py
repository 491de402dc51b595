from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from ordercli.output.progress import Bar, Display, Lines, cleared
from ordercli.output.stream import Format, Output
from ordercli.run_control import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """A clock that stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    """A text stream that is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock() -> Clock:
    """A clock."""
    return Clock()


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Standard error becomes a terminal of 80 columns without colours; not in a fixture, for pytest sets it anew."""
    made = Terminal()
    monkeypatch.setattr(sys, "stderr", made)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    return made


def test_nobody_looks_at_a_stream_that_is_no_terminal(clock: Clock) -> None:
    with Output().progress("submit", clock=clock) as display:
        assert display is None


def test_quiet_shows_nothing(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with Output(quiet=True, verbose=1).progress("submit", clock=clock) as display:
        assert display is None
    assert terminal.getvalue() == ""


def test_a_terminal_that_cannot_move_its_cursor_gets_no_bar(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setenv("TERM", "dumb")

    with Output().progress("submit", clock=clock) as display:
        assert display is None
    with Output(verbose=1).progress("submit", clock=clock) as display:
        assert isinstance(display, Lines)
    assert terminal.getvalue() == ""


def test_a_terminal_that_receipts_are_printed_on_gets_no_bar(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    monkeypatch.setattr(sys, "stdout", Terminal())

    with Output(Format.NDJSON).progress("submit", clock=clock) as display:
        assert display is None
    with Output(Format.JSON).progress("submit", clock=clock) as display:
        assert isinstance(display, Bar)
    assert terminal.getvalue() == ""


def test_short_work_draws_no_bar_and_imports_no_rich(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with Output().progress("submit", clock=clock) as display:
        assert display is not None
        clock.now += 0.4
        display.show(Progress(100, 10, 0, 200))

    assert terminal.getvalue() == ""


def test_a_bar_shows_share_orders_rate_and_what_was_refused(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with Output().progress("submit", clock=clock) as display:
        assert display is not None
        clock.now += 2
        display.show(Progress(500, 3000, 7, 1000))
        shown = terminal.getvalue()

    last = shown.split("\r")[-1].replace("\x1b[2K", "")
    assert last.startswith("submit ")
    assert "50% 3,000 (1,500/s) 7 rejected" in " ".join(last.split())


def test_a_bar_leaves_the_cursor_to_be_seen_and_goes_when_the_work_ends(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = on_terminal(monkeypatch)
    with Output().progress("submit", clock=clock) as display:
        assert display is not None
        clock.now += 2
        display.show(Progress(500, 3000, 0, 1000))
        during = terminal.getvalue()

    assert during.rindex("\x1b[?25h") > during.rindex("\x1b[?25l")
    assert terminal.getvalue().rstrip("\r").endswith("\x1b[2K")


def test_a_bar_is_drawn_at_most_ten_times_a_second(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    with Output().progress("submit", clock=clock) as display:
        assert display is not None
        clock.now += 1
        display.show(Progress(1, 1, 0, 100))
        drawn = terminal.getvalue()
        for done in range(2, 50):
            display.show(Progress(done, done, 0, 100))
            clock.now += 0.001

        assert terminal.getvalue() == drawn


def test_verbose_writes_a_line_every_30_seconds(clock: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    with Output(verbose=1).progress("queue run", "failed", clock) as display:
        assert display is not None
        for done in range(0, 7000, 1000):
            display.show(Progress(done, done, 2 if done else 0, 10_000))
            clock.now += 10

    assert capsys.readouterr().err.splitlines() == [
        "queue run: 3000, 30% (100/s), 2 failed",
        "queue run: 6000, 60% (100/s), 2 failed",
    ]


def test_a_bar_is_gone_where_a_row_is_printed(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)

    def rows(display: Display) -> Iterator[str]:
        for row in ("one", "two"):
            clock.now += 2
            display.show(Progress(500, 3000, 0, 1000))
            assert "db check" in terminal.getvalue().split("\r")[-1]
            yield row

    with Output().progress("db check", clock=clock) as display:
        assert display is not None
        for row in cleared(rows(display), display):
            assert (row, terminal.getvalue().rstrip("\r")[-4:]) == (row, "\x1b[2K")


def test_where_nothing_is_displayed_the_rows_are_the_same() -> None:
    assert list(cleared(iter("ab"), None)) == ["a", "b"]
