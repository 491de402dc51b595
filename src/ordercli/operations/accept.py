"""ValidatedOrder orders meet the database: new ones get an id, known ones are recognised."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from uuid_utils import uuid7

from ordercli.clock import now, timestamp
from ordercli.intake.stored_text import LONGEST_KEY_BYTES, fits_index
from ordercli.operations.contexts import reject_line, unchanged_line
from ordercli.operations.results import OrderResult, Outcome, conflict, creation_failed, entry_moved_on, sent_before
from ordercli.operations.validate import packed
from ordercli.queue import entries, payloads
from ordercli.queue.sent_again import AcceptedLines
from ordercli.resources.product_order import history, order_store
from ordercli.resources.product_order.contents import fingerprint
from ordercli.resources.product_order.convert import Accepted, CannotBeCreatedError, OrderRows, to_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from ordercli.database.store import Store
    from ordercli.operations.contexts import Context, Contexts
    from ordercli.operations.inventory import InventoryVersions
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.queue.sent_again import Line, Origin
    from ordercli.resources.product_order.convert import Child

ACCEPTED_STATUS = {"sync": 201, "async": 202}


class _New(NamedTuple):
    """An order about to be written: the row of its payload, and its queue entry or its customer order.

    `origin` is there where it came in a line of a rejects file.
    """

    payload: tuple[int, bytes, bytes]
    entry: entries.NewEntry | None
    rows: OrderRows | None
    origin: Origin | None


class Memory:
    """What a run has accepted, shared by all its contexts; of what a dry run would have accepted, fingerprints too.

    `orders` has them by source and external id, `contents` by the line of a rejects file.
    """

    def __init__(self, connection: Store, *, dry_run: bool) -> None:
        self.lines = AcceptedLines(connection, dry_run=dry_run)
        self.orders: dict[str, dict[str, bytes]] = {}
        self.contents: dict[Line, bytes] = {}


class Settling:
    """Decides order by order, and writes what was accepted; one object for a context, used inside its transactions."""

    def __init__(
        self,
        connection: Store,
        batch_id: str,
        contexts: Contexts,
        context: Context,
        memory: Memory,
        *,
        dry_run: bool,
        actor: str,
        inventory: InventoryVersions | None = None,
    ) -> None:
        self._connection = connection
        self._batch_id = batch_id
        self._contexts = contexts
        self._context = context
        self._mode = context.mode
        self._source = context.source or ""
        self._profile = context.profile
        self._memory = memory
        self._lines = memory.lines
        self._imagined = memory.orders.setdefault(self._source, {})
        self._dry_run = dry_run
        self._actor = actor
        self._inventory = inventory
        self._new: dict[str, _New] = {}

    def settle(self, judged: list[ValidatedOrder]) -> list[OrderResult]:
        """Return the outcome of each order, in order. On SQLite the write lock keeps it true until `write`."""
        self._new = {}
        self._lines.begin()
        self._at = timestamp(now())
        self._seqs = iter(self._free_seqs(len(judged)))
        self._look_up([each.external_id for each in judged if each.external_id])
        self._fresh: dict[str, tuple[str | None, bytes, str | None]] = {}
        return [self._settle_one(each) for each in judged]

    def write(self, order_ids: Collection[str | None]) -> bool:
        """Write those of the accepted orders; the caller commits.

        False, with nothing written, where another process has just taken an external id: they must be settled again.
        """
        chosen = [new for order_id, new in self._new.items() if order_id in order_ids]
        resent = [(new.origin, order_id) for order_id, new in self._new.items() if new.origin and order_id in order_ids]
        payloads.keep(self._connection, [new.payload for new in chosen])
        queued = [new.entry for new in chosen if new.entry]
        if queued and not entries.enqueue(self._connection, queued):
            payloads.delete(self._connection, json.dumps([new.payload[0] for new in chosen]))
            return False
        if queued:
            entries.notify(self._connection)
        if resent:
            self._lines.keep(resent, self._batch_id, self._at)
        created = [new.rows for new in chosen if new.rows]
        order_store.create(self._connection, created)
        history.record_creations(self._connection, created, self._actor)
        if self._inventory and created:
            self._add_notes(created, self._inventory.follow(created))
        return True

    def hold(self, judged: list[ValidatedOrder]) -> None:
        """Let nobody accept the same lines of rejects files, nor create orders of the source while others queue them.

        The first thing in a transaction. An external id must not be taken in the queue and among the orders at the same
        time, and no index spans both.
        """
        resent = [origin for each in judged if each.record.reject and (origin := self._contexts.of(each.record).origin)]
        if resent:
            self._lines.hold(resent)
        if not self._dry_run:
            self._connection.lock(f"source {self._source}", shared=self._mode == "async")

    def reject_line(self, refused: OrderResult) -> bytes:
        """Return the line of a refused order in the rejects file."""
        record, findings = refused.record, refused.findings
        standing = self._contexts.of(record)
        if record.reject and standing.refusal:
            return unchanged_line(record.reject, record, findings)
        return reject_line(self._batch_id, self._context, record, findings, standing.origin)

    def known_elsewhere(self, settled: list[OrderResult]) -> Iterator[str]:
        """Return the source of each external id that was accepted though another source knows it."""
        if self._elsewhere:
            for each in settled:
                if each.outcome is Outcome.ACCEPTED and each.external_id in self._elsewhere:
                    yield self._elsewhere[each.external_id]

    def _free_seqs(self, count: int) -> Sequence[int]:
        return range(1, count + 1) if self._dry_run else payloads.next_seqs(self._connection, count)

    @staticmethod
    def _add_notes(created: list[OrderRows], notes: list[Child]) -> None:
        """Notes that are written already, for the documents of these orders."""
        of_order = {rows.order.seq: rows.work_notes for rows in created} if notes else {}
        for note in notes:
            of_order[note[0]].append(note)

    def _look_up(self, external_ids: list[str]) -> None:
        """Read who holds these external ids: in the source (order id, key of its payload), and in which other one."""
        self._held: dict[str, tuple[str, int]] = {}
        self._elsewhere: dict[str, str] = {}
        if not external_ids:
            return
        wanted = json.dumps(external_ids)
        queued = entries.holders(self._connection, wanted)
        for (external_id, source), holder in (queued | order_store.holders(self._connection, wanted)).items():
            if source == self._source:
                self._held[external_id] = holder
            else:
                self._elsewhere[external_id] = source
        for source, imagined in self._memory.orders.items():
            if source != self._source:
                self._elsewhere |= {each: source for each in external_ids if each in imagined}

    def _settle_one(self, judged: ValidatedOrder) -> OrderResult:
        record, findings, external_id, *_ = judged
        origin = None
        if record.reject:
            _, _, origin, refusal = self._contexts.of(record)
            if refusal:
                return OrderResult(record, self._source, external_id, Outcome.REJECTED, 400, None, [refusal])
        if judged.refused:
            return OrderResult(record, self._source, external_id, Outcome.REJECTED, 400, None, findings)
        if origin and (settled := self._settle_line(judged, origin)):
            return settled
        first = self._first_of(external_id, judged) if external_id else None
        if first is None:
            return self._accept(judged, origin)
        order_id, same = first
        if same:
            return OrderResult(record, self._source, external_id, Outcome.DUPLICATE, 200, order_id, findings)
        findings = [*findings, conflict(external_id or "", self._source)]
        return OrderResult(record, self._source, external_id, Outcome.CONFLICT, 409, order_id, findings)

    def _settle_line(self, judged: ValidatedOrder, origin: Origin) -> OrderResult | None:
        """Return the outcome of a line of a rejects file that was accepted before, or cannot be (any more)."""
        record, findings, external_id, *_ = judged
        if self._lines.was_accepted(origin):
            order_id = self._lines.order_of(origin)
            if self._became(order_id, judged) if order_id else self._would_become(origin, judged):
                return OrderResult(record, self._source, external_id, Outcome.DUPLICATE, 200, order_id, findings)
            findings = [*findings, sent_before(order_id)]
        elif reason := self._lines.why_not(origin):
            order_id, findings = origin.order_id, [*findings, entry_moved_on(reason)]
        else:
            return None
        return OrderResult(record, self._source, external_id, Outcome.CONFLICT, 409, order_id, findings)

    def _would_become(self, origin: Origin, judged: ValidatedOrder) -> bool:
        """Tell whether a dry run has met the line with this content."""
        return self._memory.contents[origin.line] == fingerprint(judged.record.data, judged.filled_currency)

    def _became(self, order_id: str, judged: ValidatedOrder) -> bool:
        """Tell whether the order was accepted with this content; of one that was purged nobody knows."""
        if order_id in self._new:
            _, sha256, body = self._new[order_id].payload
            return _says(sha256, body, judged.record.data)
        found = entries.by_order_id(self._connection, order_id) or order_store.by_order_id(self._connection, order_id)
        payload = found and payloads.read(self._connection, found.seq)
        return not (found and payload) or self._is_same(found.seq, *payload, judged)

    def _is_same(self, seq: int, sha256: bytes, body: bytes, judged: ValidatedOrder) -> bool:
        """Tell whether a kept order is the same, also where one names the currency that the other got by default."""
        if _says(sha256, body, judged.record.data):
            return True
        kept = order_store.filled_currency(self._connection, seq) or entries.filled_currency(self._connection, seq)
        if not (kept or judged.filled_currency) or payloads.digest(body) != sha256:
            return False
        return fingerprint(body, kept) == fingerprint(judged.record.data, judged.filled_currency)

    def _first_of(self, external_id: str, judged: ValidatedOrder) -> tuple[str | None, bool] | None:
        """The order that holds the external id (one of a dry run has no id), and whether it says the same.

        None where the external id is free.
        """
        if external_id in self._held:
            order_id, seq = self._held[external_id]
            kept = payloads.read(self._connection, seq)
            if kept is None:
                return order_id, False
            return order_id, self._is_same(seq, *kept, judged)
        data, currency = judged.record.data, judged.filled_currency
        if external_id in self._fresh:
            fresh_id, body, filled = self._fresh[external_id]
            return fresh_id, body == data or fingerprint(body, filled) == fingerprint(data, currency)
        if external_id in self._imagined:
            return None, self._imagined[external_id] == fingerprint(data, currency)
        return None

    def _accept(self, judged: ValidatedOrder, origin: Origin | None) -> OrderResult:
        record, findings, external_id, filled_currency, work_notes = judged
        accepted = Accepted(
            next(self._seqs),
            uuid7().hex,
            external_id,
            self._source,
            self._profile,
            filled_currency,
            self._batch_id,
            work_notes,
        )
        try:
            new = self._made(judged, accepted, origin)
        except CannotBeCreatedError as error:
            findings = [*findings, *creation_failed(str(error))]
            return OrderResult(record, self._source, external_id, Outcome.REJECTED, 400, None, findings)
        self._new[accepted.order_id] = new
        order_id, rows = (None, None) if self._dry_run else (accepted.order_id, new.rows)
        if origin:
            self._lines.accept(origin, order_id)
        if external_id:
            self._fresh[external_id] = (order_id, record.data, filled_currency)
        if self._dry_run:
            self._imagine(judged, origin)
        status = ACCEPTED_STATUS[self._mode]
        return OrderResult(record, self._source, external_id, Outcome.ACCEPTED, status, order_id, findings, rows)

    def _imagine(self, judged: ValidatedOrder, origin: Origin | None) -> None:
        """Remember what a real run would find in the database."""
        if origin or judged.external_id:
            said = fingerprint(judged.record.data, judged.filled_currency)
            if origin:
                self._memory.contents[origin.line] = said
            if judged.external_id:
                self._imagined[judged.external_id] = said

    def _made(self, judged: ValidatedOrder, accepted: Accepted, origin: Origin | None) -> _New:
        record = judged.record
        if accepted.external_id and not fits_index(accepted.external_id):  # can only come unvalidated
            raise CannotBeCreatedError(f"externalId is longer than {LONGEST_KEY_BYTES} bytes")
        payload = (accepted.seq, payloads.digest(record.data), record.data)
        if self._mode == "sync":
            return _New(payload, None, to_rows(accepted, record.data, self._at), origin)
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
        )
        return _New(payload, entry, None, origin)


def _says(sha256: bytes, body: bytes, data: bytes) -> bool:
    """Whether a kept payload says what `data` says; a damaged one is known by its hash alone."""
    if sha256 == payloads.digest(data):
        return True
    return payloads.digest(body) == sha256 and fingerprint(body) == fingerprint(data)
