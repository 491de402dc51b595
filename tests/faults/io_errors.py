"""Let the disk fail at the Nth call, once or for good: the command reports it, and nothing it acknowledged is lost."""

from __future__ import annotations

import json
import tempfile
from contextlib import closing
from functools import cache, partial
from itertools import cycle, product
from pathlib import Path
from random import Random
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

from faults.apsw_driver import Journal, journal, through
from faults.campaign import Campaign, Trial
from faults.failing_disk import Call, FailingVfs
from ordercli.database.opening import open_database
from ordercli.exit_codes import ExitCode
from ordercli.operations.audit import audit
from support.builders import mixed_orders, ndjson
from support.running import Ordercli

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.running import Result

DATABASE, ORDERS = "orders.db", "orders.ndjson"
WAITING, SENT = 4, 8
JOURNALS = (Journal("WAL", "FULL"), Journal("PERSIST", "EXTRA"))
COMMANDS = (
    ("submit", ORDERS, "--async", "-o", "ndjson"),
    ("submit", ORDERS, "-o", "ndjson"),
    ("queue", "run", "--batch-size", "3"),
    ("queue", "purge", "--completed", "0s", "--yes"),
)
ENDS = {ExitCode.OK, ExitCode.TRY_AGAIN}


class Case(NamedTuple):
    """A command on a database with a journal, and the calls that fail in it."""

    command: tuple[str, ...]
    journal: Journal
    failing: Call
    lasting: bool


@cache
def prepared(wanted: Journal) -> bytes:
    """Make a database with waiting and completed orders."""
    with tempfile.TemporaryDirectory() as name, journal(wanted):
        folder = Path(name)
        ordercli = Ordercli(folder, str(folder / DATABASE))
        for first in (SENT + 1, 1):
            ordercli("submit", "--async", stdin=ndjson(*mixed_orders(WAITING, first)))
            if first > 1:
                ordercli("queue", "run")
        return (folder / DATABASE).read_bytes()


def run(folder: Path, case: Case, at: int) -> tuple[Result, int]:
    """Run the command with a failure at the Nth call; return its result, and the number of such calls."""
    database, orders = folder / DATABASE, folder / ORDERS
    for old in folder.glob(f"{DATABASE}*"):
        if old.is_file():
            old.unlink()
    database.write_bytes(prepared(case.journal))
    orders.write_bytes(ndjson(*mixed_orders(SENT)))
    disk = FailingVfs("failing", case.failing, at, lasting=case.lasting)
    command = [str(orders) if each == ORDERS else each for each in case.command]
    with journal(case.journal), through(disk, "failing"):
        return Ordercli(folder, str(database))(*command), disk.calls


def trial(folder: Path, case: Case, at: int) -> Trial:
    """Run one trial: the Nth call fails."""
    result, _ = run(folder, case, at)
    began, database = monotonic(), str(folder / DATABASE)
    with journal(Journal(case.journal.mode, "OFF")):  # nothing fails any more, and the disk need not be waited for
        findings = [*wrong_end(result), *claims_kept(database, case)]
        lost = reported(result) - ids(database, KNOWN)
        again = Ordercli(folder, database)
        processed = again("queue", "run", "-o", "json")
        seconds = monotonic() - began
        findings += not_done(processed, "remaining")
        findings += not_done(again("submit", str(folder / ORDERS), "-o", "json"), "rejected", "conflicts")
        findings += map(str, audit(database))
        reported_where = (f"{case} at {at}: {each}" for each in findings)
        return Trial(len(lost), sum(ids(database, TWICE)), seconds, tuple(reported_where))


KNOWN = "SELECT order_id FROM inbound_entry UNION SELECT order_id FROM customer_order"
TWICE = "SELECT count(*) - count(DISTINCT external_id) FROM customer_order"
NOT_GIVEN_BACK = "SELECT order_id FROM inbound_entry WHERE state <> 'completed' AND (state <> 'new' OR attempts > 0)"


def ids(database: str, question: str) -> set[Any]:
    """Return one column of the current database."""
    with closing(open_database(database)) as connection:
        return {value for (value,) in connection.execute(question)}


def reported(result: Result) -> set[str]:
    """Return the orders whose receipts were printed, however the command ended."""
    receipts = (json.loads(line) for line in result.stdout.splitlines() if line.startswith('{"file"'))
    return {receipt["orderId"] for receipt in receipts}


def wrong_end(result: Result) -> Iterator[str]:
    """Return what is wrong unless the command ended well, or with 75 and a line with the reason."""
    explained = not result.exit_code or (result.stderr and "internal error" not in result.stderr)
    if result.exit_code not in ENDS or not explained:
        yield f"exit {result.exit_code}: {result.stderr}"


def claims_kept(database: str, case: Case) -> Iterator[str]:
    """Check that after a passing failure no claim is left and no attempt was counted."""
    for order_id in () if case.lasting else ids(database, NOT_GIVEN_BACK):
        yield f"the claim of {order_id} was not given back"


def not_done(result: Result, *left: str) -> Iterator[str]:
    """Check that the next commands do all the remaining work."""
    if result.exit_code or any(result.json[each] for each in left if result.stdout):
        yield f"exit {result.exit_code}: {result.stdout} {result.stderr}"


@cache
def calls(case: Case) -> int:
    """Return the number of calls of the kind in a run without failures."""
    with tempfile.TemporaryDirectory() as name:
        return run(Path(name), case, at=0)[1]


@cache
def every_call(*, lasting: bool) -> Iterator[tuple[Case, int]]:
    """Yield every call of every command, with each journal and kind of failure, in random order, for ever."""
    cases = (Case(*each, lasting) for each in product(COMMANDS, JOURNALS, Call))
    found = [(case, at) for case in cases for at in range(1, calls(case._replace(lasting=False)) + 1)]
    Random(len(found)).shuffle(found)  # noqa: S311
    return cycle(found)


def next_trial(folder: Path, _rng: Random, *, lasting: bool) -> Trial:
    """Run the next trial of `every_call`."""
    return trial(folder, *next(every_call(lasting=lasting)))


CAMPAIGNS = (
    Campaign("a call of the disk fails", partial(next_trial, lasting=False), 2000),
    Campaign("the disk fails for good", partial(next_trial, lasting=True), 2000),
)
