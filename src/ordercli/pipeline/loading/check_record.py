"""A document becomes a record of reference data, or the findings that refuse it."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, cast, get_args

import msgspec

from ordercli.reference.circle import find_circle
from ordercli.reference.records import RECORD_TYPES, AnyRecord, ProductSpecification
from ordercli.reference.wrong_types import WrongType, wrong_types
from ordercli.validation.document import problem_finding, read
from ordercli.validation.finding import Finding
from ordercli.validation.quick import quick_reader
from ordercli.validation.rules.reference_records import CYCLIC_CHARACTERISTICS, RECORD_ID_MISSING, UNKNOWN_RECORD_TYPE
from ordercli.validation.rules.shape import WRONG_TYPE

if TYPE_CHECKING:
    from ordercli.intake.record import Record as Document
    from ordercli.reference.records import Record

_SHAPES: dict[str, type[Record]] = {shape.__name__: shape for shape in get_args(AnyRecord)}
_read_quickly = quick_reader(cast("type", AnyRecord))


def check_record(document: Document) -> Record | list[Finding]:
    """The record in a document, or everything that is wrong in it by itself."""
    if document.problem:
        return [problem_finding(document.problem, document)]
    record = cast("Record | None", _read_quickly(document.data)) or _read_exactly(document.data)
    if isinstance(record, list):
        return record
    if not record.id.strip():
        return [RECORD_ID_MISSING.finding("/id", type=type(record).__name__)]
    circle = find_circle(record) if isinstance(record, ProductSpecification) else None
    return [CYCLIC_CHARACTERISTICS.finding(circle.pointer, circle=" -> ".join(circle.names))] if circle else record


def _read_exactly(data: bytes) -> Record | list[Finding]:
    document = read(data)
    if isinstance(document, Finding):
        return [document]
    kind = document.get("@type")
    if kind is not None and not isinstance(kind, str):
        return [_wrong_type(WrongType("/@type", "@type", "a string"))]
    if kind not in _SHAPES:
        return [_unknown_type(kind)]
    findings = [_wrong_type(each) for each in wrong_types(document, _SHAPES[kind])]
    if document.get("id") is None:
        findings.insert(0, RECORD_ID_MISSING.finding("/id", type=kind))
    return findings or msgspec.convert(document, _SHAPES[kind])


def _unknown_type(kind: str | None) -> Finding:
    near = get_close_matches(kind or "", RECORD_TYPES, n=1)
    return UNKNOWN_RECORD_TYPE.finding(
        "/@type",
        found="@type is missing" if kind is None else f"Unknown record type `{kind[:_LONGEST_SHOWN]}`",
        types=", ".join(RECORD_TYPES),
        suggestion=near[0] if near else None,
    )


_LONGEST_SHOWN = 60


def _wrong_type(fault: WrongType) -> Finding:
    return WRONG_TYPE.finding(fault.pointer, field=fault.field, type=fault.type)
