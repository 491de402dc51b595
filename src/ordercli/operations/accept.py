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
from ordercli.queue import entries
from ordercli.queue.entries import PayloadRow, delete_payloads, digest, keep_payloads, next_seqs
from ordercli.resources.document import fingerprint
from ordercli.resources.registry import RESOURCES
from ordercli.resources.resource import Accepted, CannotBeCreatedError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.store import Store
    from ordercli.forwarding.forwards import ForwardRow
    from ordercli.intake.record import Origin
    from ordercli.operations.accept_for_target import OrdersForTarget
    from ordercli.operations.contexts import Context, Contexts
    from ordercli.operations.dry_run import DryRun
    from ordercli.operations.inventory import InventoryVersions
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.orders.external_ids import Identifier
    from ordercli.orders.order_rows import OrderWithLines
    from ordercli.queue.sent_again import AcceptedLines
    from ordercli.settings import Settings

# An external id is unique in a kind of order and a source.
_Key = tuple[str, str]

ACCEPTED_STATUS = {"sync": 201, "async": 202}


class Acceptance:
    """The database that accepts the orders of one run.

    A dry run writes nothing; `would_be_accepted` are the orders that it has read so far.
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

    @cached_property
    def would_be_accepted(self) -> DryRun | None:
        """The orders that a dry run would have accepted so far; None if it is none."""
        if not self.dry_run:
            return None
        from ordercli.operations.dry_run import DryRun  # most runs write what they accept

        return DryRun()

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
    resent = _lock(acceptance, orders, context)
    while True:
        decisions = _Decisions(acceptance, context, batch_id, orders)
        results = [decisions.decide(order) for order in orders]
        del results[up_to(results) :]
        accepted = {each.order_id for each in results if each.outcome is Outcome.ACCEPTED}
        if acceptance.dry_run or decisions.write(accepted):
            return results
        if resent:
            acceptance.lines.begin()


def _lock(acceptance: Acceptance, orders: Sequence[ValidatedOrder], context: Context) -> bool:
    """Lock the source and the lines of rejects files of these orders; return whether there are such lines.

    No index spans queue and orders, so the lock keeps an external id from being taken in both at the same time.
    """
    of = acceptance.contexts.of
    resent = [origin for each in orders if each.record.reject and (origin := of(each.record).origin)]
    if resent:
        acceptance.lines.lock(resent)
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

    payload: PayloadRow
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
        self._dry = acceptance.would_be_accepted
        self._mode = context.mode
        self._source = context.source or ""
        self._profile = context.profile
        self._batch_id = batch_id
        self._target: OrdersForTarget | None = None
        if context.target:
            from ordercli.operations.accept_for_target import OrdersForTarget  # few orders are forwarded

            assert acceptance.settings  # noqa: S101 - only a run has targets
            self._target = OrdersForTarget(
                self._store, acceptance.settings, context.target, self._source, orders, dry_run=acceptance.dry_run
            )
        self._new: dict[str, _New] = {}
        self._fresh: dict[_Key, tuple[str | None, bytes, str | None]] = {}
        self._further_fresh: dict[_Key, str] = {}  # the key of the order that has the id as a further one
        self._at = timestamp_now()
        count = len(orders)
        self._seqs = iter(range(1, count + 1) if self._dry else next_seqs(self._store, count))
        self._holders: dict[_Key, tuple[str, int]] = {}
        self._further_holders: dict[_Key, tuple[str, int]] = {}
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
        keep_payloads(self._store, [new.payload for new in chosen])
        queued = [new.entry for new in chosen if new.entry]
        if queued and not entries.enqueue(self._store, queued):
            delete_payloads(self._store, json.dumps([new.payload.seq for new in chosen]))
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
            if self._acceptance.inventory:
                for rows, notes in self._acceptance.inventory.follow(created):
                    rows.work_notes.extend(notes)  # for the documents of these orders
        return True

    def _look_up(self, resource: str, names: list[str]) -> None:
        """Find the orders of a kind that hold these ids, in the source (order id, payload key) and elsewhere."""
        ids_json = json.dumps(names)
        queued = entries.holders(self._store, ids_json, resource)
        for (external_id, source), holder in (queued | external_ids.holders(self._store, ids_json, resource)).items():
            if source == self._source:
                self._holders[resource, external_id] = holder
            else:
                self._elsewhere[resource, external_id] = source
        for (external_id, source), holder in external_ids.further_holders(self._store, ids_json, resource).items():
            if source == self._source:
                self._further_holders[resource, external_id] = holder
        if self._dry:
            others = self._dry.in_other_sources(resource, self._source, names)
            self._elsewhere |= {(resource, external_id): source for external_id, source in others.items()}

    def decide(self, order: ValidatedOrder) -> OrderResult:
        """Return the outcome of one order."""
        record, findings, external_id, *_ = order
        origin, refusal = self._acceptance.contexts.of(record)[2:] if record.reject else (None, None)
        if refusal:
            findings = [refusal]
        if refusal or order.refused:
            return OrderResult(record, self._source, external_id, Outcome.REJECTED, 400, None, findings)
        if origin and (result := self._decide_line(order, origin)):
            return result
        first = self._first_of(external_id, order) if external_id else None
        if first is None:
            taken = self._target.conflict(order) if self._target else None
            if taken is None:
                return self._accept(order, origin)
            return OrderResult(record, self._source, external_id, Outcome.CONFLICT, 409, None, [*findings, taken])
        known_as, order_id, same = first
        if same:
            return OrderResult(record, self._source, external_id, Outcome.DUPLICATE, 200, order_id, findings)
        known = self._known(order_id, order)
        findings = [*findings, conflict(record.data, known_as, self._source, known)]
        return OrderResult(record, self._source, external_id, Outcome.CONFLICT, 409, order_id, findings)

    def _decide_line(self, order: ValidatedOrder, origin: Origin) -> OrderResult | None:
        """Return the outcome of a line of a rejects file that was accepted before, or cannot be accepted; else None."""
        record, findings, external_id, *_ = order
        if self._acceptance.lines.was_accepted(origin):
            order_id = self._acceptance.lines.order_of(origin)
            if self._became(order_id, order, origin):
                return OrderResult(record, self._source, external_id, Outcome.DUPLICATE, 200, order_id, findings)
            findings = [*findings, sent_before(order_id)]
        elif reason := self._acceptance.lines.why_not(origin):
            order_id, findings = origin.order_id, [*findings, entry_moved_on(reason)]
        else:
            return None
        return OrderResult(record, self._source, external_id, Outcome.CONFLICT, 409, order_id, findings)

    def _became(self, order_id: str | None, order: ValidatedOrder, origin: Origin) -> bool:
        """Return whether the line of a rejects file was accepted with this content; True if its order was purged."""
        from ordercli.operations import known_orders

        if order_id is None:
            return self._dry is not None and self._dry.equals_line(order, origin)
        if order_id in self._new:
            payload = self._new[order_id].payload
            return known_orders.has_content(payload.sha256, payload.body, order.record.data)
        return known_orders.equals_accepted(self._store, order_id, order)

    def _first_of(self, external_id: str, order: ValidatedOrder) -> tuple[str, str | None, bool] | None:
        """Return an external id of the order that is known, the order that holds it, and whether that is equal.

        A key may be neither the key nor a further id of another order; a further id may not be a key. In a dry run the
        other order has no id. Return None if all external ids are free.
        """
        key = order.resource, external_id
        first = self._holder_of(external_id, order)
        if first is None and key in self._further_holders:
            first = self._stored(self._further_holders[key], order)
        if first is None and (holder := self._further_fresh.get(key) or self._key_in_dry_run(*key)):
            first = self._holder_of(holder, order)
        if first is not None:
            return external_id, *first
        for each in order.other_ids:
            if first := self._holder_of(each.id, order):
                return each.id, *first
        return None

    def _stored(self, holder: tuple[str, int], order: ValidatedOrder) -> tuple[str, bool]:
        """Return the id of a stored order, and whether it is equal."""
        from ordercli.operations.known_orders import equals_stored  # most orders are new

        order_id, seq = holder
        return order_id, equals_stored(self._store, seq, order)

    def _key_in_dry_run(self, resource: str, external_id: str) -> str | None:
        """Return the key of the order that has this further external id, among those of a dry run."""
        return self._dry.key_of(resource, self._source, external_id) if self._dry else None

    def _holder_of(self, external_id: str, order: ValidatedOrder) -> tuple[str | None, bool] | None:
        """Return the order that has the external id as its key, and whether it is equal; None if there is none."""
        key = order.resource, external_id
        if key in self._holders:
            return self._stored(self._holders[key], order)
        data, currency = order.record.data, order.filled_currency
        if key in self._fresh:
            fresh_id, body, filled = self._fresh[key]
            return fresh_id, body == data or fingerprint(body, filled) == fingerprint(data, currency)
        if self._dry and self._dry.has(order.resource, self._source, external_id):
            return None, self._dry.has_equal(order, self._source, external_id)
        return None

    def _known(self, order_id: str | None, order: ValidatedOrder) -> Known:
        """Return what a conflict tells about the order that has an external id of another one."""
        from ordercli.operations.known_orders import known_order, other_version

        own = order.profile or self._profile
        if order_id in self._new:
            new = self._new[order_id]
            return Known(order_id, new.payload.body, other_version(_profile_of(new), own))
        return known_order(self._store, order_id, own)

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
        order_id, rows = (None, None) if self._dry else (accepted.order_id, new.rows)
        elsewhere = None
        if origin:
            self._acceptance.lines.accept(origin, order_id)
        if external_id:
            self._fresh[resource, external_id] = (order_id, record.data, filled_currency)
            for each in other_ids:
                self._further_fresh.setdefault((resource, each.id), external_id)
            elsewhere = self._elsewhere.get((resource, external_id))
        if self._dry:
            self._dry.remember(order, self._source, origin)
        status = ACCEPTED_STATUS[self._mode]
        return OrderResult(
            record, self._source, external_id, Outcome.ACCEPTED, status, order_id, findings, rows, elsewhere
        )

    def _made(self, order: ValidatedOrder, accepted: Accepted, origin: Origin | None) -> _New:
        record = order.record
        if accepted.external_id and not fits_index(accepted.external_id):  # only if it was not validated
            raise CannotBeCreatedError(f"externalId is longer than {LONGEST_KEY_BYTES} bytes")
        payload = PayloadRow(accepted.seq, digest(record.data), record.data)
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


def _profile_of(new: _New) -> str | None:
    """Return the profile of an order about to be written."""
    if new.entry:
        return new.entry.profile
    return new.rows.order.profile if new.rows else None
