"""How each failpoint is reached: what goes before, and the command that passes the place."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from faults.reckoning import after_a_crash, site, write_orders
from ordercli.failpoints import BETWEEN, TRANSACTIONS
from support.builders import Json, ndjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from faults.commands import Running, Site
    from support.servers import Server

ORDERS = 24
MARKS = tuple(f"PO-{n}" for n in range(ORDERS))
Command = tuple[str, ...]

CREATE: Command = ("submit", "orders.ndjson", "-o", "ndjson")
QUEUE: Command = (*CREATE, "--async")
KEYED: Command = (*QUEUE, "--idempotency-key", "night")
RUN: Command = ("queue", "run", "--batch-size", "10")
# Stands in a command for the database of the site.
HERE = "HERE"
COPY: Command = ("db", "copy", HERE, "copied.db")
FINISH_FAILS = "finish-before-commit:raise"
CREATION_FAILS = f"{FINISH_FAILS},finish-singly-before-commit:raise"


class Scene(NamedTuple):
    """A command that reaches a place, after others; each of these with the failpoints it is broken at, or none.

    `beside` are failpoints of the command itself, without which it would not come there.
    """

    command: Command
    before: Sequence[tuple[Command, str]] = ()
    beside: str = ""
    with_database: bool = True

    @contextmanager
    def lent(self, server: Server) -> Iterator[str]:
        """The address of a database on the server in which the scene can be set up."""
        if self.with_database:
            yield (address := server.database())
            server.give_back(address)
        else:
            yield (address := server.empty_database())
            server.drop(address)

    def set_up(self, folder: Path, address: str = "") -> Site:
        """A folder in which the command is about to be given; the database is a new file, or on a server."""
        at = site(folder, address)
        write_orders(at, "orders.ndjson", MARKS)
        _write(at, "patches.ndjson", [{"id": mark, "note": [{"text": "looked at"}]} for mark in MARKS])
        cancels = [{"cancellationReason": "left", "productOrder": {"id": mark}} for mark in MARKS[:9]]
        _write(at, "cancellations.ndjson", cancels)
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
        """Give the command once more, and let it come to its end; its exit code."""
        return at.run(*self._words(at))

    def _words(self, at: Site) -> Command:
        return tuple(at.database if word == HERE else word for word in self.command)


def _write(at: Site, name: str, documents: list[Json]) -> None:
    (at.folder / name).write_bytes(ndjson(*documents))


_CREATED = ((CREATE, ""),)
_QUEUED = ((QUEUE, ""),)
_DONE = ((QUEUE, ""), (RUN, ""))
_SCENES: dict[str, tuple[Scene, ...]] = {
    "submit-open": (Scene(CREATE), Scene(QUEUE), Scene(KEYED)),
    "submit-batch": (Scene(CREATE), Scene(QUEUE), Scene(KEYED)),
    "submit-finish": (Scene(CREATE), Scene(QUEUE)),
    "submit-resume": (
        Scene(KEYED, ((KEYED, "submit-batch-after-commit:kill"),)),
        Scene(KEYED, ((KEYED, "submit-open-after-commit:kill"),)),
    ),
    "claim": (Scene(RUN, _QUEUED),),
    "claim-one": (Scene(("queue", "create", "PO-3"), _QUEUED),),
    "finish": (Scene(RUN, _QUEUED), Scene(("queue", "create", "PO-3", "PO-4"), _QUEUED)),
    "finish-singly": (Scene(RUN, _QUEUED, FINISH_FAILS),),
    "release": (Scene(RUN, _QUEUED, CREATION_FAILS),),
    "purge": (Scene(("queue", "purge", "--completed", "0s", "--yes"), _DONE),),
    "export": (Scene(("queue", "export", "--state", "new"), _QUEUED),),
    "patch": (Scene(("patch", "PO-1", "--set", "description=PO-1", "--set", "state=in_progress"), _CREATED),),
    "requests": (
        Scene(("patch", "--from", "patches.ndjson"), _CREATED),
        Scene(("cancel", "--from", "cancellations.ndjson", "--yes"), _CREATED),
        Scene(("cancel", "PO-1", "PO-2", "--reason", "left"), _CREATED),
    ),
    "cancel": (Scene(("cancel", "PO-1", "--reason", "left"), _CREATED),),
    "operate": (Scene(("queue", "discard", "--state", "new", "--reason", "left", "--yes"), _QUEUED),),
    "operate-one": (Scene(("queue", "discard", "PO-3", "--reason", "left"), _QUEUED),),
    "pause": (Scene(("queue", "pause"), _QUEUED),),
    "unpause": (Scene(("queue", "resume"), (*_QUEUED, (("queue", "pause"), ""))),),
    "reference": (Scene(("reference", "import", "reference.ndjson"), _QUEUED),),
    "copy": (Scene(COPY, _DONE),),
    "copy-end": (Scene(COPY, _DONE),),
    "migration": (Scene(QUEUE, with_database=False),),
    "receipts": (Scene(CREATE), Scene(QUEUE)),
    "rescue": (Scene(RUN, (*_QUEUED, (RUN, "create:kill"))),),
    "create": (Scene(RUN, _QUEUED), Scene(("queue", "create", "PO-3"), _QUEUED)),
}


def scenes() -> list[tuple[str, Scene]]:
    """Every failpoint with every scene in which it is reached."""
    places = [(f"{name}-{side}-commit", name) for name in TRANSACTIONS for side in ("before", "after")]
    places += [(name, name) for name in BETWEEN]
    return [(place, scene) for place, name in places for scene in _SCENES[name]]
