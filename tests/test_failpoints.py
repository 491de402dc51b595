from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ordercli
from ordercli import failpoints
from ordercli.clock import now
from ordercli.errors import FailpointError, UsageError
from ordercli.failpoints import BETWEEN, FORWARD_TRANSACTIONS, SERVER_TRANSACTIONS, TRANSACTIONS, arm, failpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.running import Ordercli

SOURCES = {path: path.read_text() for path in Path(ordercli.__path__[0]).rglob("*.py")}
# These write nothing: they keep a source still, or wait for who writes.
READING = {"copy-source", "horizon"}
# Servers are killed at any moment while many clients write, in tests/http.
OF_SERVERS = {"serve-check", "serve-tokens", "fulfil", "hub"}
SWITCHED_ON = {"ORDERCLI_TESTING": "1"}


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    arm(SWITCHED_ON)


def test_every_transaction_has_a_name_and_every_name_a_transaction() -> None:
    calls = [call for text in SOURCES.values() for call in re.findall(r"(?<!def )\btransaction\(([^)]+)\)", text)]

    named = [match[1] for call in calls if (match := re.search(r', "([a-z-]+)"$', call))]

    assert len(named) == len(calls)
    assert set(named) - READING - OF_SERVERS == {*TRANSACTIONS, *FORWARD_TRANSACTIONS, *SERVER_TRANSACTIONS} - {
        "migration"
    }


def test_every_other_place_stands_in_the_program() -> None:
    text = "".join(text for path, text in SOURCES.items() if path.name != "failpoints.py")

    found = set(re.findall(r'\bfailpoint\("([a-z-]+)"\)', text))

    assert found == {*BETWEEN, "migration-before-commit", "migration-after-commit"}


def test_a_place_raises_at_the_hit_that_was_asked_for_and_at_no_other() -> None:
    arm({**SWITCHED_ON, "ORDERCLI_FAILPOINT": "create:raise:2"})
    failpoint("create")
    failpoint("rescue")

    with pytest.raises(FailpointError, match="failpoint create"):
        failpoint("create")

    failpoint("create")


def test_several_places_break_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(failpoints, "sleep", slept.append)
    arm({**SWITCHED_ON, "ORDERCLI_FAILPOINT": "create:sleep:0.5,rescue:raise"})

    failpoint("create")
    failpoint("create")

    assert slept == [0.5, 0.5]
    with pytest.raises(FailpointError):
        failpoint("rescue")


def test_the_clock_can_be_wrong() -> None:
    before = now()

    arm({**SWITCHED_ON, "ORDERCLI_CLOCK_OFFSET": "-3600"})

    assert 3590 < (before - now()).total_seconds() < 3600


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({"ORDERCLI_FAILPOINT": "create:kill"}, "ORDERCLI_FAILPOINT breaks the program on purpose"),
        ({"ORDERCLI_CLOCK_OFFSET": "1"}, "ORDERCLI_CLOCK_OFFSET breaks the program on purpose"),
        ({**SWITCHED_ON, "ORDERCLI_FAILPOINT": "nowhere:kill"}, "ORDERCLI_FAILPOINT: there is no failpoint 'nowhere'"),
        (
            {**SWITCHED_ON, "ORDERCLI_FAILPOINT": "create:explode"},
            "ORDERCLI_FAILPOINT: 'explode' is none of kill, stop, raise, sleep",
        ),
        ({**SWITCHED_ON, "ORDERCLI_FAILPOINT": "create:sleep:long"}, "ORDERCLI_FAILPOINT: 'long' is no number"),
        ({**SWITCHED_ON, "ORDERCLI_CLOCK_OFFSET": "later"}, "ORDERCLI_CLOCK_OFFSET: 'later' is no number"),
    ],
)
def test_what_cannot_be_asked_for_is_a_usage_error(environ: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as refused:
        arm(environ)

    assert refused.value.message == message


def test_a_command_with_a_wrong_clock_leaves_the_clock_of_other_tests(ordercli: Ordercli) -> None:
    before = now()

    ordercli("doctor", ORDERCLI_TESTING="1", ORDERCLI_CLOCK_OFFSET="-3600")

    assert before <= now()


def test_a_command_refuses_to_be_broken_without_the_testing_switch(ordercli: Ordercli) -> None:
    result = ordercli("queue", "status", ORDERCLI_FAILPOINT="create:kill")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "error: ORDERCLI_FAILPOINT breaks the program on purpose",
        "  hint: it is for tests, which set ORDERCLI_TESTING=1",
    ]
