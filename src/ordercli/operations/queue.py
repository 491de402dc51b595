"""List, measure, pause and export the inbound queue."""

from __future__ import annotations

from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, cast

from msgspec import UNSET, UnsetType, field

from ordercli.clock import now, timestamp
from ordercli.database.faults import reading
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import transaction
from ordercli.errors import BadDatabaseError, UsageError
from ordercli.intake.record import Record
from ordercli.operations.contexts import Context, reject_line
from ordercli.operations.page import Page
from ordercli.queue import claims, entries, payloads
from ordercli.queue.entries import EntryState, entry_document, stored_error
from ordercli.queue.sent_again import Line, Origin
from ordercli.result_types import Count, Result, Seconds, Time
from ordercli.rulebook.rule import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.queue.entries import EntryView
    from ordercli.queue.entry_list import EntryFilter
    from ordercli.resources.product_order.words import Profile


@contextmanager
def page_of_entries(database: str, wanted: EntryFilter, *, limit: int, offset: int) -> Iterator[Page]:
    """The entries that pass the filter, read while the page is open, in bounded memory.

    Raises:
        UsageError: a state that is none.
    """
    from ordercli.database.models import reading_session  # noqa: PLC0415 - SQLModel takes long to load
    from ordercli.queue.entry_list import count_entries, list_entries  # noqa: PLC0415

    for state in wanted.states:
        if state not in set(EntryState):
            raise UsageError(f"no entry state is called {state!r}", hint=f"states: {', '.join(EntryState)}")
    with reading_session(database) as session:
        found = list_entries(session, wanted, limit=limit, offset=offset)
        yield Page(map(entry_document, found), lambda: count_entries(session, wanted), limit)


class QueueStatus(Result):
    """How many entries there are in each state, and how long the oldest due one has waited."""

    new: Count
    in_progress: Count = field(name="in_progress")
    pending: Count
    completed: Count
    error: Count
    cancelled: Count
    oldest_due_age_seconds: Seconds | None
    paused: bool
    paused_since: Time | UnsetType = UNSET

    def alarms(self, max_age: float, max_error: int) -> list[str]:
        """What is wrong with it: something due waits longer than `max_age` seconds, or too many entries failed."""
        found = []
        if self.oldest_due_age_seconds is not None and self.oldest_due_age_seconds > max_age:
            waited = (
                f"the oldest due entry has waited for {self.oldest_due_age_seconds:.0f} s, longer than {max_age:.0f} s"
            )
            found.append(f"{waited}; the queue is paused since {self.paused_since}" if self.paused_since else waited)
        if self.error > max_error:
            found.append(f"{self.error} entries are in error, more than {max_error}")
        return found


def queue_status(database: str) -> QueueStatus:
    """Look into the queue once."""
    at = now()
    with closing(read_database(database)) as connection:
        oldest = entries.oldest_due(connection, timestamp(at))
        age = None if oldest is None else round((at - datetime.fromisoformat(oldest)).total_seconds(), 3)
        since = claims.paused_since(connection)
        counts = entries.count_by_state(connection)
    return QueueStatus(**counts, oldest_due_age_seconds=age, paused=since is not None, paused_since=since or UNSET)


def pause_queue(database: str) -> str:
    """Let no run claim anything until the queue is resumed; gives the time since when it is paused."""
    at = timestamp(now())
    with closing(open_database(database)) as connection, transaction(connection, "pause"):
        claims.pause(connection, at)
        return claims.paused_since(connection) or at


def resume_queue(database: str) -> str | None:
    """Let the queue go on; gives since when it was paused, None if it was not."""
    with closing(open_database(database)) as connection, transaction(connection, "unpause"):
        paused_since = claims.paused_since(connection)
        claims.resume(connection)
        entries.notify(connection)
        return paused_since


CHUNK = 200


def exported(database: str, keys: Sequence[int]) -> Iterator[bytes]:
    """The lines of the rejects file, one an entry with one of these keys, in the order of their arrival.

    Findings stand on the lines of the file that the order came from. The queue keeps no column, so on the order's first
    line columns count from where the order begins: in NDJSON that is the line.
    """
    arrived = sorted(keys)
    with closing(open_database(database)) as connection:
        for first in range(0, len(arrived), CHUNK):
            for entry in _marked(connection, arrived[first : first + CHUNK]):
                kept = payloads.read(connection, entry.seq)
                if kept:
                    yield _line(entry, _undamaged(entry, *kept))


def _marked(connection: Store, seqs: Sequence[int]) -> list[EntryView]:
    """Return the entries, in the order of their arrival, after it is written down that their lines may be sent."""
    with transaction(connection, "export"):
        found = entries.held(connection, seqs)
        entries.mark_exported(connection, seqs, timestamp(now()))
    return found[::-1]


def _undamaged(entry: EntryView, sha256: bytes, body: bytes) -> bytes:
    """What could be sent in again must be what was accepted."""
    if payloads.digest(body) != sha256:
        help_ = f"leave it out: `ordercli queue discard {entry.order_id} --reason damaged`; the caller has the order"
        raise BadDatabaseError(f"The payload of {entry.order_id} is damaged", hint=help_)
    return body


def _line(entry: EntryView, body: bytes) -> bytes:
    record = Record(body, entry.file, entry.line, 1, entry.record)
    context = Context("submit", entry.source, cast("Profile", entry.profile), "async")
    origin = Origin(Line(entry.batch_id, entry.file, entry.record), entry.order_id)
    return reject_line(entry.batch_id, context, record, _findings(entry), origin)


def _findings(entry: EntryView) -> list[Finding]:
    """What the stored error body says, as the findings that it was made from."""
    details = stored_error(entry).get("details", [])
    with reading(f"the error of {entry.order_id}"):
        return [Finding(each["rule"], "error", each.get("datapath") or "", each["message"]) for each in details]
