"""What is told of a run of submit to somebody at a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ordercli.bulk.submission import Run, Submission
from ordercli.output.stream import Format, Output
from ordercli.output.submission import print_submission
from ordercli.queue.batches import Counts

if TYPE_CHECKING:
    import pytest


def test_the_rate_of_a_run_is_that_of_the_orders_that_it_read_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    resumed = Submission(
        "b" * 32, Run("sync", "cli", ["orders.ndjson"]), "servicenow", counts=Counts(600, 600), before=Counts(500, 500)
    )
    resumed.elapsed_seconds = 2.0

    print_submission(resumed, Output(Format.NDJSON))

    nothing = "duplicates 0, conflicts 0, rejected 0, warnings 0"
    assert capsys.readouterr().err.splitlines() == [
        f"100 of 100 orders created in 2.0 s (50/s), batch {'b' * 32}",
        f"  read 100, accepted 100, {nothing}",
        f"  the whole batch: read 600, accepted 600, {nothing}",
    ]
