"""Count what happened to entries and leaves no trace in them: failures that were retried, discarded or purged since."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from ordercli.database.statements import BigInt, Row, insert, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.database.store import Store


class Event(NamedTuple):
    """What happened to an entry, told by what is counted: the kind of order, the target, what, and why.

    `target` is the empty text for the local queue. `cause` is the code of a failure; for an attempt that is repeated,
    it is `fault` (it could not be carried out) or `lost` (its worker ended before it did).
    """

    resource: str
    target: str
    what: Literal["failed", "retried"]
    cause: str


class TallyRow(Row, frozen=True, gc=False):
    """How often something happened to entries, since the store was made; it never goes down."""

    TABLE: ClassVar = "entry_tally"

    resource: str
    target: str
    what: str
    cause: str
    count: BigInt


_ADD = insert(
    TallyRow,
    " ON CONFLICT (resource, target, what, cause) DO UPDATE SET count = entry_tally.count + excluded.count",
)


def add(store: Store, counts: Mapping[Event, int]) -> None:
    """Add what happened in a transaction, at its end and in one order, so that two transactions do not deadlock."""
    if counts:
        store.executemany(_ADD, [(*event, n) for event, n in sorted(counts.items())])


def tallies(store: Store) -> dict[Event, int]:
    """Return how often each thing happened."""
    rows = store.execute(select(TallyRow, "ORDER BY resource, target, what, cause"))
    return {Event(*event): n for *event, n in rows}


def failed_more_often(store: Store) -> list[tuple[str, int, int]]:
    """Return the codes with which more entries are in error than ever failed: (code, entries, failures)."""
    rows = store.execute(
        "SELECT e.error_code, e.found, coalesce(t.count, 0) FROM (SELECT resource, coalesce(target, '') AS target,"
        " error_code, count(*) AS found FROM inbound_entry WHERE state = 'error' GROUP BY 1, 2, 3) AS e"
        " LEFT JOIN entry_tally AS t ON t.resource = e.resource AND t.target = e.target AND t.what = 'failed'"
        " AND t.cause = e.error_code WHERE e.found > coalesce(t.count, 0) ORDER BY 1"
    )
    return [(code, found, counted) for code, found, counted in rows]
