"""Verify a database after a fault: process the queue once more, and compare promised with stored orders."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING, Any

from faults.campaign import Trial
from faults.commands import Site
from faults.server_clients import let_time_pass, wait_for_clients_to_end
from ordercli.database.opening import exists, make_database
from ordercli.operations.audit import audit
from support.builders import is_service_order, mixed_order, ndjson
from support.stored import rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.database.store import Store

Json = dict[str, Any]
DAY = 86400.0
PROMISED = {"accepted", "duplicate"}
FINAL = {"completed", "error", "cancelled"}


@cache
def fresh_database() -> bytes:
    """Return an empty database of the current schema."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "orders.db"
        make_database(str(path)).close()
        return path.read_bytes()


def site(folder: Path, address: str = "") -> Site:
    """Return a site with an empty database: a new file, or the one at the address."""
    made = Site(folder, address)
    if not address:
        Path(made.database).write_bytes(fresh_database())
    return made


def marked_order(mark: str, *, anonymous: bool = False) -> Json:
    """Return a valid order of either kind with its mark in the description; an anonymous one has no external id."""
    return mixed_order(mark, anonymous=anonymous, description=mark)


def write_orders(at: Site, name: str, marks: Iterable[str], *, anonymous: bool = False) -> None:
    """Write a file of valid orders."""
    (at.folder / name).write_bytes(ndjson(*(marked_order(mark, anonymous=anonymous) for mark in marks)))


def cancellation(mark: str, order: str = "") -> Json:
    """Return a request to cancel the order with this mark, or the named order of its kind."""
    kind = "serviceOrder" if is_service_order(mark) else "productOrder"
    return {"cancellationReason": "left", kind: {"id": order or mark}}


def receipts(printed: bytes) -> set[str]:
    """Return the order ids that a submission has promised: those of all complete lines that it printed."""
    lines = (json.loads(line) for line in printed.split(b"\n")[:-1])
    return {each["orderId"] for each in lines if each["outcome"] in PROMISED}


def verify(at: Site, *, promised: Iterable[str] = (), marks: Iterable[str] = (), faults: int = 1) -> Trial:
    """Process the queue once more, and compare: `promised` are order ids, `marks` those of orders that must be there.

    Entries that wait for another attempt are not waited for: a second run has a clock that is a month ahead.
    """
    after_a_crash(at)
    started = monotonic()
    # If a command was killed before it had made the database, there is no queue.
    codes = [at.run("queue", "run")] if exists(at.database) else []
    recovery = monotonic() - started
    if "pending" in _states(at):
        after_a_crash(at)
        codes.append(at.run("queue", "run", clock_offset=30 * DAY))
    with closing(make_database(at.database)) as connection:
        kept, created = _kept(connection), _created(connection)
    findings = [str(fault) for fault in audit(at.database)]
    findings += [f"a run of the queue ended with {each}" for each in codes if each not in {0, 1}]
    findings += [f"an entry is still {state}" for state in sorted(_states(at) - FINAL)]
    findings += ["a traceback was printed"] if b"Traceback" in at.complaints else []
    lost = len({*promised} - kept.keys()) + len({*marks} - {*kept.values()} - created.keys())
    twice = sum(n - 1 for n in created.values())
    return Trial(lost, twice, recovery, tuple(findings), faults)


def after_a_crash(at: Site) -> None:
    """Wait until the server has ended the transactions of dead processes; a file is free at once."""
    if at.address:
        wait_for_clients_to_end(at.address)
        let_time_pass(at.address)


def _kept(connection: Store) -> dict[str, str | None]:
    """Return the known order ids with their external ids: customer orders, and entries that have ended."""
    orders = {row["order_id"]: row["external_id"] for row in rows(connection, "customer_order")}
    return orders | {row["order_id"]: row["external_id"] for row in rows(connection, "inbound_entry")}


def _created(connection: Store) -> Counter[str]:
    """Return the number of customer orders of each mark."""
    found = connection.execute("SELECT body FROM customer_order JOIN payload USING (seq)").fetchall()
    return Counter(json.loads(body)["description"] for (body,) in found)


def _states(at: Site) -> set[str]:
    """Return the states of entries."""
    with closing(make_database(at.database)) as connection:
        return {state for (state,) in connection.execute("SELECT DISTINCT state FROM inbound_entry").fetchall()}
