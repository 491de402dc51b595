"""List customer orders, page by page."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from enum import Enum, auto
from functools import cache
from itertools import chain, islice, starmap
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from ordercli.counted import counted
from ordercli.database.opening import read_database
from ordercli.database.statements import Row
from ordercli.database.store import Store, snapshot
from ordercli.errors import UsageError, reading
from ordercli.forwarding import forwards
from ordercli.operations.find import forwarded_to, released_ids, with_released_id
from ordercli.operations.known_values import check_batch, check_currency, refuse_unknown
from ordercli.operations.scans import OnScan, scanning
from ordercli.operations.search_orders import Search, bodies_of
from ordercli.orders import order_list, order_store
from ordercli.orders.order_list import OPEN_END, GroupBy, OrderFilter, Sort, count_orders, list_columns, list_orders
from ordercli.orders.order_rows import IdView, OrderView, SummaryView
from ordercli.orders.states import OrderState
from ordercli.resources.document import order_document
from ordercli.resources.product_order.profiles import states_named
from ordercli.resources.registry import RESOURCES, kind_named
from ordercli.result_types import Count, Id, Page, Result, chunks

if TYPE_CHECKING:
    from ordercli.run_control import OnProgress

# The columns of an order: a row is made of them only where something is asked of it. The last two are the profile and
# the kind.
_Columns = tuple[Any, ...]
_KIND = slice(-2, None)


def order_filter(  # one argument a filter of the command line
    *,
    states: Sequence[str],
    external_id: str | None,
    since: str | None,
    until: str | None,
    is_troubled: bool = False,
    **equal: str | None,
) -> OrderFilter:
    """Return the filter for the words of the command line; states in the words of any profile, times as in tables.

    Raises:
        UsageError: A word is no state.
    """
    return OrderFilter(
        states=tuple(_state(word) for word in states),
        external_ids=() if external_id is None else (external_id,),
        since=since or "",
        until=until or OPEN_END,
        is_troubled=is_troubled,
        **equal,
    )


def _state(word: str) -> str:
    for state in states_named(word):
        if state in set(OrderState):
            return state
    raise UsageError(f"no state is called {word!r}", hint=f"states: {', '.join(OrderState)}")


# The members of an order that its row has.
SUMMARY = ("id", "href", "externalId", "state", "orderDate")


class Extent(Enum):
    """How much of each order is listed: its id, the members of SUMMARY (`externalId` is the key), or its document."""

    ID = auto()
    SUMMARY = auto()
    DOCUMENT = auto()


@contextmanager
def page_of_orders(
    database: str,
    wanted: OrderFilter,
    search: Search,
    *,
    sort: Sort,
    ascending: bool,
    limit: int,
    offset: int,
    extent: Extent,
    show: OnProgress,
    on_scan: OnScan,
) -> Iterator[Page[dict[str, Any]]]:
    """Yield a page of the orders that pass the filter and the search, read while the page is open, in bounded memory.

    How many pass a search is not known before all orders were looked at.
    """
    with closing(read_database(database)) as store, snapshot(store):
        _begin(store, wanted, search, on_scan)
        notes: list[str] = []
        is_search = bool(search.options)
        most, first = (0, 0) if is_search else (limit, offset)
        columns = OrderView if is_search else _COLUMNS[extent]
        found = list_columns(store, wanted, columns, sort=sort, ascending=ascending, limit=most, offset=first)
        known = _known(found, notes)
        if is_search:  # which looks at more columns than are shown
            orders = starmap(OrderView, chain.from_iterable(known))
            passed = search.passed(store, orders, count_orders(store, wanted), show)
            page = islice(passed, offset, offset + limit if limit else None)
            known = chunks(map(attrgetter(*_COLUMNS[extent].__struct_fields__), page))
        rows = chain.from_iterable(_ROWS[extent](store, chunk) for chunk in known)
        yield Page(rows, lambda: None if is_search else count_orders(store, wanted), limit, notes)


# The options of the command line for members of the filter that have no index.
_UNINDEXED = {name: f"--{name}" for name in ("source", "resource", "target")}


def _begin(store: Store, wanted: OrderFilter, search: Search, on_scan: OnScan) -> None:
    check_batch(store, wanted.batch_id)
    check_currency(store, wanted.currency)
    # An end alone leaves most orders to read.
    if options := search.options or scanning(store, OrderView, wanted._replace(until=OPEN_END), _UNINDEXED):
        on_scan(options)


class OrderGroup(Result):
    """How many orders have the same values of the members that --group-by names; only these are there."""

    state: str | UnsetType = UNSET
    currency: str | UnsetType | None = UNSET
    source: str | UnsetType = UNSET
    resource: str | UnsetType = UNSET
    profile: str | UnsetType = UNSET
    channel: str | UnsetType | None = UNSET
    customer: str | UnsetType | None = UNSET
    batch: Id | UnsetType = UNSET
    orders: Count = 0


def group_by(text: str) -> list[GroupBy]:
    """Return the members by which orders are counted, from a list with commas.

    Raises:
        UsageError: orders cannot be counted by one of them.
    """
    words = [word.strip() for word in text.split(",")]
    for word in words:
        if word not in set(GroupBy):
            refuse_unknown("--group-by", word, GroupBy)
    return [GroupBy(word) for word in dict.fromkeys(words)]


@contextmanager
def groups_of_orders(
    database: str, wanted: OrderFilter, search: Search, by: Sequence[GroupBy], show: OnProgress, on_scan: OnScan
) -> Iterator[Iterator[OrderGroup]]:
    """Yield how many of the orders that pass have the same values, the largest group first."""
    with closing(read_database(database)) as store, snapshot(store):
        _begin(store, wanted, search, on_scan)
        counted = order_list.count_by(store, wanted, by)
        if search.options:
            totals: Counter[tuple[str | None, ...]] = Counter()
            passed = search.passed(store, list_orders(store, wanted), count_orders(store, wanted), show)
            for chunk in chunks(passed):
                totals.update(dict(order_list.count_by(store, wanted, by, [order.seq for order in chunk])))
            counted = iter(totals.most_common())
        names = [str(each) for each in by]
        yield (OrderGroup(**dict(zip(names, values, strict=True)), orders=n) for values, n in counted)  # type: ignore[arg-type]


def _known(found: Iterator[_Columns], notes: list[str]) -> Iterator[list[_Columns]]:
    """Yield the orders of kinds that this version knows, many at once; add a note about the others at the end."""
    unknown: Counter[tuple[str, str]] = Counter()
    for chunk in chunks(found):
        strange = {kind for kind in {row[_KIND] for row in chunk} if None in kind_named(*reversed(kind))}
        unknown.update(row[_KIND] for row in chunk if strange and row[_KIND] in strange)
        yield [row for row in chunk if row[_KIND] not in strange] if strange else chunk
    if unknown:
        kinds = ", ".join(sorted(f"{resource} ({profile})" for profile, resource in unknown))
        notes.append(
            f"{counted(unknown.total(), 'order is', 'orders are')} left out, of kinds that this version of ordercli"
            f" does not know: {kinds}; install a newer ordercli"
        )


def _ids(_store: Store, found: list[_Columns]) -> Iterable[dict[str, Any]]:
    return [{"id": order_id} for order_id, _, _ in found]


def _summaries(store: Store, found: list[_Columns]) -> Iterable[dict[str, Any]]:
    released = released_ids(store, [SummaryView(*row) for row in found if row[0] is None])
    return [
        {
            "id": order_id,
            "href": (kind := _shown_kind(resource, profile))[0] + order_id,
            "externalId": external_id or released.get(seq),
            "state": kind[1].get(state, state),
            "orderDate": created_at,
        }
        for external_id, order_id, state, created_at, seq, profile, resource in found
    ]


@cache  # it is asked for each order
def _shown_kind(resource: str, profile: str) -> tuple[str, Mapping[str, str]]:
    """Return the beginning of the paths of orders of a known kind, and the names of their states that differ."""
    return RESOURCES[resource].href(""), RESOURCES[resource].profiles[profile].states


def _documents(store: Store, found: list[_Columns]) -> Iterable[dict[str, Any]]:
    orders = [OrderView(*row) for row in found]
    bodies = bodies_of(store, orders)
    lines = order_store.lines_of(store, json.dumps([order.seq for order in orders]))
    with reading("an order"):
        documents = [order_document(order, lines[order.seq], bodies[order.seq]) for order in orders]
    released = released_ids(store, orders)
    known = forwards.of_orders(store, [order.order_id for order in orders])
    for order, document in zip(orders, documents, strict=True):
        yield with_released_id(document, released.get(order.seq)) | forwarded_to(known.get(order.order_id))


# What is read of each order, and what makes the rows of it.
_COLUMNS: dict[Extent, type[Row]] = {
    Extent.ID: IdView,
    Extent.SUMMARY: SummaryView,
    Extent.DOCUMENT: OrderView,
}
_ROWS = {Extent.ID: _ids, Extent.SUMMARY: _summaries, Extent.DOCUMENT: _documents}
