"""Kill every command, or let it fail, at every failpoint that it passes; then run it again."""

from __future__ import annotations

import signal
from functools import partial
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.scenarios import MARKS, QUEUE, scenarios
from faults.verification import receipts, verify
from ordercli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from faults.scenarios import Scenario


def break_at(folder: Path, place: str, scenario: Scenario, action: str, address: str = "") -> Trial:
    """Break the command of the scenario at the failpoint, check the database, and run the command again."""
    at = scenario.set_up(folder, address)
    broken = scenario.start(at, f"{place}:{action}")
    ended = broken.end()
    promised = receipts(broken.printed) if scenario.command[0] == "submit" else set()
    between = verify(at, promised=promised) if scenario.command[0] == "submit" else None
    again = scenario.again(at)
    if scenario.command == ("queue", "pause"):
        at.run("queue", "resume")
    at.run(*QUEUE)
    after = verify(at, promised=promised, marks=MARKS)
    findings = [*(between.findings if between else ()), *after.findings]
    findings += [f"{place} was not reached"] if action == "kill" and ended != -signal.SIGKILL else []
    findings += ["the same command, given again, ended with 70"] if again == ExitCode.INTERNAL else []
    recovery = between.recovery_seconds if between else after.recovery_seconds
    return Trial(after.lost, after.twice, recovery, tuple(findings))


def _anywhere(action: str, folder: Path, rng: Random) -> Trial:
    place, scenario = rng.choice(scenarios())
    return break_at(folder, place, scenario, action)


CAMPAIGNS = (
    Campaign("kill -9 at a failpoint", partial(_anywhere, "kill"), 1000),
    Campaign("an unexpected error at a failpoint", partial(_anywhere, "raise"), 500),
)
