"""Add up what was wrong with orders, by code and by value, over one batch or over those of a period."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from ordercli.queue import batch_findings
from ordercli.resources.all_rules import find_rule
from ordercli.result_types import Code, Count, Id, Pointer, Position, Result

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.queue.batch_findings import ValueTotal


class RefusedValue(Result):
    """A value for which orders were refused, and the first of these in its newest batch."""

    value: Annotated[str | None, Meta(description="cut off after 100 characters; null: it is about no single value")]
    refused: Annotated[Count, Meta(description="how many orders were refused for it")]
    batch_id: Id
    external_id: Annotated[str | None, Meta(description="of the example, as all that follows")]
    file: str
    line: Position
    record: Position
    pointer: Pointer


class CodeFindings(Result):
    """How often a rule was broken, and the values for which orders were refused most often.

    A batch keeps the first 20 values of a code, so that the numbers of the values may be lower than that of the code.
    """

    code: Code
    title: Annotated[str, Meta(description="the fault in one line")]
    findings: Annotated[Count, Meta(description="errors and warnings, also of orders that were accepted")]
    refused: Annotated[Count, Meta(description="orders that were refused for it; 0 in batches of older versions")]
    values: list[RefusedValue]


def findings_of(
    store: Store, codes: int, values: int, *, since: str = "", batch_id: str | None = None
) -> list[CodeFindings]:
    """Return the findings of a batch, or of those that started since then, what refused most orders first.

    `codes` and `values` (of each code) are the most that are returned.
    """
    return [
        CodeFindings(
            total.code,
            title_of(total.code),
            total.findings,
            total.refused,
            [
                _value(store, each)
                for each in batch_findings.value_totals(store, total.code, values, since=since, batch_id=batch_id)
            ],
        )
        for total in batch_findings.code_totals(store, codes, since=since, batch_id=batch_id)
    ]


def _value(store: Store, total: ValueTotal) -> RefusedValue:
    example = batch_findings.example(store, total)
    return RefusedValue(
        value=total.value or None,
        refused=total.refused,
        batch_id=total.batch_id,
        external_id=example.external_id,
        file=example.file,
        line=example.line,
        record=example.record,
        pointer=example.pointer,
    )


def title_of(code: str) -> str:
    """Return the fault that a code stands for, in one line; the empty text for a code of another version."""
    rule = find_rule(code)
    return rule.fault if rule else ""
