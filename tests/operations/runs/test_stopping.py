from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from ordercli.exit_codes import BY_SIGNAL, ExitCode, code_of_stop
from ordercli.run_control import Interrupted, Stop

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _handlers() -> Iterator[None]:
    handlers = {number: signal.getsignal(number) for number in BY_SIGNAL}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "exit_code"), [(signal.SIGINT, ExitCode.INTERRUPTED), (signal.SIGTERM, ExitCode.TERMINATED)]
)
def test_the_first_signal_asks_to_stop_and_the_second_is_as_usual(number: signal.Signals, exit_code: ExitCode) -> None:
    stop = Stop().listen()
    before = (stop.signal is not None, code_of_stop(stop))

    os.kill(os.getpid(), number)

    assert before == (False, ExitCode.OK)
    assert (stop.signal is not None, code_of_stop(stop)) == (True, exit_code)
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_signal_breaks_off_waiting() -> None:
    stop = Stop().listen()

    with pytest.raises(Interrupted), stop.waiting():
        os.kill(os.getpid(), signal.SIGTERM)

    assert code_of_stop(stop) is ExitCode.TERMINATED


def test_a_signal_that_came_before_the_wait_breaks_it_off_too() -> None:
    stop = Stop().listen()
    os.kill(os.getpid(), signal.SIGTERM)
    waited = []

    with pytest.raises(Interrupted), stop.waiting():
        waited.append("for a pipe")

    assert waited == []


def test_after_the_wait_a_signal_disturbs_nobody() -> None:
    stop = Stop().listen()
    with stop.waiting():
        pass

    os.kill(os.getpid(), signal.SIGINT)

    assert code_of_stop(stop) is ExitCode.INTERRUPTED
