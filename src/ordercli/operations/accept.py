"""Accept validated orders: recognise known ones, give new ones an id, and write them."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from uuid_utils import uuid7

from ordercli.clock import timestamp_now
from ordercli.intake.json_text import LONGEST_KEY_BYTES, fits_index
from ordercli.operations.results import (
    Known,
    OrderResult,
    Outcome,
    conflict,
    creation_failed,
    entry_moved_on,
    sent_before,
)
from ordercli.operations.validate import packed
from ordercli.orders import external_ids
from ordercli.orders.states import OrderState
from ordercli.queue import entries, payloads
from ordercli.resources.common.words import TMF622
from ordercli.resources.document import fingerprint
from ordercli.resources.registry import RESOURCES
from ordercli.resources.resource import Accepted, CannotBeCreatedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.store import Store
    from ordercli.forwarding.forwards import ForwardRow
    from ordercli.intake.record import Line, Origin
    from ordercli.operations.accept_for_target import OrdersForTarget
    from ordercli.operations.contexts import Context, Contexts
    from ordercli.operations.inventory import InventoryVersions
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.orders.external_ids import Identifier
    from ordercli.orders.order_rows import OrderView, OrderWithLines, WorkNoteRow
    from ordercli.queue.entries import EntryView
    from ordercli.queue.sent_again import AcceptedLines
    from ordercli.settings import Settings

# An external id is unique in a kind of order and a source.
_Key = tuple[str, str]

ACCEPTED_STATUS = {"sync": 201, "async": 202}


class Acceptance:
    """The database that accepts the orders of one run, and the orders that it has accepted so far.

    A dry run writes nothing. It remembers the fingerprints of what it would have accepted: `orders` by kind, source and
    external id, `further` (the keys of the orders that have an id as a further one) likewise, `contents` by the line of
    a rejects file.
    """

    def __init__(
        self,
        store: Store,
        contexts: Contexts,
        *,
        actor: str,
        inventory: InventoryVersions | None = None,
        dry_run: bool = False,
        settings: Settings | None = None,
    ) -> None:
        self.store = store
        self.contexts = contexts
        self.actor = actor
        self.inventory = inventory
        self.dry_run = dry_run
        self.settings = settings
        self.orders: dict[tuple[str, str], dict[str, bytes]] = {}
        self.further: dict[tuple[str, str], dict[str, str]] = {}
        self.contents: dict[Line, bytes] = {}

    @cached_property
    def lines(self) -> AcceptedLines:
        """The lines of rejects files that the run accepts."""
        from ordercli.queue.sent_again import AcceptedLines  # most orders are sent for the first time

        return AcceptedLines(self.store, self.actor, dry_run=self.dry_run)


def accept(
    acceptance: Acceptance,
    orders: Sequence[ValidatedOrder],
    context: Context,
    batch_id: str,
    up_to: Callable[[list[OrderResult]], int] = len,
) -> list[OrderResult]:
    """Create or queue the orders of one context, and return the outcome of each, in order.

    Call it first in a transaction of the caller, who commits. `up_to` returns how many of the results count: orders
    after these are not accepted, and not returned.
    """
    resent = _hold(acceptance, orders, context)
    while True:
        decisions = _Decisions(acceptance, context, batch_id, orders)
        results = [decisions.decide(order) for order in orders]
        del results[up_to(results) :]
        accepted = {each.order_id for each in results if each.outcome is Outcome.ACCEPTED}
        if acceptance.dry_run or decisions.write(accepted):
            return results
        if resent:
            acceptance.lines.begin()


def _hold(acceptance: Acceptance, orders: Sequence[ValidatedOrder], context: Context) -> bool:
    """Lock the lines of rejects files and the source of these orders until the transaction ends.

    Return whether there are such lines.

    No index spans queue and orders, so the lock keeps an external id from being taken in both at the same time.
    """
    of = acceptance.contexts.of
    resent = [origin for each in orders if each.record.reject and (origin := of(each.record).origin)]
    if resent:
        acceptance.lines.hold(resent)
    if not acceptance.dry_run:
        # Nor does an index prevent that a further external identifier equals a key.
        shared = context.mode == "async" and not any(each.other_ids for each in orders)
        acceptance.store.lock(f"source {context.source or ''}", shared=shared)
    return bool(resent)


class _New(NamedTuple):
    """An order about to be written: its payload, and its queue entry or its customer order.

    `origin` is the line of a rejects file that it came in, `other_ids` its external identifiers beside its key,
    `forward` what is known of it at its target.
    """

    payload: payloads.PayloadRow
    entry: entries.NewEntry | None
    rows: OrderWithLines | None
    origin: Origin | None
    other_ids: tuple[Identifier, ...] = ()
    forward: ForwardRow | None = None


class _Decisions:
    """The outcomes of the orders of one transaction. On SQLite the write lock keeps them valid until `write`."""

    def __init__(
        self, acceptance: Acceptance, context: Context, batch_id: str, orders: Sequence[ValidatedOrder]
    ) -> None:
        self._acceptance = acceptance
        self._store = acceptance.store
        self._dry_run = acceptance.dry_run
        self._mode = context.mode
        self._source = context.source or ""
        self._profile = context.profile
        self._batch_id = batch_id
        self._target = _orders_for_target(acceptance, context, orders)
        self._new: dict[str, _New] = {}
        self._fresh: dict[_Key, tuple[str | None, bytes, str | None]] = {}
        self._further_fresh: dict[_Key, str] = {}  # the key of the order that has the id as a further one
        self._at = timestamp_now()
        count = len(orders)
        self._seqs = iter(range(1, count + 1) if self._dry_run else payloads.next_seqs(self._store, count))
        self._held: dict[_Key, tuple[str, int]] = {}
        self._held_further: dict[_Key, tuple[str, int]] = {}
        self._elsewhere: dict[_Key, str] = {}
        for resource in dict.fromkeys(each.resource for each in orders if each.external_id):
            given = [each.external_id for each in orders if each.external_id and each.resource == resource]
            given += [each.id for order in orders if order.resource == resource for each in order.other_ids]
            self._look_up(resource, given)

    def write(self, order_ids: set[str | None]) -> bool:
        """Write these of the accepted orders.

        Return False, with nothing written, if another process has just taken an external id; then decide again.
        """
        chosen = [new for order_id, new in self._new.items() if order_id in order_ids]
        resent = [(new.origin, order_id) for order_id, new in self._new.items() if new.origin and order_id in order_ids]
        payloads.keep(self._store, [new.payload for new in chosen])
        queued = [new.entry for new in chosen if new.entry]
        if queued and not entries.enqueue(self._store, queued):
            payloads.delete(self._store, json.dumps([new.payload.seq for new in chosen]))
            return False
        if queued:
            entries.notify(self._store)
        if self._target:
            self._target.keep([new.forward for new in chosen if new.forward])
        if further := [(new.payload.seq, self._source, new.other_ids) for new in chosen if new.other_ids]:
            external_ids.keep(self._store, further)
        if resent:
            self._acceptance.lines.keep(resent, self._batch_id, self._at)
        created = [new.rows for new in chosen if new.rows]
        if created:
            from ordercli.orders import order_store  # a run that only queues creates no orders

            order_store.create(self._store, created, self._acceptance.actor)
        if self._acceptance.inventory and created:
            _add_notes(created, self._acceptance.inventory.follow(created))
        return True

    def _look_up(self, resource: str, names: list[str]) -> None:
        """Find the orders of a kind that hold these ids, in the source (order id, payload key) and elsewhere."""
        ids_json = json.dumps(names)
        queued = entries.holders(self._store, ids_json, resource)
        for (external_id, source), holder in (queued | external_ids.holders(self._store, ids_json, resource)).items():
            if source == self._source:
                self._held[resource, external_id] = holder
            else:
                self._elsewhere[resource, external_id] = source
        for (external_id, source), holder in external_ids.further_holders(self._store, ids_json, resource).items():
            if source == self._source:
                self._held_further[resource, external_id] = holder
        for (kind, source), accepted_dry in self._acceptance.orders.items():
            if source != self._source and kind == resource:
                self._elsewhere |= {(resource, each): source for each in names if each in accepted_dry}

    def decide(self, order: ValidatedOrder) -> OrderResult:
        """Return the outcome of one order."""
        record, findings, external_id, *_ = order
        origin = None
        if record.reject:
            _, _, origin, refusal = self._acceptance.contexts.of(record)
            if refusal:
                return OrderResult(record, self._source, external_id, Outcome.REJECTED, 400, None, [refusal])
        if order.refused:
            return OrderResult(record, self._source, external_id, Outcome.REJECTED, 400, None, findings)
        if origin and (result := self._decide_line(order, origin)):
            return result
        first = self._first_of(external_id, order) if external_id else None
        if first is None:
            return self._accept_if_free(order, origin)
        known_as, order_id, same = first
        if same:
            return OrderResult(record, self._source, external_id, Outcome.DUPLICATE, 200, order_id, findings)
        known = self._known(order_id, order)
        findings = [*findings, conflict(record.data, known_as, self._source, known)]
        return OrderResult(record, self._source, external_id, Outcome.CONFLICT, 409, order_id, findings)

    def _accept_if_free(self, order: ValidatedOrder, origin: Origin | None) -> OrderResult:
        """Accept an order unless another one for its target has its external id there."""
        taken = self._target.conflict(order) if self._target else None
        if taken is None:
            return self._accept(order, origin)
        record, findings, external_id, *_ = order
        return OrderResult(record, self._source, external_id, Outcome.CONFLICT, 409, None, [*findings, taken])

    def _decide_line(self, order: ValidatedOrder, origin: Origin) -> OrderResult | None:
        """Return the outcome of a line of a rejects file that was accepted before, or cannot be accepted; else None."""
        record, findings, external_id, *_ = order
        if self._acceptance.lines.was_accepted(origin):
            order_id = self._acceptance.lines.order_of(origin)
            if self._became(order_id, order) if order_id else self._would_become(origin, order):
                return OrderResult(record, self._source, external_id, Outcome.DUPLICATE, 200, order_id, findings)
            findings = [*findings, sent_before(order_id)]
        elif reason := self._acceptance.lines.why_not(origin):
            order_id, findings = origin.order_id, [*findings, entry_moved_on(reason)]
        else:
            return None
        return OrderResult(record, self._source, external_id, Outcome.CONFLICT, 409, order_id, findings)

    def _would_become(self, origin: Origin, order: ValidatedOrder) -> bool:
        """Return whether a dry run has read the line with this content before."""
        return self._acceptance.contents[origin.line] == fingerprint(order.record.data, order.filled_currency)

    def _became(self, order_id: str, order: ValidatedOrder) -> bool:
        """Return whether the order was accepted with this content; True for one that was purged."""
        if order_id in self._new:
            payload = self._new[order_id].payload
            return _has_content(payload.sha256, payload.body, order.record.data)
        found = _found(self._store, order_id)
        stored = found and payloads.read(self._store, found.seq)
        return not (found and stored) or self._is_same(found.seq, *stored, order)

    def _is_same(self, seq: int, sha256: bytes, body: bytes, order: ValidatedOrder) -> bool:
        """Return whether a stored order is equal, also if one names the currency that the other got by default."""
        if _has_content(sha256, body, order.record.data):
            return True
        currency = _filled_currency(self._store, seq)
        if not (currency or order.filled_currency) or payloads.digest(body) != sha256:
            return False
        return fingerprint(body, currency) == fingerprint(order.record.data, order.filled_currency)

    def _first_of(self, external_id: str, order: ValidatedOrder) -> tuple[str, str | None, bool] | None:
        """Return an external id of the order that is known, the order that holds it, and whether that is equal.

        A key may be neither the key nor a further id of another order; a further id may not be a key. In a dry run the
        other order has no id. Return None if all external ids are free.
        """
        key = order.resource, external_id
        first = self._holder_of(external_id, order)
        if first is None and key in self._held_further:
            first = self._stored(self._held_further[key], order)
        if first is None and (holder := self._further_fresh.get(key) or self._further_dry(order).get(external_id)):
            first = self._holder_of(holder, order)
        if first is not None:
            return external_id, *first
        for each in order.other_ids:
            if first := self._holder_of(each.id, order):
                return each.id, *first
        return None

    def _stored(self, holder: tuple[str, int], order: ValidatedOrder) -> tuple[str, bool]:
        """Return the id of a stored order, and whether it is equal."""
        order_id, seq = holder
        payload = payloads.read(self._store, seq)
        return order_id, payload is not None and self._is_same(seq, *payload, order)

    def _holder_of(self, external_id: str, order: ValidatedOrder) -> tuple[str | None, bool] | None:
        """Return the order that has the external id as its key, and whether it is equal; None if there is none."""
        key = order.resource, external_id
        if key in self._held:
            return self._stored(self._held[key], order)
        data, currency = order.record.data, order.filled_currency
        if key in self._fresh:
            fresh_id, body, filled = self._fresh[key]
            return fresh_id, body == data or fingerprint(body, filled) == fingerprint(data, currency)
        accepted_dry = self._accepted_dry(order.resource)
        if external_id in accepted_dry:
            return None, accepted_dry[external_id] == fingerprint(data, currency)
        return None

    def _known(self, order_id: str | None, order: ValidatedOrder) -> Known:
        """Return what a conflict tells about the order that has an external id of another one."""
        version = self._other_version(order_id, order)
        if order_id in self._new:
            return Known(order_id, self._new[order_id].payload.body, version)
        found = _found(self._store, order_id or "")
        stored = found and payloads.read(self._store, found.seq)
        is_canceled = found is not None and found.state == OrderState.CANCELED
        return Known(order_id, stored[1] if stored else None, version, is_canceled)

    def _other_version(self, order_id: str | None, order: ValidatedOrder) -> str | None:
        """Return the profile of a known order if that is of the same standard in another version, else None."""
        own = order.profile or self._profile
        if order_id in self._new:
            known = _profile_of(self._new[order_id])
        else:
            found = _found(self._store, order_id or "")
            known = found.profile if found else None
        return known if known != own and known and {known, own} <= set(TMF622) else None

    def _accept(self, order: ValidatedOrder, origin: Origin | None) -> OrderResult:
        record, findings, external_id, filled_currency, work_notes, profile, resource, other_ids = order
        accepted = Accepted(
            next(self._seqs),
            uuid7().hex,
            external_id,
            self._source,
            profile or self._profile,
            filled_currency,
            self._batch_id,
            work_notes,
        )
        try:
            new = self._made(order, accepted, origin)
        except CannotBeCreatedError as error:
            findings = [*findings, *creation_failed(str(error), order.resource)]
            return OrderResult(record, self._source, external_id, Outcome.REJECTED, 400, None, findings)
        self._new[accepted.order_id] = new
        order_id, rows = (None, None) if self._dry_run else (accepted.order_id, new.rows)
        elsewhere = None
        if origin:
            self._acceptance.lines.accept(origin, order_id)
        if external_id:
            self._fresh[resource, external_id] = (order_id, record.data, filled_currency)
            for each in other_ids:
                self._further_fresh.setdefault((resource, each.id), external_id)
            elsewhere = self._elsewhere.get((resource, external_id))
        if self._dry_run:
            self._remember_dry(order, origin)
        status = ACCEPTED_STATUS[self._mode]
        return OrderResult(
            record, self._source, external_id, Outcome.ACCEPTED, status, order_id, findings, rows, elsewhere
        )

    def _remember_dry(self, order: ValidatedOrder, origin: Origin | None) -> None:
        """Remember, in a dry run, what a real run would find in the database."""
        if origin or order.external_id:
            content = fingerprint(order.record.data, order.filled_currency)
            if origin:
                self._acceptance.contents[origin.line] = content
            if order.external_id:
                self._accepted_dry(order.resource)[order.external_id] = content
                for each in order.other_ids:
                    self._further_dry(order).setdefault(each.id, order.external_id)

    def _accepted_dry(self, resource: str) -> dict[str, bytes]:
        """Return what a dry run would have accepted of a kind from the source."""
        return self._acceptance.orders.setdefault((resource, self._source), {})

    def _further_dry(self, order: ValidatedOrder) -> dict[str, str]:
        """Return the further ids of what a dry run would have accepted of the order's kind, each with the key."""
        return self._acceptance.further.setdefault((order.resource, self._source), {})

    def _made(self, order: ValidatedOrder, accepted: Accepted, origin: Origin | None) -> _New:
        record = order.record
        if accepted.external_id and not fits_index(accepted.external_id):  # only if it was not validated
            raise CannotBeCreatedError(f"externalId is longer than {LONGEST_KEY_BYTES} bytes")
        payload = payloads.PayloadRow(accepted.seq, payloads.digest(record.data), record.data)
        if self._mode == "sync":
            rows = RESOURCES[order.resource].to_rows(accepted, record.data, self._at)
            return _New(payload, None, rows, origin, order.other_ids)
        entry = entries.NewEntry(
            accepted.seq,
            accepted.order_id,
            accepted.external_id,
            accepted.source,
            accepted.profile,
            accepted.filled_currency,
            self._at,
            self._at,
            self._batch_id,
            record.file,
            record.line,
            record.record,
            packed(accepted.work_notes),
            order.resource,
            self._acceptance.actor,
            target=self._target.name if self._target else None,
        )
        forward = self._target.forward(order, accepted.order_id) if self._target else None
        return _New(payload, entry, None, origin, order.other_ids, forward)


def _orders_for_target(
    acceptance: Acceptance, context: Context, orders: Sequence[ValidatedOrder]
) -> OrdersForTarget | None:
    """Return what the orders need that go to a target; None if they stay here."""
    if not context.target:
        return None
    from ordercli.operations.accept_for_target import OrdersForTarget  # few orders are forwarded

    assert acceptance.settings  # noqa: S101 - only a run has targets
    source = context.source or ""
    name = context.target
    return OrdersForTarget(acceptance.store, acceptance.settings, name, source, orders, dry_run=acceptance.dry_run)


def _profile_of(new: _New) -> str | None:
    """Return the profile of an order about to be written."""
    if new.entry:
        return new.entry.profile
    return new.rows.order.profile if new.rows else None


def _add_notes(created: list[OrderWithLines], notes: list[WorkNoteRow]) -> None:
    """Add notes that are written already, for the documents of these orders."""
    of_order = {rows.order.seq: rows.work_notes for rows in created} if notes else {}
    for note in notes:
        of_order[note.order_seq].append(note)


def _has_content(sha256: bytes, body: bytes, data: bytes) -> bool:
    """Return whether a stored payload equals `data`; a damaged one is compared only by its hash."""
    if sha256 == payloads.digest(data):
        return True
    return payloads.digest(body) == sha256 and fingerprint(body) == fingerprint(data)


def _found(store: Store, order_id: str) -> EntryView | OrderView | None:
    """Return the queue entry or the order with this id."""
    from ordercli.orders.order_store import by_order_id  # only for orders that are known

    return entries.by_order_id(store, order_id) or by_order_id(store, order_id)


def _filled_currency(store: Store, seq: int) -> str | None:
    """Return the default currency that was filled in for a known order."""
    from ordercli.orders.order_store import filled_currency  # only for orders that are known

    return filled_currency(store, seq) or entries.filled_currency(store, seq)
