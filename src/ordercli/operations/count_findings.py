"""Count what was wrong with the orders of a batch, by code and by value, and keep an example of each value."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from ordercli.intake import json_text
from ordercli.operations.results import count_codes, places
from ordercli.queue import batch_findings
from ordercli.queue.batch_findings import MOST_VALUES, BatchValueRow
from ordercli.resources.all_rules import rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.database.store import Store
    from ordercli.intake.json_text import JsonValue
    from ordercli.operations.results import OrderResult
    from ordercli.rulebook.rule import Finding

_LONGEST_VALUE = 100


class _Refusal(NamedTuple):
    """An error of a refused order."""

    code: str
    value: str
    order: OrderResult
    finding: Finding


def count_findings(store: Store, batch_id: str, results: Sequence[OrderResult]) -> None:
    """Add the findings of some orders to those of their batch, in the transaction that counts the orders."""
    counts = count_codes(results)
    if not counts:
        return
    refusals = [each for result in results if result.refused for each in _refusals(result)]
    orders = Counter(code for code, _ in {(each.code, id(each.order)) for each in refusals})
    batch_findings.count_codes(store, batch_id, counts, orders)
    if refusals:
        _count_values(store, batch_id, refusals)


def _count_values(store: Store, batch_id: str, refusals: Sequence[_Refusal]) -> None:
    """Count the values that the batch has already, and the most frequent new ones as long as there is room."""
    first: dict[tuple[str, str], _Refusal] = {}
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


def _row(batch_id: str, refusal: _Refusal, refused: int) -> BatchValueRow:
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
        pointer=_text(record.pointer(finding.pointer)),
    )


def _refusals(result: OrderResult) -> Iterable[_Refusal]:
    """Return the errors of a refused order, one for each value of a code."""
    order = _document(result)
    found: dict[tuple[str, str], _Refusal] = {}
    for finding in result.findings:
        if finding.severity == "error":
            refusal = _Refusal(finding.code, _value(order, finding), result, finding)
            found.setdefault((refusal.code, refusal.value), refusal)
    return found.values()


def _document(result: OrderResult) -> JsonValue:
    try:
        return json_text.decode(result.record.data)
    except (ValueError, RecursionError):  # what is no JSON has no values
        return None


def _value(order: JsonValue, finding: Finding) -> str:
    """Return the value that a finding is about: an id that it names, the name of a member, or the value there."""
    from ordercli.orders.changes import segments, value_at  # few orders are refused

    if finding.named is not None:
        return _text(finding.named)
    if rule_of(finding.code).is_about_key:
        return _text((segments(finding.pointer) or [""])[-1])
    value = value_at(order, finding.pointer) if finding.line is None else None
    return "" if value is None or isinstance(value, dict | list) else _text(json_text.shown_value(value))


def _text(text: str) -> str:
    """Return a text as a column stores it, cut off where it is long."""
    shown = json_text.shown_nul(text)
    return shown if len(shown) <= _LONGEST_VALUE else f"{shown[: _LONGEST_VALUE - 1]}…"
