"""Retry, discard or create queue entries, and report the outcome for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from msgspec import UNSET, UnsetType, field
from uuid_utils import uuid7

from ordercli.clock import timestamp_now
from ordercli.database.opening import open_database
from ordercli.database.store import Store, transaction
from ordercli.errors import ConflictError, EntryStateError, NotFoundError, OrdercliError
from ordercli.forwarding import forwards
from ordercli.operations.drain import Drain
from ordercli.operations.find import find, find_entry
from ordercli.orders import external_ids
from ordercli.queue import entries, entry_changes
from ordercli.queue.entries import EntryState, EntryView, stored_error
from ordercli.queue.workers import Worker
from ordercli.resources.common.rules.creation import OTHER_ORDER_AT_TARGET
from ordercli.result_types import Code, Count, ExitStatus, Id, Result, StoreName
from ordercli.settings import Settings


class EntryError(Result):
    """The reason why an entry was not changed."""

    code: Code | None
    message: str


class EntryReceipt(Result):
    """The outcome for an entry that was named by its id."""

    columns = ("id", "orderId", "outcome")
    identified_by = "orderId"

    id: str
    order_id: Id | None
    outcome: Literal["created", "failed", "postponed", "retried", "discarded", "not-found", "conflict"]
    errors: list[EntryError] = field(default_factory=list)


def each_entry(
    store: Store,
    identifiers: Sequence[str],
    source: str | None,
    resource: str | None,
    do: Callable[[str, EntryView], EntryReceipt],
) -> list[EntryReceipt]:
    """Call `do` for each entry, in order, and return the receipts; an id that is refused has a receipt too.

    `source` and `resource` narrow external ids.

    Raises:
        NotFoundError, ConflictError: the only id is refused.
    """
    receipts = []
    for identifier in identifiers:
        try:
            receipts.append(do(identifier, entry_of(store, identifier, source, resource)))
        except (NotFoundError, ConflictError) as error:
            if len(identifiers) == 1:
                raise
            receipts.append(refusal(identifier, error))
    return receipts


def entry_of(store: Store, identifier: str, source: str | None, resource: str | None) -> EntryView:
    """Return the entry with this id.

    Raises:
        NotFoundError: no entry or order has this id.
        ConflictError: several sources, or orders of several kinds, have this external id.
        EntryStateError: the order never had an entry, or its entry was purged.
    """
    found = find(store, identifier, source, resource)
    if isinstance(found, EntryView):
        return found
    try:
        return find_entry(store, identifier, source, resource)
    except NotFoundError:
        raise EntryStateError(f"Order {found.order_id} was created, and has no queue entry") from None


def wrong_state(entry: EntryView, changed: str, allowed: Sequence[str]) -> EntryStateError:
    """Return the error (ORD405) that an entry cannot be changed in its state, with the states that allow it."""
    states = f"{', '.join(allowed[:-1])} and {allowed[-1]}"
    return EntryStateError(
        f"Queue entry {entry.order_id} is in state {entry.state}: only {states} entries can be {changed}"
    )


def refusal(identifier: str, error: OrdercliError) -> EntryReceipt:
    """Return the receipt of an id that was refused."""
    errors = [EntryError(error.rule, error.message)]
    return EntryReceipt(identifier, None, "not-found" if isinstance(error, NotFoundError) else "conflict", errors)


def failed(identifier: str, entry: EntryView) -> EntryReceipt:
    """Return the receipt of an entry that ended in `error`, with the details of its stored error body."""
    details = stored_error(entry).get("details", [])
    errors = [EntryError(each.get("rule"), each.get("message")) for each in details]
    return EntryReceipt(identifier, entry.order_id, "failed", errors)


if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.store import Store

    Apply = Callable[[Store, list[EntryView]], list[EntryView]]

CHUNK = 500
RETRYABLE = (EntryState.ERROR, EntryState.PENDING)
DISCARDABLE = (EntryState.NEW, EntryState.PENDING, EntryState.ERROR)


class Operation(NamedTuple):
    """A change of entries, and the states in which it is allowed.

    `apply` changes entries in the caller's transaction, and returns those that it changed. `forwarded` tells whether it
    is for entries of targets or for those of the local queue.
    """

    done: Literal["retried", "discarded"]
    allowed: Sequence[EntryState]
    apply: Apply
    forwarded: bool = False


class EntriesChanged(Result, kw_only=True):
    """The numbers of entries that the filters chose, that were changed, and that were left unchanged."""

    matched: Count
    retried: Count | UnsetType = UNSET
    discarded: Count | UnsetType = UNSET
    skipped: Count
    exit_code: ExitStatus = 0
    store: StoreName = UNSET


def retry(actor: str, *, forwarded: bool = False) -> Operation:
    """Return the operation that lets entries be claimed again, unless a later order holds their external id."""
    do = _retry_forwarded if forwarded else _retry
    return Operation("retried", RETRYABLE, partial(do, actor=actor), forwarded)


def discard(reason: str, actor: str, *, forwarded: bool = False) -> Operation:
    """Return the operation that cancels entries, keeps the reason, and frees their external ids."""
    do = _discard_forwarded if forwarded else _discard
    return Operation("discarded", DISCARDABLE, partial(do, reason=reason, actor=actor), forwarded)


def require_place(entry: EntryView, *, forwarded: bool) -> None:
    """Refuse an entry of the local queue in a command for targets, and the other way round.

    Raises:
        EntryStateError: it is such an entry.
    """
    if (entry.target is not None) is not forwarded:
        where = f"goes to the target {entry.target}" if entry.target else "is one of the local queue"
        group = "forward" if entry.target else "queue"
        raise EntryStateError(f"Queue entry {entry.order_id} {where}", hint=f"see `ordercli {group} --help`")


def operate_on_ids(
    database: str,
    operation: Operation,
    identifiers: Sequence[str],
    source: str | None = None,
    resource: str | None = None,
) -> list[EntryReceipt]:
    """Apply an operation to the entries with these ids.

    Raises:
        NotFoundError, ConflictError: the only id is refused.
    """
    with closing(open_database(database)) as store:
        return each_entry(store, identifiers, source, resource, partial(_operate_on_one, store, operation))


def operate_on_entry(store: Store, operation: Operation, identifier: str, source: str | None) -> EntryReceipt:
    """Apply an operation to the entry with this id; `source` narrows external ids.

    Raises:
        NotFoundError, ConflictError: it is refused.
    """
    return _operate_on_one(store, operation, identifier, entry_of(store, identifier, source, None))


def operate_on_chosen(
    database: str, operation: Operation, keys: Sequence[int], states: Sequence[str]
) -> EntriesChanged:
    """Apply an operation to the entries with these keys that are still in one of these states, 500 per transaction."""
    changed = 0
    with closing(open_database(database)) as store:
        for first in range(0, len(keys), CHUNK):
            with transaction(store, "operate"):
                chunk = entry_changes.locked(store, keys[first : first + CHUNK])
                changed += len(operation.apply(store, [each for each in chunk if each.state in states]))
    result = EntriesChanged(matched=len(keys), skipped=len(keys) - changed)
    setattr(result, operation.done, changed)
    return result


def _operate_on_one(store: Store, operation: Operation, identifier: str, entry: EntryView) -> EntryReceipt:
    with transaction(store, "operate-one"):
        current = entry_changes.locked(store, [entry.seq])
        require_place(entry, forwarded=operation.forwarded)
        if not current or current[0].state not in operation.allowed:
            raise wrong_state(current[0] if current else entry, operation.done, operation.allowed)
        if not operation.apply(store, current):
            if current[0].execute_after and forwards.is_unknown(store, entry.order_id):
                raise EntryStateError(
                    f"Nobody knows yet whether order {entry.order_id} arrived at {entry.target}",
                    hint=f"`ordercli forward run` looks for it there after {current[0].execute_after}",
                )
            if operation.forwarded and forwards.has_arrived(store, entry.order_id):
                raise EntryStateError(
                    f"Order {entry.order_id} has arrived at {entry.target}",
                    hint=f"`ordercli forward show {entry.order_id}` names it there",
                )
            if operation.forwarded and forwards.is_open(store, entry.order_id):
                raise EntryStateError(
                    f"Nobody knows whether order {entry.order_id} arrived at {entry.target}",
                    hint=f"look there; if it is not there, `ordercli forward resolve {entry.order_id} --not-sent`,"
                    " else --sent with its id there",
                )
            raise ConflictError(f"externalId {entry.external_id!r} of entry {entry.order_id} is held by another order")
    return EntryReceipt(identifier, entry.order_id, operation.done)


def _retry(store: Store, chosen: list[EntryView], actor: str) -> list[EntryView]:
    for source in sorted({entry.source for entry in chosen}):
        store.lock(f"source {source}")  # external ids of failed entries are reserved again
    taken = _taken_ids(store, chosen)
    free = []
    for entry in chosen:
        key = (entry.resource, entry.source, entry.external_id)
        if entry.state == EntryState.PENDING or entry.external_id is None or key not in taken:
            free.append(entry)
            taken.add(key)
    changed = entry_changes.retry(store, [entry.seq for entry in free], actor, timestamp_now())
    entries.notify(store)
    return [entry for entry in free if entry.seq in changed]


def _taken_ids(store: Store, chosen: list[EntryView]) -> set[tuple[str, str, str | None]]:
    """Return which (kind, source, external id) of failed entries are held by other entries or by orders."""
    found: set[tuple[str, str, str | None]] = set()
    for resource in {each.resource for each in chosen}:
        given = {each.external_id for each in chosen if each.state == EntryState.ERROR and each.resource == resource}
        ids_json = json.dumps(sorted(external_id for external_id in given if external_id))
        holders = entries.holders(store, ids_json, resource) | external_ids.holders(store, ids_json, resource)
        found |= {(resource, source, external_id) for external_id, source in holders}
    return found


def _discard(store: Store, chosen: list[EntryView], reason: str, actor: str) -> list[EntryView]:
    changed = entry_changes.discard(store, [entry.seq for entry in chosen], reason, actor, timestamp_now())
    return [entry for entry in chosen if entry.seq in changed]


def _retry_forwarded(store: Store, chosen: list[EntryView], actor: str) -> list[EntryView]:
    """Retry entries whose external ids are free, here and at the target; those that are uncertain wait on.

    So do those that may have arrived: a look-up before the time to settle could miss the order.
    """
    certain = [
        each
        for each in chosen
        if each.state == EntryState.ERROR
        or (each.execute_after is not None and not forwards.is_unknown(store, each.order_id))
    ]
    return _retry(store, [each for each in certain if forwards.hold_id(store, each.order_id)], actor)


def _discard_forwarded(store: Store, chosen: list[EntryView], reason: str, actor: str) -> list[EntryView]:
    """Discard entries whose orders cannot have arrived; another order at the target proves that for its external id."""
    closed = [
        each
        for each in chosen
        if each.error_code == OTHER_ORDER_AT_TARGET.code or not forwards.is_open(store, each.order_id)
    ]
    changed = _discard(store, closed, reason, actor)
    forwards.release_ids(store, [each.order_id for each in changed])
    return changed


CREATABLE = (EntryState.NEW, EntryState.PENDING)


def create_now(
    database: str,
    identifiers: Sequence[str],
    settings: Settings,
    source: str | None = None,
    resource: str | None = None,
) -> list[EntryReceipt]:
    """Create the customer orders of these entries one by one, due or not, the queue paused or not.

    Outcomes: `created`, `failed` (now in error), `postponed` (a temporary fault: the entry is tried again later).

    Raises:
        NotFoundError, ConflictError: the only id is refused.
    """
    with closing(open_database(database)) as store, Worker(database, uuid7().hex) as worker:
        drain = Drain(store, worker, settings)
        return each_entry(store, identifiers, source, resource, partial(_create, store, drain))


def _create(store: Store, drain: Drain, identifier: str, entry: EntryView) -> EntryReceipt:
    require_place(entry, forwarded=False)
    token = drain.claim_one(entry.order_id) if entry.state in CREATABLE else None
    if token is None:
        raise wrong_state(entries.by_order_id(store, entry.order_id) or entry, "created", CREATABLE)
    drain.process(token)
    ended = entries.by_order_id(store, entry.order_id)
    if ended is None or ended.state == EntryState.COMPLETED:
        return EntryReceipt(identifier, entry.order_id, "created")
    if ended.state == EntryState.ERROR:
        return failed(identifier, ended)
    return EntryReceipt(identifier, entry.order_id, "postponed")
