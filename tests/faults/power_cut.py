"""Cut the power at any moment and lose any part of what was not synced: what was acknowledged is still there.

The writes of a run are recorded once (`disk`, through `apsw_driver`). Each trial picks a moment of it, builds what a
disk could hold after a power cut at that moment, and continues from there with pysqlite3, the binding that users have.
The disk is assumed to keep what it has synced.
"""

from __future__ import annotations

import tempfile
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from random import Random
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from faults.apsw_driver import Journal, connect, journal, through
from faults.campaign import Campaign, Trial
from faults.disk import Event, Files, RecordingVfs, Reported, after_cut, lay_out
from ordercli.bulk.batches import Followers
from ordercli.bulk.queue_run import run_queue
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_files
from ordercli.database import migrate
from ordercli.database import sqlite as driver
from ordercli.database.opening import make_database
from ordercli.database.sqlite import sqlite
from ordercli.errors import OrdercliError
from ordercli.operations.audit import audit
from ordercli.operations.change_entries import discard, operate_on_ids
from ordercli.operations.purge_entries import Retention, purge
from ordercli.settings import QueueSettings, Seconds, Settings
from support.builders import mixed_order, ndjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ordercli.database.store import Store
    from ordercli.operations.results import OrderResult
    from ordercli.resources.resource import Mode

WAL_FULL, PERSIST_EXTRA = Journal("WAL", "FULL"), Journal("PERSIST", "EXTRA")
WAL_NORMAL, WAL_OFF = Journal("WAL", "NORMAL"), Journal("WAL", "OFF")
DELETE_FULL, PERSIST_OFF = Journal("DELETE", "FULL"), Journal("PERSIST", "OFF")
DATABASE = "orders.db"
HISTORIES = 8
SECOND_CUT = 0.1
IN_A_RUN = 2
SETTINGS = Settings(queue=QueueSettings(batch_size=2))
# What a control has made of the queue can be endless.
IN_TIME = Settings(queue=QueueSettings(max_runtime=Seconds(5)))


class History(NamedTuple):
    """What was on the disk, the writes that followed, and what the caller knew before."""

    before: Files
    events: list[Event]
    known: tuple[Reported, ...] = ()


class Operator:
    """A user of the program, who records in the history what the program reports."""

    def __init__(self, folder: Path, vfs: RecordingVfs) -> None:
        self._database = str(folder / DATABASE)
        self._folder = folder
        self._vfs = vfs

    def committed(self, orders: Sequence[OrderResult]) -> None:
        """Note a committed batch."""
        self._tell("accepted", (each.order_id for each in orders if each.order_id))
        self._tell("created", (each.order_id for each in orders if each.order_id and each.rows))

    def submit(self, mode: Mode, orders: bytes) -> None:
        """Send orders."""
        path = self._folder / "orders.ndjson"
        path.write_bytes(orders)
        submit_files(self._database, Run(mode, "cli", [str(path)]), SETTINGS, followers=Followers([self]))

    def drain(self) -> None:
        """Run the queue."""
        run_queue(self._database, SETTINGS, lambda _: self._tell("created", self._ask(CREATED)))

    def purge(self) -> None:
        """Delete ended entries; of a discarded order only a count is left."""
        self._tell("purged", self._ask(WITHDRAWN))
        purge(self._database, Retention(0, 0))

    def discard(self, external_id: str) -> None:
        """Discard an order that waits."""
        operate_on_ids(self._database, discard("not wanted", "ana"), [external_id])

    def _ask(self, question: str) -> list[str]:
        with closing(connect(self._database, self._vfs.name)) as connection:
            return [order_id for (order_id,) in connection.execute(question)]

    def _tell(self, what: str, order_ids: Iterable[str]) -> None:
        self._vfs.events.append(Reported(what, frozenset(order_ids)))


CREATED = "SELECT order_id FROM customer_order"
WITHDRAWN = "SELECT order_id FROM inbound_entry WHERE state = 'cancelled'"
KNOWN = "SELECT order_id FROM inbound_entry UNION SELECT order_id FROM customer_order"
TWICE = "SELECT count(*) - count(DISTINCT external_id) FROM customer_order"


def orders(first: int, size: int = 10) -> bytes:
    """Return a few orders, one of them several pages long."""
    numbered = (mixed_order(f"PO-{n}") for n in range(first, first + IN_A_RUN))
    return ndjson(mixed_order(f"LONG-{first}", note=[{"text": "x" * size}]), *numbered)


def days_work(operator: Operator) -> None:
    """Run everything that writes: queue orders, create them at once and from the queue, discard and purge them."""
    operator.submit("async", orders(1, 40_000))
    operator.submit("sync", orders(11))
    operator.discard("PO-2")
    operator.drain()
    operator.purge()
    operator.submit("async", orders(1, 40_000) + orders(21))
    operator.drain()


def next_days_work(operator: Operator) -> None:
    """Send everything again after a power cut, and run the queue."""
    for first, size in ((1, 40_000), (11, 10), (21, 10)):
        operator.submit("async", orders(first, size))
    operator.drain()


def record(folder: Path, wanted: Journal, before: Files, work: Callable[[Operator], None], rng: Random) -> History:
    """Record a run of the program.

    Some runs have so little memory that SQLite writes before the commit, or a checkpoint every few pages, or another
    process that keeps the database open, so that closing it makes no checkpoint.
    """
    lay_out(folder, before)
    vfs = RecordingVfs(f"recording-{rng.getrandbits(64):x}")
    first = (f"PRAGMA cache_size = {rng.choice((4, 2000))}", f"PRAGMA wal_autocheckpoint = {rng.choice((4, 30))}")
    with journal(wanted), through(vfs, vfs.name, *first):
        beside = make_database(str(folder / DATABASE)) if rng.random() < 0.5 else None
        work(Operator(folder, vfs))
        if beside:
            beside.close()
    return History(before, vfs.events)


@cache
def recorded(wanted: Journal, number: int) -> History:
    """Return one of the histories that the trials choose from."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with journal(wanted):
            make_database(str(folder / DATABASE)).close()
        empty = {DATABASE: (folder / DATABASE).read_bytes()}
        return record(folder, wanted, empty, days_work, Random(number))  # noqa: S311


@cache
def recorded_migration() -> History:
    """Record how the tables of a new database are made.

    Migrations need pysqlite3, so their statements are recorded and repeated.
    """
    with tempfile.TemporaryDirectory() as name:
        folder, vfs = Path(name), RecordingVfs("migration")
        reported = migration_statements(str(folder / "told.db"))
        with journal(WAL_FULL), through(vfs, vfs.name):
            with closing(connect(str(folder / DATABASE), vfs.name)) as connection:
                for statement in reported:
                    connection.execute(statement)
            make_database(str(folder / DATABASE)).close()
        return History({}, vfs.events)


def migration_statements(path: str) -> list[str]:
    """Return the statements with which the program makes its tables."""
    reported: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "connect", partial(connect_and_tell, reported))
        migrate.upgrade(path)
    return reported


def connect_and_tell(reported: list[str], path: str) -> Store:
    """Return a connection of pysqlite3 whose statements are recorded."""
    connection: Any = driver.connect(path)
    connection.set_trace_callback(reported.append)
    return connection  # type: ignore[no-any-return]


def migration_trial(folder: Path, rng: Random) -> Trial:
    """Cut the power while the tables of a new database are made; the next process makes or finds them."""
    lay_out(folder, cut(recorded_migration(), rng).before)
    return recover(str(folder / DATABASE), ())


def cut(history: History, rng: Random) -> History:
    """Return what is on the disk, and what the caller knows, after a power cut at a moment of the history."""
    events = history.events[: rng.randrange(len(history.events) + 1)]
    reported = tuple(each for each in events if isinstance(each, Reported))
    return History(after_cut(history.before, events, rng), [], history.known + reported)


def trial(wanted: Journal, folder: Path, rng: Random) -> Trial:
    """Cut the power once, or a second time during recovery."""
    left = cut(recorded(wanted, rng.randrange(HISTORIES)), rng)
    try:
        if rng.random() < SECOND_CUT:
            again = record(folder, wanted, left.before, next_days_work, rng)
            left = cut(again._replace(known=left.known), rng)
        lay_out(folder, left.before)
        with journal(Journal(wanted.mode, "OFF")):  # no third cut comes: the disk need not be waited for
            return recover(str(folder / DATABASE), left.known)
    except (OrdercliError, sqlite.Error) as error:
        return Trial(lost=len(expected(left.known, "accepted")), findings=(f"{type(error).__name__}: {error}",))


def expected(known: Iterable[Reported], what: str) -> set[str]:
    """Return the orders that must be there, except those that may have been purged."""
    reported = {what: set[str](), "purged": set[str]()}
    for each in known:
        reported.setdefault(each.what, set()).update(each.order_ids)
    return reported[what] - reported["purged"]


def recover(database: str, known: Sequence[Reported]) -> Trial:
    """Check that the next process finds what was acknowledged, and process the queue."""
    began = monotonic()
    with closing(make_database(database)) as connection:
        there = {order_id for (order_id,) in connection.execute(KNOWN)}
        created = {order_id for (order_id,) in connection.execute(CREATED)}
    lost = (expected(known, "accepted") - there) | (expected(known, "created") - created)
    run = run_queue(database, IN_TIME)
    seconds = monotonic() - began
    remaining = (f"{run.remaining} orders still wait",) if run and run.remaining else ()
    with closing(make_database(database)) as connection:
        (twice,) = connection.execute(TWICE).fetchone()
    return Trial(len(lost), twice, seconds, (*remaining, *map(str, audit(database))))


CAMPAIGNS = (
    Campaign("power cut, WAL and FULL", partial(trial, WAL_FULL), 6000),
    Campaign("power cut, PERSIST and EXTRA", partial(trial, PERSIST_EXTRA), 4000),
    Campaign("power cut while the tables are made", migration_trial, 300),
    Campaign("power cut, WAL and NORMAL", partial(trial, WAL_NORMAL), 300, is_control=True),
    Campaign("power cut, WAL and OFF", partial(trial, WAL_OFF), 300, is_control=True),
    Campaign("power cut, DELETE and FULL", partial(trial, DELETE_FULL), 300, is_control=True),
    Campaign("power cut, PERSIST and OFF", partial(trial, PERSIST_OFF), 300, is_control=True),
)
