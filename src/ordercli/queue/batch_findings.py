"""Store what was wrong with the orders of each batch: numbers by code, and the values that were refused most."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, NamedTuple

import msgspec

from ordercli.database.statements import Row, insert, select
from ordercli.database.store import Store

# A batch keeps so many values for each code; more are counted by code alone.
MOST_VALUES = 20


class BatchFindingRow(Row, frozen=True, gc=False):
    """The number of findings with a code that the orders of a batch had.

    `refused` is the number of its refused orders that had an error with the code; 0 in batches of earlier versions.
    """

    TABLE: ClassVar = "batch_finding"

    batch_id: str
    code: str
    count: int
    refused: int = 0


class BatchValueRow(Row, frozen=True, gc=False):
    """The number of refused orders of a batch that had an error with a code at a value, and the first of them.

    `value` is the empty text where the error is about no single value. `line` and `record` count from 1 in the `file`,
    `pointer` is the place in its document.
    """

    TABLE: ClassVar = "batch_value"

    batch_id: str
    code: str
    value: str
    refused: int
    external_id: str | None
    file: str
    line: int
    record: int
    pointer: str


class CodeTotal(NamedTuple):
    """How many findings a code has, and how many orders it refused."""

    code: str
    findings: int
    refused: int


class ValueTotal(NamedTuple):
    """How many orders were refused for a value, and the newest batch that has it."""

    code: str
    value: str
    refused: int
    batch_id: str


_COUNT_FINDINGS = insert(
    BatchFindingRow,
    " ON CONFLICT (batch_id, code) DO UPDATE SET count = batch_finding.count + excluded.count,"
    " refused = batch_finding.refused + excluded.refused",
)
_COUNT_VALUES = insert(
    BatchValueRow,
    " ON CONFLICT (batch_id, code, value) DO UPDATE SET refused = batch_value.refused + excluded.refused",
)


def count_codes(store: Store, batch_id: str, counts: Mapping[str, int], refused: Mapping[str, int]) -> None:
    """Add to the numbers of findings and of refused orders of a batch, in the transaction that counts its orders."""
    if counts:
        rows = [(batch_id, code, counts[code], refused.get(code, 0)) for code in sorted(counts)]
        store.executemany(_COUNT_FINDINGS, rows)


def count_values(store: Store, rows: Sequence[BatchValueRow]) -> None:
    """Add to the numbers of refused orders by value; the example of a known value stays."""
    if rows:
        store.executemany(_COUNT_VALUES, [msgspec.structs.astuple(row) for row in rows])


def kept_values(store: Store, batch_id: str, codes: Collection[str]) -> set[tuple[str, str]]:
    """Return the values that a batch has kept for these codes: (code, value)."""
    rows = store.execute(
        f"SELECT code, value FROM batch_value WHERE batch_id = ? AND code IN (SELECT wanted.value FROM {store.WANTED})",
        (batch_id, msgspec.json.encode(sorted(codes)).decode()),
    )
    return {(code, value) for code, value in rows}


def findings(store: Store, batch_id: str) -> dict[str, int]:
    """Return how many findings of each code the orders of a batch had, by code."""
    rows = store.execute("SELECT code, count FROM batch_finding WHERE batch_id = ? ORDER BY code", (batch_id,))
    return dict(rows.fetchall())


# The batches whose findings are added up: those that started since then, or one.
_SINCE = "batch_id IN (SELECT id FROM batch WHERE started_at >= ?)"
_OF_BATCH = "batch_id = ?"


def all_refused(store: Store) -> dict[str, int]:
    """Return how many orders were refused for each code, in all batches."""
    rows = store.execute(
        "SELECT code, sum(refused) FROM batch_finding GROUP BY code HAVING sum(refused) > 0 ORDER BY code"
    )
    return {code: int(refused) for code, refused in rows}


def code_totals(store: Store, limit: int, *, since: str = "", batch_id: str | None = None) -> list[CodeTotal]:
    """Return the findings of a batch, or of those that started since then, by code; what refused most comes first."""
    rows = store.execute(
        "SELECT code, sum(count), sum(refused) FROM batch_finding"
        f" WHERE {_OF_BATCH if batch_id else _SINCE} GROUP BY code ORDER BY 3 DESC, 2 DESC, 1 LIMIT ?",
        (batch_id or since, limit),
    )
    return [CodeTotal(code, int(findings), int(refused)) for code, findings, refused in rows]


def value_totals(
    store: Store, code: str, limit: int, *, since: str = "", batch_id: str | None = None
) -> list[ValueTotal]:
    """Return the values for which orders of a batch, or of those since then, were refused, the most frequent first."""
    rows = store.execute(
        "SELECT value, sum(refused), max(batch_id) FROM batch_value"
        f" WHERE {_OF_BATCH if batch_id else _SINCE} AND code = ? GROUP BY value ORDER BY 2 DESC, 1 LIMIT ?",
        (batch_id or since, code, limit),
    )
    return [ValueTotal(code, value, int(refused), newest) for value, refused, newest in rows]


def example(store: Store, total: ValueTotal) -> BatchValueRow:
    """Return the first order that the newest batch refused for a value."""
    row = store.execute(
        select(BatchValueRow, "WHERE batch_id = ? AND code = ? AND value = ?"),
        (total.batch_id, total.code, total.value),
    ).fetchone()
    return BatchValueRow(*row)
