"""Store entries of the inbound queue: their states, and the statements that add, read and change them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

import msgspec
from msgspec import Meta
from msgspec.structs import astuple

from ordercli.database.faults import reading
from ordercli.database.statements import BigInt, Row, select
from ordercli.database.store import Store
from ordercli.intake.json_text import Holders
from ordercli.result_types import Code, Count, Id, Position, Result, Time


class EntryState(StrEnum):
    """The state of an entry; `pending` waits until `execute_after`, `cancelled` was withdrawn by an operator."""

    NEW = "new"
    IN_PROGRESS = "in_progress"
    PENDING = "pending"
    COMPLETED = "completed"
    ERROR = "error"
    CANCELLED = "cancelled"


WAITING = (EntryState.NEW, EntryState.IN_PROGRESS, EntryState.PENDING)
FINISHED = (EntryState.COMPLETED, EntryState.ERROR, EntryState.CANCELLED)


class BatchStatus(StrEnum):
    """The stored state of a run of submit: `processing` until its input was read to the end."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


# The notification channel to which runs that watch the queue listen.
CHANNEL = "ordercli_queue"


class NewEntry(Row, frozen=True, gc=False):
    """A new entry, in state `new`; work notes are JSON: pairs of line number and text.

    `target` is the system that its order goes to; None means that the order is only created here.
    `submitted_by` is the actor that the history of its order will name; None in entries of earlier versions.
    """

    TABLE: ClassVar = "inbound_entry"

    seq: BigInt
    order_id: str
    external_id: str | None
    source: str
    profile: str
    filled_currency: str | None
    created_at: str
    updated_at: str
    batch_id: str
    file: str
    line: int
    record: int
    work_notes: str | None = None
    resource: str = "productOrder"
    submitted_by: str | None = None
    state: str = "new"
    status_code: int = 202
    attempts: int = 0
    losses: int = 0
    isolated: bool = False
    target: str | None = None


class EntryRow(NewEntry, frozen=True, gc=False, kw_only=True):
    """An entry with the columns that are set while the queue processes it.

    `exported_at` is set while a line of `queue export` may be sent instead of the entry, `sent_again_as` is the id of
    the order that such a line became, `changed_by` the actor who retried, discarded or replaced it last.
    """

    error_code: str | None = None
    error: str | None = None
    reason: str | None = None
    worker: str | None = None
    claim_token: str | None = None
    claim_expires_at: str | None = None
    execute_after: str | None = None
    finished_at: str | None = None
    exported_at: str | None = None
    sent_again_as: str | None = None
    changed_by: str | None = None


def enqueue(store: Store, entries: list[NewEntry]) -> bool:
    """Add entries to the queue, all or none; their payloads must be stored already.

    Return False, with nothing added, if another process has just taken one of the external ids.
    """
    return store.insert_all_or_none(
        NewEntry.TABLE, NewEntry.__struct_fields__, list(map(astuple, entries)), order_by="external_id"
    )


def notify(store: Store) -> None:
    """Wake the runs that watch the queue when this transaction is committed."""
    store.notify(CHANNEL)


def holders(store: Store, external_ids: str, resource: str) -> Holders:
    """Return the entries of a kind of order that hold one of these external ids (a JSON list), in any source.

    An entry that failed or was withdrawn holds no external id.
    """
    rows = store.execute(
        "SELECT e.external_id, e.source, e.order_id, e.seq"
        f" FROM {store.WANTED} CROSS JOIN inbound_entry AS e"
        " WHERE e.external_id = wanted.value AND e.external_id IS NOT NULL"
        " AND e.state NOT IN ('error', 'cancelled') AND e.resource = ?",
        (external_ids, resource),
    )
    return {(external_id, source): (order_id, seq) for external_id, source, order_id, seq in rows}


def filled_currency(store: Store, seq: int) -> str | None:
    """Return the default currency that was filled in for the entry with this key; None if its order named one."""
    row = store.execute("SELECT filled_currency FROM inbound_entry WHERE seq = ?", (seq,)).fetchone()
    return row[0] if row else None


class EntryView(Row, frozen=True, gc=False):
    """One entry as commands show it; `error` is the stored error body (JSON text), `reason` why it was discarded."""

    TABLE: ClassVar = "inbound_entry"

    seq: BigInt
    order_id: str
    external_id: str | None
    source: str
    resource: str
    profile: str
    state: str
    status_code: int
    error_code: str | None
    error: str | None
    attempts: int
    created_at: str
    updated_at: str
    execute_after: str | None
    batch_id: str
    line: int
    file: str
    record: int
    reason: str | None
    exported_at: str | None
    sent_again_as: str | None
    target: str | None
    submitted_by: str | None
    changed_by: str | None


_NAMED = "WHERE external_id = ? AND (CAST(? AS TEXT) IS NULL OR source = ?)"
_HOLDING = _NAMED + " AND state NOT IN ('error', 'cancelled')"
_LOST = _NAMED + " AND state IN ('error', 'cancelled')"


def by_order_id(store: Store, order_id: str) -> EntryView | None:
    """Return the entry with this order id."""
    row = store.execute(select(EntryView, "WHERE order_id = ?"), (order_id,)).fetchone()
    return EntryView(*row) if row else None


def by_external_id(store: Store, external_id: str, source: str | None) -> list[EntryView]:
    """Return the entries with this external id, one per source and kind of order.

    Each is the entry that holds the id, else the newest one that failed or was withdrawn.
    """
    rows = store.execute(  # each half has an index of its own
        f"{select(EntryView, _HOLDING)} UNION ALL {select(EntryView, _LOST)}",
        (external_id, source, source) * 2,
    )
    newest: dict[tuple[str, str], EntryView] = {}
    for row in sorted(rows, reverse=True):
        entry = EntryView(*row)
        held = newest.get((entry.source, entry.resource))
        if held is None or (held.state in {"error", "cancelled"} and entry.state not in {"error", "cancelled"}):
            newest[entry.source, entry.resource] = entry
    return list(newest.values())


# The condition of the index of finished entries, without which it is not used.
_FINISHED = "state IN ('completed', 'error', 'cancelled')"


def count_by_state(store: Store) -> dict[str, int]:
    """Return the number of entries of the local queue in each state, each counted over its own partial index."""
    row = store.execute(
        "SELECT (SELECT count(*) FROM inbound_entry WHERE state = 'new' AND target IS NULL),"
        " (SELECT count(*) FROM inbound_entry WHERE state = 'in_progress' AND target IS NULL),"
        " (SELECT count(*) FROM inbound_entry WHERE state = 'pending' AND target IS NULL),"
        f" (SELECT count(*) FROM inbound_entry WHERE state = 'completed' AND {_FINISHED} AND target IS NULL),"
        f" (SELECT count(*) FROM inbound_entry WHERE state = 'error' AND {_FINISHED} AND target IS NULL),"
        f" (SELECT count(*) FROM inbound_entry WHERE state = 'cancelled' AND {_FINISHED} AND target IS NULL)"
    ).fetchone()
    return dict(zip(("new", "in_progress", "pending", "completed", "error", "cancelled"), row, strict=True))


def count_by_kind(store: Store) -> dict[str, dict[str, int]]:
    """Return the number of entries of the local queue by kind of order and state, without product orders.

    These have no index for it.
    """
    found: dict[str, dict[str, int]] = {}
    rows = store.execute(
        "SELECT resource, state, count(*) FROM inbound_entry WHERE resource <> 'productOrder' AND target IS NULL"
        " GROUP BY resource, state"
    )
    for resource, state, count in rows:
        found.setdefault(resource, {})[state] = count
    return found


def oldest_due(store: Store, now: str) -> str | None:
    """Return since when the longest waiting entry of the local queue is due.

    That is its arrival, `execute_after` or the end of a lost claim.
    """
    row = store.execute(
        "SELECT min(due) FROM ("
        "SELECT min(created_at) AS due FROM (SELECT created_at FROM inbound_entry"
        # BETWEEN for the same reason as in `claims.claim`.
        " WHERE state = 'new' AND target IS NULL AND isolated BETWEEN FALSE AND FALSE ORDER BY isolated, seq LIMIT 1)"
        " AS first"
        " UNION ALL SELECT min(created_at) FROM inbound_entry WHERE state = 'new' AND target IS NULL"
        " AND isolated = TRUE"
        " UNION ALL SELECT min(execute_after) FROM inbound_entry WHERE state = 'pending' AND target IS NULL"
        " AND execute_after <= ?"
        " UNION ALL SELECT min(claim_expires_at) FROM inbound_entry"
        " WHERE state = 'in_progress' AND target IS NULL AND claim_expires_at <= ?) AS moments",
        (now, now),
    ).fetchone()
    due: str | None = row[0]
    return due


class BatchEntry(Row, frozen=True, gc=False):
    """An entry in the report of its batch."""

    TABLE: ClassVar = "inbound_entry"

    seq: BigInt
    order_id: str
    external_id: str | None
    state: str
    error_code: str | None
    file: str
    line: int
    record: int


def of_batch(store: Store, batch_id: str, state: EntryState) -> Iterator[BatchEntry]:
    """Return the entries of a batch in one state, in input order."""
    rows = store.stream(
        select(BatchEntry, "WHERE batch_id = ? AND state = ? ORDER BY seq"),
        (batch_id, str(state)),
    )
    return (BatchEntry(*row) for row in rows)


class QueueEntry(Result):
    """An entry of the inbound queue."""

    columns = ("orderId", "externalId", "state", "errorCode", "updatedAt")
    identified_by = "orderId"

    order_id: Id
    external_id: str | None
    source: str
    resource: str
    state: EntryState
    status_code: int
    attempts: Count
    error_code: Code | None
    created_at: Time
    updated_at: Time
    execute_after: Time | None
    batch_id: Id
    line: Position
    exported_at: Annotated[
        Time | None, Meta(description="since when its exported line may be sent instead; `queue retry` ends that")
    ]
    sent_again_as: Annotated[Id | None, Meta(description="the order that its exported line became")]
    target: Annotated[str | None, Meta(description="the system that the order goes to; null: it is only created here")]
    submitted_by: Annotated[str | None, Meta(description="who submitted it: the history of its order names them")]
    changed_by: Annotated[str | None, Meta(description="who retried, discarded or sent it again last")]

    @classmethod
    def of(cls, entry: EntryView, **more: Any) -> Self:
        """Make the result of an entry; `more` are the members of a subclass."""
        members: dict[str, Any] = {name: getattr(entry, name) for name in QueueEntry.__struct_fields__}
        return cls(**members, **more)


def stored_error(entry: EntryView) -> dict[str, Any]:
    """Return the stored error body of an entry; empty if it has none.

    Raises:
        BadDatabaseError: the stored error body cannot be read.
    """
    with reading(f"the error of {entry.order_id}"):
        body: dict[str, Any] = {**msgspec.json.decode(entry.error or "{}")}
        return body


def _json(seqs: Collection[int]) -> str:
    return msgspec.json.encode(list(seqs)).decode()


def held(store: Store, seqs: Sequence[int]) -> list[EntryView]:
    """Return these entries, locked until the transaction ends."""
    rows = store.execute(
        select(EntryView, f"WHERE seq {store.IN_LIST} ORDER BY seq DESC {store.FOR_UPDATE}"),
        (_json(seqs),),
    )
    return [EntryView(*row) for row in rows]


def mark_exported(store: Store, seqs: Sequence[int], now: str) -> None:
    """Record, for those of these entries that failed or were withdrawn, that their exported lines may be sent."""
    store.execute(
        f"UPDATE inbound_entry SET exported_at = ? WHERE seq {store.IN_LIST}"
        " AND state IN ('error', 'cancelled') AND sent_again_as IS NULL",
        (now, _json(seqs)),
    )


def retry(store: Store, seqs: Sequence[int], actor: str, now: str) -> set[int]:
    """Let entries be claimed again, and return their keys; an entry that was ever rescued is still claimed alone.

    Their exported lines can no longer be sent.
    """
    changed = store.execute(
        "UPDATE inbound_entry SET state = 'new', status_code = 202, error_code = NULL, error = NULL, attempts = 0,"
        " losses = 0, execute_after = NULL, exported_at = NULL, finished_at = NULL, changed_by = ?, updated_at = ?"
        f" WHERE seq {store.IN_LIST} AND state IN ('error', 'pending') RETURNING seq",
        (actor, now, _json(seqs)),
    )
    return {seq for (seq,) in changed.fetchall()}


def discard(store: Store, seqs: Sequence[int], reason: str, actor: str, now: str) -> set[int]:
    """Withdraw entries, and return their keys; their errors are kept, their external ids become free.

    Their exported lines can no longer be sent.
    """
    changed = store.execute(
        "UPDATE inbound_entry SET state = 'cancelled', reason = ?, error_code = NULL, execute_after = NULL,"
        " exported_at = NULL, changed_by = ?, finished_at = ?, updated_at = ?"
        f" WHERE seq {store.IN_LIST} AND state IN ('new', 'pending', 'error') RETURNING seq",
        (reason, actor, now, now, _json(seqs)),
    )
    return {seq for (seq,) in changed.fetchall()}


def waiting_documents(store: Store) -> Iterator[tuple[str, bytes]]:
    """Iterate over the entries that are not finished: order id and payload."""
    return store.stream(
        "SELECT e.order_id, p.body FROM inbound_entry AS e JOIN payload AS p ON p.seq = e.seq"
        " WHERE e.state IN ('new', 'in_progress', 'pending') ORDER BY e.seq"
    )


def count_finished_before(store: Store, state: EntryState, before: str) -> int:
    """Return the number of entries that reached this final state before that time."""
    row = store.execute(
        "SELECT count(*) FROM inbound_entry WHERE state = ? AND state IN ('completed', 'error', 'cancelled')"
        " AND finished_at < ?",
        (str(state), before),
    ).fetchone()
    count: int = row[0]
    return count


def finished_before(store: Store, state: EntryState, before: str, limit: int) -> list[tuple[int, str]]:
    """Return the first entries that reached this final state before that time, locked: (key, batch id)."""
    return store.execute(
        "SELECT seq, batch_id FROM inbound_entry WHERE state = ? AND state IN ('completed', 'error', 'cancelled')"
        f" AND finished_at < ? ORDER BY finished_at LIMIT ? {store.SKIP_LOCKED}",
        (str(state), before, limit),
    ).fetchall()


def delete(store: Store, seqs: Collection[int]) -> None:
    """Delete entries."""
    store.execute(f"DELETE FROM inbound_entry WHERE seq {store.IN_LIST}", (_json(seqs),))


_AFTER_ANY = "\U0010ffff"


def submitter(store: Store, batch_id: str) -> str | None:
    """Return who submitted the entries of a batch; None if there is none."""
    row = store.execute("SELECT submitted_by FROM inbound_entry WHERE batch_id = ? LIMIT 1", (batch_id,)).fetchone()
    return row[0] if row else None


def ids_of_batch(store: Store, batch_id: str, limit: int) -> list[str]:
    """Return the order ids of entries of a batch, a few at most."""
    rows = store.execute("SELECT order_id FROM inbound_entry WHERE batch_id = ? LIMIT ?", (batch_id, limit))
    return [found for (found,) in rows]


# The length of an order id.
_ID = 32


def ids_ending(store: Store, ending: str, limit: int) -> list[str]:
    """Return order ids of entries with this end, a few at most; the index of the ids is read for it."""
    rows = store.execute(
        "SELECT order_id FROM inbound_entry WHERE substr(order_id, ?) = ? LIMIT ?",
        (_ID + 1 - len(ending), ending, limit),
    )
    return [found for (found,) in rows]


def entry_ids(store: Store, prefix: str, limit: int) -> list[str]:
    """Return external ids and order ids of entries that begin with this text; of the newest entries if it is empty."""
    if not prefix:
        rows = store.execute(
            "SELECT coalesce(external_id, order_id) FROM inbound_entry ORDER BY seq DESC LIMIT ?", (limit,)
        )
    else:
        rows = store.execute(
            "SELECT external_id FROM inbound_entry WHERE external_id >= ? AND external_id < ?"
            " AND external_id IS NOT NULL AND state NOT IN ('error', 'cancelled')"
            " UNION ALL SELECT order_id FROM inbound_entry WHERE order_id >= ? AND order_id < ? LIMIT ?",
            (prefix, prefix + _AFTER_ANY, prefix, prefix + _AFTER_ANY, limit),
        )
    return [found for (found,) in rows]
