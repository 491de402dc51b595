"""A file of both kinds of order: the submission is killed and resumed, and so are four runs of the queue."""

from __future__ import annotations

import json
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.trial_server import lent_database
from faults.verification import after_a_crash, receipts, site, verify
from ordercli.database.opening import open_database
from support.builders import ndjson, product_order, service_order

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from faults.commands import Site
    from support.builders import Json

ORDERS = 20_000
# Of a hundred orders, three are bad: of either kind.
BAD = (7, 40, 77)
RUNS = 4
MOST_ROUNDS = 3
ORDERS_IN_A_TRANSACTION = 500
# While a run of the queue creates this many orders it is killed, or soon after.
ORDERS_IN_A_SECOND = 4_000
SUBMIT = ("submit", "orders.ndjson", "--async", "-o", "ndjson", "--idempotency-key", "night")


def mixed_night(folder: Path, rng: Random, address: str = "", orders: int = ORDERS) -> Trial:
    """Half of the orders are product orders, half service orders; in the end each good one is there once."""
    at = site(folder, address)
    marks = [f"NIGHT-{n}" for n in range(orders)]
    good = [mark for n, mark in enumerate(marks) if n % 100 not in BAD]
    (folder / "orders.ndjson").write_bytes(ndjson(*(_order(n, mark) for n, mark in enumerate(marks))))
    promised, kills, codes = _submitted(at, rng, orders)
    killed, drained = _drained(at, rng, orders)
    (folder / "orders.ndjson").rename(folder / "again.ndjson")
    again = at.start("submit", "again.ndjson", "--async", "-o", "json", "--rejects", "none")
    again.end()
    summary = json.loads(again.printed)
    trial = verify(at, promised=promised, marks=good, faults=kills + killed)
    findings = [f"the last submission ended with {code}" for code in codes - {1}]
    findings += [f"a run of the queue ended with {code}" for code in drained - {0}]
    wanted = {"read": orders, "accepted": 0, "duplicates": len(good), "rejected": orders - len(good)}
    findings += [f"{name} is {summary[name]}, not {n}" for name, n in wanted.items() if summary[name] != n]
    findings += _differences(at, good)
    findings += ["db check found something"] if at.run("db", "check") else []
    return trial._replace(findings=(*trial.findings, *findings))


def _order(n: int, mark: str) -> Json:
    order = (product_order, service_order)[n % 2](mark, description=mark)
    return {**order, "relatedParty": []} if n % 100 in BAD else order


def _submitted(at: Site, rng: Random, orders: int) -> tuple[set[str], int, set[int]]:
    """Submit, be killed twice and resume; the promised orders, the kills, and how the last submission ended."""
    promised: set[str] = set()
    transactions = max(orders // ORDERS_IN_A_TRANSACTION, 2)
    for place in rng.sample(["submit-batch-after-commit", "submit-batch-before-commit", "receipts"], 2):
        broken = at.start(*SUBMIT, failpoint=f"{place}:kill:{rng.randint(1, transactions // 2)}")
        broken.end()
        promised |= receipts(broken.printed)
        after_a_crash(at)
    last = at.start(*SUBMIT)
    code = last.end()
    return promised | receipts(last.printed), 2, {code}


def _drained(at: Site, rng: Random, orders: int) -> tuple[int, set[int]]:
    """Let four runs share the queue, kill all of them now and then, and let the last four come to their end.

    An entry that has lost three of them ends in error (ORD192), as it must; an operator has it tried again.
    """
    kills = 0
    for _ in range(MOST_ROUNDS):
        runs = [at.start("queue", "run", "--batch-size", str(rng.choice([20, 100, 500]))) for _ in range(RUNS)]
        for run in runs:
            time.sleep(rng.uniform(0, orders / ORDERS_IN_A_SECOND / RUNS / MOST_ROUNDS))
            kills += run.kill()
        after_a_crash(at)
    runs = [at.start("queue", "run") for _ in range(RUNS)]
    codes = {run.end() for run in runs} - {1}
    at.run("queue", "retry", "--state", "error")
    return kills, codes | {at.run("queue", "run")}


def _differences(at: Site, good: list[str]) -> list[str]:
    """Return what is stored of each kind where it is not what was sent."""
    with closing(open_database(at.database)) as connection:
        found = dict(connection.execute("SELECT resource, count(*) FROM customer_order GROUP BY resource").fetchall())
    odd = sum(int(mark.removeprefix("NIGHT-")) % 2 for mark in good)
    wanted = {"productOrder": len(good) - odd, "serviceOrder": odd}
    rejects = [line for file in at.folder.glob("*.rejects*.ndjson") for line in file.read_bytes().splitlines()]
    refused = {json.loads(line)["order"]["externalId"] for line in rejects}
    missing = [] if len(refused) == len(good) * 3 // 97 else [f"{len(refused)} refused orders are in rejects files"]
    return [*([] if found == wanted else [f"created: {found}, not {wanted}"]), *missing]


def _on_a_server(folder: Path, rng: Random) -> Trial:
    with lent_database() as address:
        return mixed_night(folder, rng, address)


CAMPAIGNS = (
    Campaign("a mixed file of 20,000 orders, killed and resumed", partial(mixed_night, address=""), 5),
    Campaign("a mixed file of 20,000 orders, killed and resumed, PostgreSQL", _on_a_server, 3),
)
