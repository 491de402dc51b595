from __future__ import annotations

from ordercli.errors import ErrorKind
from ordercli.exit_codes import BY_KIND, BY_SIGNAL
from ordercli.run_control import STOP_SIGNALS


def test_every_kind_of_error_has_an_exit_code_of_its_own() -> None:
    assert set(BY_KIND) == set(ErrorKind)
    assert len(set(BY_KIND.values())) == len(BY_KIND)


def test_every_signal_that_stops_a_run_has_the_exit_code_of_shells() -> None:
    assert {number: code.value for number, code in BY_SIGNAL.items()} == {each: 128 + each for each in STOP_SIGNALS}
