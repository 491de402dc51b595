"""Choose orders by what no index finds: members of their documents, line items, characteristics, parties, dates."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.database.store import Store
from ordercli.errors import UsageError, reading
from ordercli.orders import order_list, order_store
from ordercli.orders.member_paths import Condition
from ordercli.queue.entries import payload_bodies, undamaged
from ordercli.resources.common.values import instant
from ordercli.resources.common.words import CANONICAL_ACTIONS
from ordercli.resources.document import order_document
from ordercli.run_control import Progress
from ordercli.settings_loading import short

if TYPE_CHECKING:
    from ordercli.orders.order_rows import OrderView
    from ordercli.run_control import OnProgress

# Orders that are looked at together.
CHUNK = 1000
_PARTIES = "relatedParty"
# Members of line items that the order system adds, beside those of the order itself.
_ADDED = frozenset({"state", "version", "ponr", "workNote"})


class Search(NamedTuple):
    """What an order must have; the order is looked at for it.

    `where` are members of the document that `show` prints. A characteristic has a name and a value. A party is one of
    the order or of a line item. `due_before`: the committed due date of the order or, without one, its requested
    completion date.
    """

    where: tuple[Condition, ...] = ()
    characteristics: tuple[tuple[str, str], ...] = ()
    party: str | None = None
    due_before: datetime | None = None
    action: str | None = None
    offering: str | None = None

    @classmethod
    def parse(
        cls,
        *,
        where: Iterable[str] | None,
        characteristics: Iterable[str] | None,
        party: str | None,
        due_before: str | None,
        action: str | None,
        offering: str | None,
    ) -> Search:
        """Return the search that options of the command line name; `due_before` is a time in RFC 3339.

        Raises:
            UsageError: one of them cannot be understood.
        """
        return cls(
            tuple(Condition.parse("--where", each) for each in where or ()),
            tuple(map(_characteristic, characteristics or ())),
            party,
            datetime.fromisoformat(due_before) if due_before else None,
            _action(action),
            offering,
        )

    @property
    def options(self) -> list[str]:
        """The options that make this search."""
        return [f"--{name.rstrip('s').replace('_', '-')}" for name, value in self._asdict().items() if value]

    def passed(self, store: Store, orders: Iterable[OrderView], total: int, show: OnProgress) -> Iterator[OrderView]:
        """Yield the orders that have what is wanted, and show how many of `total` were looked at."""
        remaining, seen = iter(orders), 0
        while chunk := list(islice(remaining, CHUNK)):
            yield from self._of_chunk(store, chunk)
            seen += len(chunk)
            show(Progress(seen, seen, 0, total))

    def _of_chunk(self, store: Store, orders: list[OrderView]) -> list[OrderView]:
        for keep in self._steps():
            if orders:
                kept = keep(store, orders)
                orders = [order for order in orders if order.seq in kept]
        return orders

    def _steps(self) -> Iterator[Callable[[Store, list[OrderView]], set[int]]]:
        """Yield what returns the keys of the orders to keep, the cheapest first."""
        if self.due_before:
            yield self._due
        if self.action or self.offering:
            yield lambda store, orders: order_list.with_line(store, _seqs(orders), self.action, self.offering)
        for name, value in self.characteristics:
            yield lambda store, orders, name=name, value=value: order_list.with_characteristic(  # type: ignore[misc]
                store, _seqs(orders), name, value
            )
        if self.party or self.where:
            yield self._of_documents

    def _due(self, store: Store, orders: list[OrderView]) -> set[int]:
        found = set()
        for seq, committed, requested in order_list.due_dates(store, _seqs(orders)):
            due = instant(committed or requested or "")
            if due and self.due_before and due < self.due_before:
                found.add(seq)
        return found

    def _of_documents(self, store: Store, orders: list[OrderView]) -> set[int]:
        bodies = bodies_of(store, orders)
        orders = [order for order in orders if self._may_have(bodies[order.seq])]
        lines = order_store.lines_of(store, _seqs(orders))
        with reading("an order"):
            documents = {order.seq: order_document(order, lines[order.seq], bodies[order.seq]) for order in orders}
        return {
            seq
            for seq, document in documents.items()
            if all(condition.holds(document) for condition in self.where)
            and (self.party is None or self.party in set(_parties(document)))
        }

    def _may_have(self, body: bytes) -> bool:
        """Return whether a document can pass; most documents need not be decoded for that, unless they have escapes."""
        return b"\\" in body or all(text in body for text in self._texts)

    @property
    def _texts(self) -> list[bytes]:
        """The texts that a document must have as it was sent; the order system adds some members to it."""
        found = [] if self.party is None else [self.party.encode()]
        for condition in self.where:
            is_added = len(condition.names) == 1 or not _ADDED.isdisjoint(condition.names)
            if condition.literal and not is_added:
                found.append(condition.literal)
        return found


def _seqs(orders: list[OrderView]) -> str:
    return json.dumps([order.seq for order in orders])


def bodies_of(store: Store, orders: list[OrderView]) -> dict[int, bytes]:
    """Return the documents as their callers sent them, or as patches left them, by the key of the order."""
    seqs = _seqs(orders)
    revised = {seq: undamaged(*kept) for seq, kept in order_store.revised_documents_of(store, seqs).items()}
    return payload_bodies(store, seqs) | revised


def _parties(node: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the ids of all parties in a document, in any of its forms."""
    if isinstance(node, list):
        for each in node:
            yield from _parties(each)
    elif isinstance(node, dict):
        for name, member in node.items():
            if name == _PARTIES and isinstance(member, list):
                yield from (text for each in member for text in _ids(each))
            else:
                yield from _parties(member)


def _ids(party: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(party, dict):
        yield from (each for each in [party.get("id")] if isinstance(each, str))
        yield from _ids(party.get("partyOrPartyRole"))


def _characteristic(text: str) -> tuple[str, str]:
    """Return the name and the value in `NAME=VALUE`.

    Raises:
        UsageError: it is something else.
    """
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise UsageError(f"--characteristic takes NAME=VALUE, not {short(text)}", hint="such as MSISDN=491511234567")
    return name, value


def _action(word: str | None) -> str | None:
    """Return our word for the action of a line item, given in the words of any profile.

    Raises:
        UsageError: there is no such action.
    """
    if word is not None and word not in CANONICAL_ACTIONS:
        raise UsageError(f"no action is called {short(word)}", hint=f"actions: {', '.join(CANONICAL_ACTIONS)}")
    return word and CANONICAL_ACTIONS[word]
