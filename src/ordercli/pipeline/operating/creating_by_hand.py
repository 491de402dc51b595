"""Queue entries that an operator names become customer orders at once."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.database.connection import open_database
from ordercli.errors import ExitCode
from ordercli.inbound import entries
from ordercli.inbound.states import EntryState
from ordercli.pipeline.draining.drain import Drain
from ordercli.pipeline.lookup.entry_receipt import EntryReceipt, each_entry, failed, wrong_state
from ordercli.pipeline.runs.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.database.driver import Connection
    from ordercli.inbound.entries import EntryView
    from ordercli.settings import Settings

CREATABLE = (EntryState.NEW, EntryState.PENDING)


def create_now(
    database: str, identifiers: Sequence[str], settings: Settings, source: str | None = None
) -> list[EntryReceipt]:
    """Create the customer orders of these entries, due or not, the queue paused or not; one after the other.

    Outcomes: `created`, `failed` (now in error), `postponed` (a passing fault; it is tried again later).

    Raises:
        NotFoundError, ConflictError: where only one id was given.
    """
    with closing(open_database(database)) as connection, Worker(database, uuid7().hex) as worker:
        hand = Drain(connection, worker, settings)
        return each_entry(connection, identifiers, source, lambda given, entry: _create(connection, hand, given, entry))


def _create(connection: Connection, hand: Drain, identifier: str, entry: EntryView) -> EntryReceipt:
    token = hand.claim_one(entry.order_id) if entry.state in CREATABLE else None
    if token is None:
        raise wrong_state(entries.by_order_id(connection, entry.order_id) or entry, "created", CREATABLE)
    hand.work_off(token)
    ended = entries.by_order_id(connection, entry.order_id)
    if ended is None or ended.state == EntryState.COMPLETED:
        return EntryReceipt(identifier, entry.order_id, "created")
    if ended.state == EntryState.ERROR:
        return failed(identifier, ended)
    return EntryReceipt(identifier, entry.order_id, "postponed", ExitCode.TRY_AGAIN)
