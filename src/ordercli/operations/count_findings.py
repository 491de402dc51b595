"""Count what was wrong with refused orders, by code and by value, in their batch and in the summary of the run."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from ordercli.operations.diagnostics import cut_off, finding_group, finding_groups, value_of
from ordercli.operations.results import count_codes, find_all, places
from ordercli.queue import batch_findings
from ordercli.queue.batch_findings import MOST_VALUES, BatchValueRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.database.store import Store
    from ordercli.operations.diagnostics import Groups
    from ordercli.operations.results import FindingGroup, OrderResult
    from ordercli.rulebook.rule import Finding


class Refusal(NamedTuple):
    """An error of a refused order; `value` is what it is about, the empty text if that is no single value."""

    code: str
    value: str
    order: OrderResult
    finding: Finding


def refusals_of(results: Sequence[OrderResult]) -> list[Refusal]:
    """Return the errors of the orders that were refused, one for each value of a code in an order."""
    return [each for result in results if result.refused for each in _refusals(result)]


def group_refusals(groups: Groups[FindingGroup] | None, refusals: Sequence[Refusal]) -> Groups[FindingGroup]:
    """Add refused orders to the groups of a run; None if it has none yet."""
    groups = groups or finding_groups()
    for _, errors in groupby(refusals, lambda each: id(each.order)):
        groups.add_order(
            finding_group(each.code, "error", each.value or None, each.finding.message, each.finding.suggestion)
            for each in errors
        )
    return groups


def count_findings(store: Store, batch_id: str, results: Sequence[OrderResult], refusals: Sequence[Refusal]) -> None:
    """Add the findings of some orders to those of their batch, in the transaction that counts the orders."""
    counts = count_codes(results)
    if not counts:
        return
    orders = Counter(code for code, _ in {(each.code, id(each.order)) for each in refusals})
    batch_findings.count_codes(store, batch_id, counts, orders)
    if refusals:
        _count_values(store, batch_id, refusals)


def _count_values(store: Store, batch_id: str, refusals: Sequence[Refusal]) -> None:
    """Count the values that the batch has already, and the most frequent new ones as long as there is room."""
    first: dict[tuple[str, str], Refusal] = {}
    for each in refusals:
        first.setdefault((each.code, each.value), each)
    counts = Counter((each.code, each.value) for each in refusals)
    kept = batch_findings.kept_values(store, batch_id, {each.code for each in refusals})
    kept_of_code = Counter(code for code, _ in kept)
    rows = []
    for (code, value), refused in counts.most_common():
        if (code, value) not in kept:
            if kept_of_code[code] == MOST_VALUES:
                continue
            kept_of_code[code] += 1
        rows.append(_row(batch_id, first[code, value], refused))
    batch_findings.count_values(store, rows)


def _row(batch_id: str, refusal: Refusal, refused: int) -> BatchValueRow:
    record, finding = refusal.order.record, refusal.finding
    (place,) = places(record, [finding])
    return BatchValueRow(
        batch_id=batch_id,
        code=refusal.code,
        value=refusal.value,
        refused=refused,
        external_id=refusal.order.external_id,
        file=record.file,
        line=place.line,
        record=record.record,
        pointer=cut_off(record.pointer(finding.pointer)),
    )


def _refusals(result: OrderResult) -> Iterable[Refusal]:
    errors = [each for each in result.findings if each.severity == "error"]
    found: dict[tuple[str, str], Refusal] = {}
    for finding, at in zip(errors, find_all(result.record, errors), strict=True):
        value = cut_off(value_of(finding.code, finding.pointer, at.value, finding.named) or "")
        found.setdefault((finding.code, value), Refusal(finding.code, value, result, finding))
    return found.values()
