"""Tell of what is forwarded to targets; resolve, retry and discard entries, pause and resume targets."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from ordercli.clock import timestamp_now
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import transaction
from ordercli.errors import ConflictError, EntryStateError
from ordercli.forwarding import forwards, pauses
from ordercli.forwarding.pauses import TargetPauseRow
from ordercli.operations.change_entries import EntryReceipt, entry_of, require_place, retry
from ordercli.operations.find import find_entry
from ordercli.queue import entries, entry_changes, target_claims
from ordercli.queue.entries import EntryState, EntryView, QueueEntry
from ordercli.result_types import Count, Time

if TYPE_CHECKING:
    from ordercli.database.store import Store

BY_HAND = "paused by ordercli forward pause"
_HELD = {EntryState.NEW, EntryState.PENDING}


class ForwardedOrder(QueueEntry, kw_only=True):
    """An entry for a target with what is known of its order there."""

    error: Annotated[Any, Meta(description="why the entry failed")]
    remote_external_id: str
    remote_id: str | None
    remote_href: str | None
    remote_state: str | None
    sent_at: Annotated[Time | None, Meta(description="when it was last sent, or may have been")]
    lookups: Count
    last_status: int | None
    last_body: Annotated[str | None, Meta(description="the last answer, or why there was none")]
    followed_at: Annotated[Time | None, Meta(description="when its state there was last read")]
    follow_at: Annotated[str | None, Meta(description="when that is asked for again; empty: at once; null: no more")]
    trouble: Annotated[str | None, Meta(description="what must be looked at, as its state there was read")]


_OF_FORWARD = (
    "remote_id",
    "remote_href",
    "remote_state",
    "sent_at",
    "lookups",
    "last_status",
    "last_body",
    "followed_at",
    "follow_at",
    "trouble",
)


def show_forwarded(store: Store, identifier: str, source: str | None) -> ForwardedOrder:
    """Return an entry for a target with what is known of its order there.

    Raises:
        OrderNotFoundError, AmbiguousIdError: no entry has this id, or several sources have one.
        EntryStateError: the entry is one of the local queue.
    """
    entry = find_entry(store, identifier, source)
    found = forwards.find(store, entry.order_id)
    if found is None:
        raise _local(entry)
    return ForwardedOrder.of(
        entry,
        error=entries.stored_error(entry) if entry.error else None,
        remote_external_id=found.external_id,
        **{name: getattr(found, name) for name in _OF_FORWARD},
    )


def _local(entry: EntryView) -> EntryStateError:
    return EntryStateError(f"Queue entry {entry.order_id} goes to no target", hint="see `ordercli queue --help`")


def resolve(
    database: str, identifier: str, remote_id: str | None, source: str | None = None, *, actor: str
) -> EntryReceipt:
    """Say what became of an order whose fate is uncertain: the target has it as `remote_id`, or it was not sent.

    A failed entry whose order may have arrived goes on too.

    Raises:
        NotFoundError, AmbiguousIdError: see `find_entry`.
        EntryStateError: the entry does not wait for that.
        ConflictError: another order has the external id of a failed entry by now.
    """
    with closing(open_database(database)) as store, transaction(store, "forward-resolve"):
        entry = entry_of(store, identifier, source, None)
        require_place(entry, forwarded=True)
        if entry.state == EntryState.ERROR and forwards.is_unknown(store, entry.order_id):
            if not retry(actor, forwarded=True).apply(store, entry_changes.locked(store, [entry.seq])):
                raise ConflictError(
                    f"externalId {entry.external_id!r} of entry {entry.order_id} is held by another order"
                )
        elif not target_claims.go_on(store, entry.seq, timestamp_now()):
            raise EntryStateError(
                f"Queue entry {entry.order_id} is in state {entry.state}: only an order that may have arrived, and is"
                " uncertain or in error, can be resolved",
                hint=f"see `ordercli forward show {entry.order_id}`",
            )
        if remote_id is None:
            forwards.note_unsent(store, [entry.order_id])
        else:
            forwards.note_arrival(store, entry.order_id, (remote_id, None, None))
        entries.notify(store)
    return EntryReceipt(identifier, entry.order_id, "retried")


def pause_target(database: str, name: str, reason: str = BY_HAND) -> TargetPauseRow:
    """Pause a target until it is resumed; if it is so already, keep the time and the reason."""
    with closing(open_database(database)) as store, transaction(store, "forward-pause"):
        store.lock(f"target {name}")
        pause = pauses.find(store, name)
        if pause is None or pause.until is not None:
            pause = TargetPauseRow(name, timestamp_now(), None, 0, reason)
            pauses.pause(store, pause)
        return pause


def lift_refusal(database: str, name: str) -> bool:
    """End the pause of a target that had refused us; return whether there was one. A person's pause goes on."""
    with closing(read_database(database)) as store:
        pause = pauses.find(store, name)
    if pause is None or pause.until is not None or pause.reason == BY_HAND:
        return False
    return resume_target(database, name) is not None


def resume_target(database: str, name: str) -> TargetPauseRow | None:
    """End the pause of a target; return it, None if there was none."""
    with closing(open_database(database)) as store, transaction(store, "forward-resume"):
        store.lock(f"target {name}")
        pause = pauses.find(store, name)
        pauses.lift(store, name)
        entries.notify(store)
        return pause
