"""Store entries of the inbound queue and their payloads: states, and the statements that add, read and change them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, ClassVar, Self

import msgspec
from msgspec import Meta
from msgspec.structs import astuple

from ordercli.database.statements import BigInt, Row, insert_rows, select
from ordercli.database.store import Store
from ordercli.errors import RESTORE, BadDatabaseError, reading
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


# An entry holds its external id until it has an error code or a reason for which it was withdrawn. These say no more
# than the state, but the indexes of external ids would be written at each claim and completion if they named the state.
HOLDS_ID = "error_code IS NULL AND reason IS NULL"
LOST_ID = "(error_code IS NOT NULL OR reason IS NOT NULL)"


class BatchStatus(StrEnum):
    """The stored state of a run of submit: `processing` until its input was read to the end."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class PayloadRow(Row, frozen=True, gc=False):
    """The bytes of an accepted order, never changed; `seq` is also the key of its queue entry and customer order."""

    TABLE: ClassVar = "payload"

    seq: BigInt
    sha256: bytes
    body: bytes


@cache
def _sha256() -> Callable[[bytes], Any]:
    from hashlib import sha256  # OpenSSL is slow to load, and not every command needs a hash

    return sha256


def digest(body: bytes) -> bytes:
    """Return the SHA-256 of a payload, 32 bytes."""
    found: bytes = _sha256()(body).digest()
    return found


def next_seqs(store: Store, count: int) -> Sequence[int]:
    """Return `count` free keys of payloads; see `Store.next_keys`."""
    return store.next_keys(PayloadRow.TABLE, count)


def keep_payloads(store: Store, payloads: list[PayloadRow]) -> None:
    """Write payloads."""
    insert_rows(store, payloads)


def is_undamaged(sha256: bytes, body: bytes) -> bool:
    """Return whether the body is what was written; somebody may have made a text of it."""
    return isinstance(body, bytes) and digest(body) == sha256


def undamaged(sha256: bytes, body: bytes) -> bytes:
    """Return the body if it matches its SHA-256.

    Raises:
        BadDatabaseError: it does not match.
    """
    if digest(body) != sha256:
        raise BadDatabaseError("A stored payload is damaged", hint=RESTORE)
    return body


def payload_bodies(store: Store, seqs: str) -> dict[int, bytes]:
    """Return the bytes of the payloads with these keys (a JSON list).

    Raises:
        BadDatabaseError: one is damaged.
    """
    rows = store.execute(select(PayloadRow, f"WHERE seq {store.IN_LIST}"), (seqs,))
    return {seq: undamaged(sha256, body) for seq, sha256, body in rows}


def read_payload(store: Store, seq: int) -> tuple[bytes, bytes] | None:
    """Return the SHA-256 and the bytes of one payload."""
    found: tuple[bytes, bytes] | None = store.execute(
        "SELECT sha256, body FROM payload WHERE seq = ?", (seq,)
    ).fetchone()
    return found


def delete_payloads(store: Store, seqs: str) -> None:
    """Delete payloads (a JSON list of keys) that neither an entry nor an order needs any more."""
    store.execute(f"DELETE FROM payload WHERE seq {store.IN_LIST}", (seqs,))


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
        " AND e.error_code IS NULL AND e.reason IS NULL AND e.resource = ?",
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
_HOLDING = f"{_NAMED} AND {HOLDS_ID}"
_LOST = f"{_NAMED} AND {LOST_ID}"


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
        other = newest.get((entry.source, entry.resource))
        if other is None or (other.state in {"error", "cancelled"} and entry.state not in {"error", "cancelled"}):
            newest[entry.source, entry.resource] = entry
    return list(newest.values())


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


def waiting_documents(store: Store) -> Iterator[tuple[str, bytes]]:
    """Iterate over the entries that are not finished: order id and payload."""
    return store.stream(
        "SELECT e.order_id, p.body FROM inbound_entry AS e JOIN payload AS p ON p.seq = e.seq"
        " WHERE e.state IN ('new', 'in_progress', 'pending') ORDER BY e.seq"
    )


_AFTER_ANY = "\U0010ffff"


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
            f" AND external_id IS NOT NULL AND {HOLDS_ID}"
            " UNION ALL SELECT order_id FROM inbound_entry WHERE order_id >= ? AND order_id < ? LIMIT ?",
            (prefix, prefix + _AFTER_ANY, prefix, prefix + _AFTER_ANY, limit),
        )
    return [found for (found,) in rows]
