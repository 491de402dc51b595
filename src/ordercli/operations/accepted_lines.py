"""Lines of rejects files are accepted once: looked up and recorded in the transaction that accepts them."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING

from ordercli.database.dialect import lock
from ordercli.queue import sent_again

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.database.store import Store
    from ordercli.operations.reject_line import Origin
    from ordercli.queue.sent_again import Exported, Line


class AcceptedLines:
    """What is known of the lines of one transaction, and what it accepts of them; one object for a run.

    A dry run accepts nothing, and remembers what it would have accepted.
    """

    def __init__(self, connection: Store, *, dry_run: bool = False) -> None:
        self._connection = connection
        self._dry_run = dry_run
        self._known: dict[Line, str] = {}
        self._exported: dict[str, Exported] = {}
        self._accepted: dict[Line, str | None] = {}
        self._replaced: set[str] = set()

    def hold(self, origins: Iterable[Origin]) -> None:
        """Read what became of these lines; nobody else accepts them before the transaction ends.

        To be called before any other lock is taken, so that no two transactions wait for each other.
        """
        by_batch = attrgetter("line.batch_id")
        origins = sorted(origins, key=by_batch)
        self._known, self._exported = {}, {}
        for batch_id, found in groupby(origins, by_batch):
            if not self._dry_run:
                lock(self._connection, f"rejects {batch_id}")
            records = [origin.line.record for origin in found]
            self._known |= sent_again.known(self._connection, batch_id, records)
        order_ids = [origin.order_id for origin in origins if origin.order_id]
        if order_ids:
            self._exported = sent_again.held(self._connection, order_ids)

    def begin(self) -> None:
        """Forget what this transaction has accepted: it is decided anew."""
        if not self._dry_run:
            self._accepted, self._replaced = {}, set()

    def was_accepted(self, origin: Origin) -> bool:
        """Return whether the line was accepted before."""
        return origin.line in self._known or origin.line in self._accepted

    def order_of(self, origin: Origin) -> str | None:
        """Return the id of the order that the line became; a dry run has none."""
        return self._known.get(origin.line) or self._accepted.get(origin.line)

    def why_not(self, origin: Origin) -> str | None:
        """Return why the line of an exported entry cannot take the place of the entry; None where it can."""
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
        """Take the line for accepted from now on; `keep` writes that down."""
        self._accepted[origin.line] = order_id
        if origin.order_id:
            self._replaced.add(origin.order_id)

    def keep(self, accepted: Iterable[tuple[Origin, str]], sent_in: str, at: str) -> None:
        """Record that these lines became these orders, and withdraw the entries in whose place they were sent."""
        accepted = list(accepted)
        sent_again.keep(self._connection, ((origin.line, order_id) for origin, order_id in accepted), sent_in)
        replaced = [(origin.order_id, order_id) for origin, order_id in accepted if origin.order_id]
        sent_again.replace_entries(self._connection, replaced, at)
