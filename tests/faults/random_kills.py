"""Several submissions and runs of the queue work on one database and are killed at random moments."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.verification import receipts, site, verify, write_orders

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from faults.commands import Running, Site

ROUNDS = 8
ORDERS = 40
LONGEST_LIFE_SECONDS = 0.08


def kill_at_random(folder: Path, rng: Random) -> Trial:
    """Run five processes per round and kill each; everything that was promised must be there in the end."""
    at = site(folder)
    promised: set[str] = set()
    kills = 0
    for n in range(ROUNDS):
        submissions = _submissions(at, n)
        processes = [*submissions, *_runs(at, rng)]
        rng.shuffle(processes)
        for process in processes:
            time.sleep(rng.uniform(0, LONGEST_LIFE_SECONDS))
            kills += process.kill()
        promised.update(*(receipts(each.printed) for each in submissions))
    marks = [f"PO-{n}" for n in range(ROUNDS * ORDERS)]
    write_orders(at, "all.ndjson", marks)
    at.run("submit", "all.ndjson", "--async")
    return verify(at, promised=promised, marks=marks, faults=kills)


def _submissions(at: Site, n: int) -> list[Running]:
    """Start two submissions of the same orders, by external id, and one of orders of its own."""
    write_orders(at, f"{n}.ndjson", [f"PO-{each}" for each in range(n * ORDERS, (n + 1) * ORDERS)])
    write_orders(at, f"{n}-anonymous.ndjson", [f"{n}-{each}" for each in range(ORDERS)], anonymous=True)
    calls = [(f"{n}.ndjson", "--async"), (f"{n}.ndjson", "--async"), (f"{n}-anonymous.ndjson",)]
    return [at.start("submit", *call, "-o", "ndjson", "--rejects", "none") for call in calls]


def _runs(at: Site, rng: Random) -> list[Running]:
    sizes = [rng.choice([1, 7, 50]) for _ in range(2)]
    runs = [at.start("queue", "run", "--batch-size", str(size)) for size in sizes]
    if rng.random() < 0.3:
        runs.append(at.start("queue", "purge", "--completed", "0s", "--yes"))
    return runs


CAMPAIGNS = (Campaign("kill -9 of submissions and runs at random moments", kill_at_random, 300),)
