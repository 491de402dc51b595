"""The scenarios that reach each failpoint: commands to run first, and the command that passes it."""

from __future__ import annotations

from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from faults.verification import after_a_crash, cancellation, site, write_orders
from ordercli.database.opening import read_database
from ordercli.failpoints import BETWEEN, TRANSACTIONS
from ordercli.queue import batches
from support.builders import Json, is_service_order, ndjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from faults.commands import Running, Site
    from support.servers import Server

ORDERS = 24
MARKS = tuple(f"PO-{n}" for n in range(ORDERS))
# The first order of each kind.
PRODUCT = next(mark for mark in MARKS if not is_service_order(mark))
SERVICE = next(mark for mark in MARKS if is_service_order(mark))
Command = tuple[str, ...]

CREATE: Command = ("submit", "orders.ndjson", "-o", "ndjson")
QUEUE: Command = (*CREATE, "--async")
WITH_KEY: Command = (*QUEUE, "--idempotency-key", "night")
WATCH: Command = ("submit", "--watch-folder", "incoming", "--once", "--settle", "0s")
RUN: Command = ("queue", "run", "--batch-size", "10")
# Stands in a command for the database of the site.
HERE = "HERE"
# Stands in a command for the newest batch.
BATCH = "BATCH"
COPY: Command = ("db", "copy", HERE, "copied.db")
FINISH_FAILS = "finish-before-commit:raise"
CREATION_FAILS = f"{FINISH_FAILS},finish-singly-before-commit:raise"


class Scenario(NamedTuple):
    """A command that reaches a failpoint, and the commands to run first, each with its failpoints or none.

    `beside` are other failpoints of the command, without which it would not reach its own.
    """

    command: Command
    before: Sequence[tuple[Command, str]] = ()
    beside: str = ""
    with_database: bool = True

    @contextmanager
    def provided(self, server: Server) -> Iterator[str]:
        """Yield the address of a database on the server for this scenario."""
        if self.with_database:
            yield (address := server.database())
            server.give_back(address)
        else:
            yield (address := server.empty_database())
            server.drop(address)

    def set_up(self, folder: Path, address: str = "") -> Site:
        """Return a folder in which the command can be run; the database is a new file, or on a server."""
        at = site(folder, address)
        write_orders(at, "orders.ndjson", MARKS)
        (at.folder / "incoming").mkdir()
        write_orders(at, "incoming/orders.ndjson", MARKS)
        _write(at, "patches.ndjson", [{"id": mark, "note": [{"text": "looked at"}]} for mark in MARKS])
        cancels = [cancellation(mark) for mark in MARKS[:9]]
        _write(at, "cancellations.ndjson", cancels)
        done = [{"id": "1", "state": "fulfilled"}]
        reports = [{"externalId": mark, "serviceOrderItem": done} for mark in MARKS if is_service_order(mark)]
        _write(at, "reports.ndjson", reports)
        _write(at, "reference.ndjson", [{"@type": "Place", "id": f"place-{n}"} for n in range(50)])
        for command, failpoints in self.before:
            at.run(*command, failpoint=failpoints)
            after_a_crash(at)
        if not (self.with_database or address):
            Path(at.database).unlink()
        return at

    def start(self, at: Site, failpoint: str) -> Running:
        """Start the command, which will break at the failpoint."""
        return at.start(*self._words(at), failpoint=",".join(filter(None, (self.beside, failpoint))))

    def again(self, at: Site) -> int:
        """Run the command once more to its end, and return its exit code."""
        return at.run(*self._words(at))

    def _words(self, at: Site) -> Command:
        known = {HERE: at.database, BATCH: _newest_batch(at) if BATCH in self.command else ""}
        return tuple(known.get(word, word) for word in self.command)


def _newest_batch(at: Site) -> str:
    with closing(read_database(at.database)) as store:
        return next(batches.newest(store, 1, 0)).id


def _write(at: Site, name: str, documents: list[Json]) -> None:
    (at.folder / name).write_bytes(ndjson(*documents))


_CREATED = ((CREATE, ""),)
_QUEUED = ((QUEUE, ""),)
_DONE = ((QUEUE, ""), (RUN, ""))
_SCENARIOS: dict[str, tuple[Scenario, ...]] = {
    "submit-open": (Scenario(CREATE), Scenario(QUEUE), Scenario(WITH_KEY)),
    "submit-batch": (Scenario(CREATE), Scenario(QUEUE), Scenario(WITH_KEY)),
    "submit-finish": (Scenario(CREATE), Scenario(QUEUE)),
    "submit-resume": (
        Scenario(WITH_KEY, ((WITH_KEY, "submit-batch-after-commit:kill"),)),
        Scenario(WITH_KEY, ((WITH_KEY, "submit-open-after-commit:kill"),)),
    ),
    "claim": (Scenario(RUN, _QUEUED),),
    "claim-one": tuple(Scenario(("queue", "create", mark), _QUEUED) for mark in (PRODUCT, SERVICE)),
    "finish": (Scenario(RUN, _QUEUED), Scenario(("queue", "create", PRODUCT, SERVICE), _QUEUED)),
    "finish-singly": (Scenario(RUN, _QUEUED, FINISH_FAILS),),
    "release": (Scenario(RUN, _QUEUED, CREATION_FAILS),),
    "purge": (Scenario(("queue", "purge", "--completed", "0s", "--yes"), _DONE),),
    "export": (Scenario(("queue", "export", "--state", "new"), _QUEUED),),
    "patch": (
        Scenario(("patch", PRODUCT, "--set", f"description={PRODUCT}", "--set", "state=in_progress"), _CREATED),
        Scenario(("patch", SERVICE, "--set", "serviceOrderItem.1.quantity=2", "--set", "state=in_progress"), _CREATED),
    ),
    "requests": (
        Scenario(("patch", "--from", "patches.ndjson"), _CREATED),
        Scenario(("cancel", "--from", "cancellations.ndjson", "--yes"), _CREATED),
        Scenario(("cancel", PRODUCT, SERVICE, "--reason", "left"), _CREATED),
        Scenario(("fulfil", "reports.ndjson"), _CREATED),
    ),
    "cancel": tuple(Scenario(("cancel", mark, "--reason", "left"), _CREATED) for mark in (PRODUCT, SERVICE)),
    "batch-cancel": (
        Scenario(("batch", "cancel", BATCH, "--reason", "left", "--yes"), _QUEUED),
        Scenario(("batch", "cancel", BATCH, "--reason", "left", "--yes"), _CREATED),
    ),
    "operate": (Scenario(("queue", "discard", "--state", "new", "--reason", "left", "--yes"), _QUEUED),),
    "operate-one": (Scenario(("queue", "discard", SERVICE, "--reason", "left"), _QUEUED),),
    "pause": (Scenario(("queue", "pause"), _QUEUED),),
    "unpause": (Scenario(("queue", "resume"), (*_QUEUED, (("queue", "pause"), ""))),),
    "token": (
        Scenario(("serve", "token", "add", "crm")),
        Scenario(("serve", "token", "revoke", "crm"), ((("serve", "token", "add", "crm"), ""),)),
    ),
    "reference": (Scenario(("reference", "import", "reference.ndjson"), _QUEUED),),
    "copy": (Scenario(COPY, _DONE),),
    "copy-end": (Scenario(COPY, _DONE),),
    "migration": (Scenario(QUEUE, with_database=False),),
    "receipts": (Scenario(CREATE), Scenario(QUEUE)),
    "rescue": (Scenario(RUN, (*_QUEUED, (RUN, "create:kill"))),),
    "create": (Scenario(RUN, _QUEUED), Scenario(("queue", "create", SERVICE), _QUEUED)),
    "folder-taken": (Scenario(WATCH),),
    "folder-accepted": (Scenario(WATCH), Scenario((*WATCH, "--async"))),
    "folder-receipt": (Scenario(WATCH),),
    "folder-moved": (Scenario(WATCH),),
}


def scenarios() -> list[tuple[str, Scenario]]:
    """Return every failpoint with every scenario that reaches it."""
    places = [(f"{name}-{side}-commit", name) for name in TRANSACTIONS for side in ("before", "after")]
    places += [(name, name) for name in BETWEEN]
    return [(place, scenario) for place, name in places for scenario in _SCENARIOS[name]]
