from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import pytest

from faults.campaign import Campaign, Trial
from faults.failing_disk import Call
from faults.io_errors import CAMPAIGNS, COMMANDS, JOURNALS, Case, run, trial
from ordercli.exit_codes import ExitCode

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from faults.apsw_driver import Journal

TRIALS = 12
UNUSED: Random = None  # type: ignore[assignment]


@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda each: each.fault)
def test_a_failing_disk_loses_nothing_that_was_told(tmp_path: Path, campaign: Campaign) -> None:
    trials = [campaign.trial(tmp_path, UNUSED) for _ in range(TRIALS)]

    assert [each._replace(recovery_seconds=0.0) for each in trials] == [Trial()] * TRIALS


@pytest.mark.parametrize("journal", JOURNALS, ids=lambda each: each.mode)
@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: " ".join(each[:3]))
def test_a_sync_that_fails_ends_the_command_until_none_fails(
    tmp_path: Path, command: tuple[str, ...], journal: Journal
) -> None:
    case = Case(command, journal, Call.SYNC, lasting=False)
    ends, costs = [], []
    for at in count(1):
        result, calls = run(tmp_path, case, at)
        ends.append(result.exit_code)
        costs.append(trial(tmp_path, case, at)._replace(recovery_seconds=0.0))
        if calls < at:
            break

    assert ends[0] == ExitCode.TRY_AGAIN
    assert ends[-1] == ExitCode.OK
    assert costs == [Trial()] * len(costs)


def test_a_journal_that_cannot_be_opened_leaves_no_transaction_open_and_no_claim_kept(tmp_path: Path) -> None:
    case = Case(("queue", "run", "--batch-size", "3"), JOURNALS[1], Call.OPEN, lasting=False)

    costs = [trial(tmp_path, case, at)._replace(recovery_seconds=0.0) for at in range(1, 8)]

    assert costs == [Trial()] * 7
