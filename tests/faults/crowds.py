"""Run the queue in several processes at once, in one that continues too late, and with clocks that differ."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.verification import DAY, receipts, site, verify, write_orders

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

ORDERS = 120
MARKS = [f"PO-{n}" for n in range(ORDERS)]
SUBMIT = ("submit", "orders.ndjson", "--async", "-o", "ndjson")
AFTER_A_HANG_SECONDS = 3600.0


def drain_together(folder: Path, rng: Random) -> Trial:
    """Let two to eight runs process one queue, each slowed at another place; no order may be created twice."""
    at = site(folder)
    write_orders(at, "orders.ndjson", MARKS)
    at.run(*SUBMIT)
    places = ["claim-before-commit", "claim-after-commit", "create", "finish-before-commit", "finish-after-commit"]
    runs = [
        at.start(
            *("queue", "run", "--batch-size", str(rng.choice([1, 5, 20])), "-o", "json"),
            failpoint=f"{rng.choice(places)}:sleep:0.002",
        )
        for _ in range(rng.randint(2, 8))
    ]
    codes = {run.end() for run in runs}
    completed = sum(json.loads(run.printed)["completed"] for run in runs)
    trial = verify(at, marks=MARKS)
    findings = [f"a run ended with {code}" for code in codes - {0}]
    findings += [f"{completed} orders were created by their own account"] if completed != ORDERS else []
    return trial._replace(findings=(*trial.findings, *findings))


def wake_a_zombie(folder: Path, rng: Random) -> Trial:
    """Stop a run that holds a claim, let others take the claim over, then continue the first run.

    By then the run that took over has finished, was killed, or is still working.
    """
    at = site(folder)
    write_orders(at, "orders.ndjson", MARKS)
    at.run(*SUBMIT)
    place = rng.choice(["claim-after-commit", "create"])
    zombie = at.start("queue", "run", "--batch-size", "30", failpoint=f"{place}:stop:{rng.randint(1, 3)}")
    zombie.wait_until_stopped()
    breaks = rng.choice(["", "create:kill", "finish-before-commit:kill", "finish-after-commit:kill:2", "create:stop:9"])
    successor = at.start("queue", "run", failpoint=breaks, clock_offset=AFTER_A_HANG_SECONDS)
    if breaks == "create:stop:9":
        successor.wait_until_stopped()
    else:
        successor.end()
    zombie.go_on()
    codes = [zombie.end()]
    if breaks == "create:stop:9":
        successor.go_on()
        codes.append(successor.end())
    trial = verify(at, marks=MARKS)
    return trial._replace(findings=(*trial.findings, *(f"a run ended with {code}" for code in codes if code)))


def jump_with_the_clock(folder: Path, rng: Random) -> Trial:
    """Give each command another clock, up to three days apart, and kill some of them."""
    at = site(folder)
    promised: set[str] = set()
    jumps = 6
    for n in range(jumps):
        write_orders(at, f"{n}.ndjson", MARKS[n * 20 : (n + 1) * 20])
        submission = at.start("submit", f"{n}.ndjson", *SUBMIT[2:], clock_offset=_offset(rng))
        submission.end()
        promised |= receipts(submission.printed)
        broken = rng.choice(["", "create:kill", "finish-before-commit:raise", "finish-after-commit:kill"])
        also = ",finish-singly-before-commit:raise" if broken.endswith("raise") else ""
        at.run("queue", "run", "--batch-size", "15", failpoint=broken + also, clock_offset=_offset(rng))
    return verify(at, promised=promised, marks=MARKS, faults=2 * jumps)


def _offset(rng: Random) -> float:
    return rng.uniform(-1.5, 1.5) * DAY


CAMPAIGNS = (
    Campaign("two to eight runs of the queue at once", drain_together, 200),
    Campaign("a run that goes on after its claim was rescued", wake_a_zombie, 200),
    Campaign("clocks that jump", jump_with_the_clock, 100),
)
