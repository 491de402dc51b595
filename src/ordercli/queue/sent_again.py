"""Record the lines of rejects files that were sent again, so that each is accepted only once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from operator import attrgetter
from typing import ClassVar, NamedTuple

from ordercli.database.statements import Row, insert_rows
from ordercli.database.store import Store
from ordercli.intake.record import Line, Origin


class SentAgainRow(Row, frozen=True, gc=False):
    """A line of a rejects file that was sent again and accepted, so that it is accepted once.

    `batch_id`, `file` and `record` say where it was refused first, or for an exported entry where it came from;
    `order_id` is the order that it became or changed, `sent_in` the batch that accepted it.
    """

    TABLE: ClassVar = "sent_again"

    batch_id: str
    file: str
    record: int
    order_id: str
    sent_in: str


def known(store: Store, batch_id: str, records: Sequence[int]) -> dict[Line, str]:
    """Return the order ids of the accepted lines of a batch with one of these record numbers."""
    rows = store.execute(
        f"SELECT batch_id, file, record, order_id FROM sent_again WHERE batch_id = ? AND record {store.IN_LIST}",
        (batch_id, json.dumps(records)),
    )
    return {Line(*line): order_id for *line, order_id in rows}


def keep(store: Store, lines: Iterable[tuple[Line, str]], sent_in: str) -> None:
    """Record that lines were accepted: (line, id of the order), in the transaction that accepts them."""
    insert_rows(store, [SentAgainRow(*line, order_id, sent_in) for line, order_id in lines])


class Exported(NamedTuple):
    """An entry whose exported line is sent; `may_be_sent` tells whether the line may replace the entry."""

    order_id: str
    state: str
    exported_at: str | None
    sent_again_as: str | None

    @property
    def may_be_sent(self) -> bool:
        """Return whether the entry was exported and has not changed since."""
        return self.exported_at is not None and self.sent_again_as is None and self.state in {"error", "cancelled"}


def locked(store: Store, order_ids: Sequence[str]) -> dict[str, Exported]:
    """Return the entries with these order ids, locked until the transaction ends."""
    rows = store.execute(
        f"SELECT e.order_id, e.state, e.exported_at, e.sent_again_as FROM {store.WANTED}"
        " CROSS JOIN inbound_entry AS e WHERE e.order_id = wanted.value ORDER BY e.seq DESC"
        f" {store.FOR_UPDATE}",
        (json.dumps(order_ids),),
    )
    return {row[0]: Exported(*row) for row in rows}


def replace_entries(store: Store, replaced: Iterable[tuple[str, str]], actor: str, now: str) -> None:
    """Withdraw exported entries whose lines were accepted: (id of the entry, id of the new order)."""
    store.executemany(
        "UPDATE inbound_entry SET state = 'cancelled', sent_again_as = ?, reason = coalesce(reason, 'sent again'),"
        " error_code = NULL, changed_by = ?, finished_at = ?, updated_at = ? WHERE order_id = ?",
        [(new, actor, now, now, old) for old, new in replaced],
    )


def free(store: Store, sent_in: str, order_ids: Sequence[str]) -> None:
    """Let the lines that a batch turned into these orders be sent again, because the orders were withdrawn.

    An exported entry whose line became one of them may be replaced by its line once more.
    """
    wanted = json.dumps(order_ids)
    rows = store.execute(
        "DELETE FROM sent_again WHERE sent_in = ? AND order_id IN"
        f" (SELECT wanted.value FROM {store.WANTED}) RETURNING batch_id",
        (sent_in, wanted),
    ).fetchall()
    if rows:
        store.execute(
            "UPDATE inbound_entry SET sent_again_as = NULL WHERE batch_id IN"
            f" (SELECT wanted.value FROM {store.WANTED}) AND state = 'cancelled'"
            f" AND sent_again_as IN (SELECT wanted.value FROM {store.WANTED})",
            (json.dumps(sorted({batch_id for (batch_id,) in rows})), wanted),
        )


class AcceptedLines:
    """The state of the lines in one transaction, and the lines that it accepts; one object serves a whole run.

    A dry run writes nothing, and remembers the lines that it would have accepted.
    """

    def __init__(self, store: Store, actor: str, *, dry_run: bool = False) -> None:
        self._store = store
        self._actor = actor
        self._dry_run = dry_run
        self._known: dict[Line, str] = {}
        self._exported: dict[str, Exported] = {}
        self._accepted: dict[Line, str | None] = {}
        self._replaced: set[str] = set()

    def lock(self, origins: Iterable[Origin]) -> None:
        """Read the state of these lines, and lock them until the transaction ends.

        Call it before any other lock is taken, so that no two transactions wait for each other.
        """
        self.begin()
        by_batch = attrgetter("line.batch_id")
        origins = sorted(origins, key=by_batch)
        self._known, self._exported = {}, {}
        for batch_id, found in groupby(origins, by_batch):
            if not self._dry_run:
                self._store.lock(f"rejects {batch_id}")
            records = [origin.line.record for origin in found]
            self._known |= known(self._store, batch_id, records)
        order_ids = [origin.order_id for origin in origins if origin.order_id]
        if order_ids:
            self._exported = locked(self._store, order_ids)

    def begin(self) -> None:
        """Forget which lines were accepted, before a transaction or another attempt at it."""
        if not self._dry_run:
            self._accepted, self._replaced = {}, set()

    def was_accepted(self, origin: Origin) -> bool:
        """Return whether the line was accepted before."""
        return origin.line in self._known or origin.line in self._accepted

    def order_of(self, origin: Origin) -> str | None:
        """Return the id of the order that the line became; a dry run has none."""
        return self._known.get(origin.line) or self._accepted.get(origin.line)

    def why_not(self, origin: Origin) -> str | None:
        """Return why the line of an exported entry cannot replace the entry; None if it can."""
        if origin.order_id is None:
            return None
        entry = self._exported.get(origin.order_id)
        if entry is None or origin.order_id in self._replaced:
            return f"queue entry {origin.order_id} is gone"
        if entry.may_be_sent:
            return None
        if entry.state in {"error", "cancelled"}:
            return f"queue entry {origin.order_id} is {entry.state} and was tried again or discarded after its export"
        return f"queue entry {origin.order_id} is {entry.state}"

    def accept(self, origin: Origin, order_id: str | None) -> None:
        """Treat the line as accepted from now on; `keep` records it in the database."""
        self._accepted[origin.line] = order_id
        if origin.order_id:
            self._replaced.add(origin.order_id)

    def keep(self, accepted: Iterable[tuple[Origin, str]], sent_in: str, at: str) -> None:
        """Record that these lines became these orders, and withdraw the entries that they replace."""
        accepted = list(accepted)
        keep(self._store, ((origin.line, order_id) for origin, order_id in accepted), sent_in)
        replaced = [(origin.order_id, order_id) for origin, order_id in accepted if origin.order_id]
        replace_entries(self._store, replaced, self._actor, at)
