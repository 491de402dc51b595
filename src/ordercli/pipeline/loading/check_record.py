"""Judge a document that should be a record of reference data."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple, cast, get_args

import msgspec

from ordercli.intake import exact
from ordercli.reference.circle import find_circle
from ordercli.reference.kinds import UNUSED_TYPES, kind_of
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

Json = dict[str, Any]

_SHAPES: dict[str, type[Record]] = {shape.__name__: shape for shape in get_args(AnyRecord)}
_read_quickly = quick_reader(cast("type", AnyRecord))


class Checked(NamedTuple):
    """A good record, and the body under which it is kept: the document as it came, with an `@type` if it had none."""

    record: Record
    body: bytes


class Skipped(NamedTuple):
    """A record of a type that no rule uses."""

    type: str


def check_record(document: Document, default_type: str | None = None) -> Checked | Skipped | list[Finding]:
    """Return the record in a document, or everything that is wrong in it by itself.

    `default_type` is the type of records without `@type`.
    """
    if document.problem:
        return [problem_finding(document.problem, document)]
    quick = cast("Record | None", _read_quickly(document.data))
    found = Checked(quick, document.data) if quick else _read_exactly(document.data, default_type)
    if not isinstance(found, Checked):
        return found
    record = found.record
    if not record.id.strip():
        return [RECORD_ID_MISSING.finding("/id", type=type(record).__name__)]
    circle = find_circle(record) if isinstance(record, ProductSpecification) else None
    return [CYCLIC_CHARACTERISTICS.finding(circle.pointer, circle=" -> ".join(circle.names))] if circle else found


def _read_exactly(data: bytes, default_type: str | None) -> Checked | Skipped | list[Finding]:
    document = read(data)
    if isinstance(document, Finding):
        return [document]
    given = document.get("@type")
    if given is not None and not isinstance(given, str):
        return [_wrong_type(WrongType("/@type", "@type", "a string"))]
    kind = kind_of(document, default_type)
    if kind in UNUSED_TYPES:
        return Skipped(kind)
    if kind not in _SHAPES:
        return [_unknown_type(kind)]
    findings = [_wrong_type(each) for each in wrong_types(document, _SHAPES[kind])]
    if document.get("id") is None:
        missing = RECORD_ID_MISSING.finding("/id", type=kind)
        findings.insert(0, missing._replace(message=missing.message + _CREATE_BODY))
    if findings:
        return findings
    record = msgspec.convert({**document, "@type": kind}, _SHAPES[kind])
    return Checked(record, data if given else _with_type(data, document, kind))


def _with_type(data: bytes, document: Json, kind: str) -> bytes:
    """Return the bytes of a record with its type, so that it is known again when it is exported and imported."""
    if "@type" in document:  # null
        return exact.encode({**exact.decode(data), "@type": kind})
    return f'{{"@type":"{kind}",'.encode() + data[1:]


def _unknown_type(kind: str | None) -> Finding:
    near = get_close_matches(kind or "", RECORD_TYPES, n=1)
    return UNKNOWN_RECORD_TYPE.finding(
        "/@type",
        found=_NO_TYPE if kind is None else f"Unknown record type `{kind[:_LONGEST_SHOWN]}`",
        types=", ".join(RECORD_TYPES),
        suggestion=near[0] if near else None,
    )


_LONGEST_SHOWN = 60
_NO_TYPE = "@type is missing, and neither href nor members tell it: add it, or use `reference import --type TYPE`"
_CREATE_BODY = ": this looks like the body of a request to create it; import what that request was answered with"


def _wrong_type(fault: WrongType) -> Finding:
    return WRONG_TYPE.finding(fault.pointer, field=fault.field, type=fault.type)
