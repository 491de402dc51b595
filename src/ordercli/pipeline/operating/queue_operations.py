"""Queue entries are tried again, or discarded: those with these ids, or all that were chosen."""

from __future__ import annotations

import json
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ordercli.clock import now, timestamp
from ordercli.database.connection import open_database
from ordercli.database.dialect import lock
from ordercli.database.transaction import transaction
from ordercli.errors import ConflictError, ExitCode
from ordercli.inbound import entries, operations
from ordercli.inbound.states import EntryState
from ordercli.orders import store
from ordercli.pipeline.lookup.entry_receipt import EntryReceipt, each_entry, wrong_state

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.driver import Connection
    from ordercli.inbound.entries import EntryView

    Apply = Callable[[Connection, list[EntryView]], list[EntryView]]

CHUNK = 500
RETRYABLE = (EntryState.ERROR, EntryState.PENDING)
DISCARDABLE = (EntryState.NEW, EntryState.PENDING, EntryState.ERROR)


class Operation(NamedTuple):
    """What is done to entries: its word, the states it is allowed in, and the change itself.

    `apply` changes entries in the caller's transaction and gives those that it changed.
    """

    done: str
    allowed: Sequence[EntryState]
    apply: Apply


class Changed(NamedTuple):
    """How many entries an operation was meant for, and how many it changed; the others could not be changed."""

    done: str
    matched: int
    changed: int

    @property
    def exit_code(self) -> ExitCode:
        """Rejected when some could not be changed."""
        return ExitCode.OK if self.changed == self.matched else ExitCode.REJECTED

    def as_json(self) -> dict[str, object]:
        """The object as it is printed."""
        skipped = self.matched - self.changed
        return {"matched": self.matched, self.done: self.changed, "skipped": skipped, "exitCode": int(self.exit_code)}


def retry() -> Operation:
    """Try again: the entry is claimed as if it were new. Its external id must not be held by a later order."""
    return Operation("retried", RETRYABLE, _retry)


def discard(reason: str) -> Operation:
    """Withdraw: the entry is cancelled, the reason kept, its external id free."""
    return Operation("discarded", DISCARDABLE, partial(_discard, reason=reason))


def operate_on_ids(
    database: str, operation: Operation, identifiers: Sequence[str], source: str | None = None
) -> list[EntryReceipt]:
    """Do it to the entries with these ids.

    Raises:
        NotFoundError, ConflictError: where only one id was given.
    """
    with closing(open_database(database)) as connection:
        return each_entry(connection, identifiers, source, partial(_operate_on_one, connection, operation))


def operate_on_chosen(database: str, operation: Operation, keys: Sequence[int], states: Sequence[str]) -> Changed:
    """Do it to the entries with these keys that are still in one of these states, 500 to a transaction."""
    changed = 0
    with closing(open_database(database)) as connection:
        for first in range(0, len(keys), CHUNK):
            with transaction(connection, "operate"):
                chunk = operations.held(connection, keys[first : first + CHUNK])
                changed += len(operation.apply(connection, [each for each in chunk if each.state in states]))
    return Changed(operation.done, len(keys), changed)


def _operate_on_one(connection: Connection, operation: Operation, identifier: str, entry: EntryView) -> EntryReceipt:
    with transaction(connection, "operate-one"):
        current = operations.held(connection, [entry.seq])
        if not current or current[0].state not in operation.allowed:
            raise wrong_state(current[0] if current else entry, operation.done, operation.allowed)
        if not operation.apply(connection, current):
            raise ConflictError(f"externalId {entry.external_id!r} of entry {entry.order_id} is held by another order")
    return EntryReceipt(identifier, entry.order_id, operation.done)


def _retry(connection: Connection, chosen: list[EntryView]) -> list[EntryView]:
    for source in sorted({entry.source for entry in chosen}):
        lock(connection, f"source {source}")  # an external id is taken back
    taken = _taken(connection, chosen)
    free = []
    for entry in chosen:
        key = (entry.source, entry.external_id)
        if entry.state == EntryState.PENDING or entry.external_id is None or key not in taken:
            free.append(entry)
            taken.add(key)
    changed = operations.retry(connection, [entry.seq for entry in free], timestamp(now()))
    entries.notify(connection)
    return [entry for entry in free if entry.seq in changed]


def _taken(connection: Connection, chosen: list[EntryView]) -> set[tuple[str, str | None]]:
    """Which (source, external id) of failed entries are held by other entries or by orders."""
    given = {each.external_id for each in chosen if each.state == EntryState.ERROR}
    wanted = json.dumps(sorted(external_id for external_id in given if external_id))
    held = entries.holders(connection, wanted) | store.holders(connection, wanted)
    return {(source, external_id) for external_id, source in held}


def _discard(connection: Connection, chosen: list[EntryView], reason: str) -> list[EntryView]:
    changed = operations.discard(connection, [entry.seq for entry in chosen], reason, timestamp(now()))
    return [entry for entry in chosen if entry.seq in changed]
