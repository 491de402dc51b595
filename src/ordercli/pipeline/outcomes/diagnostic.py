"""Findings of an order become diagnostics: the same, with their place in the file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from ordercli.intake.document_text import DocumentText, Excerpt, Place
from ordercli.intake.positions import Target, locate
from ordercli.reference.coverage import Coverage

if TYPE_CHECKING:
    from ordercli.intake.record import Record
    from ordercli.validation.finding import Finding, Severity

# duplicate-key, unknown-field, legacy-field-name, server-owned-field: it is the member itself that is wrong.
_ABOUT_THE_KEY = frozenset({"ORD004", "ORD901", "ORD902", "ORD903"})


class Diagnostic(NamedTuple):
    """A finding and where it stands.

    Lines and columns count from 1 in the file, columns in characters; the end column is the first one after it.
    `record` counts the documents of the file from 1. `excerpt` is the source line; None where it is not at hand.
    """

    file: str
    line: int
    column: int
    end_line: int
    end_column: int
    record: int
    external_id: str | None
    pointer: str
    code: str
    name: str
    severity: Severity
    message: str
    suggestion: str | None = None
    excerpt: Excerpt | None = None


class Summary(NamedTuple):
    """What a run over all files came to, and which rules could ask reference data.

    `expected` counts the findings that sidecars name and that came, `unreadable` says what is wrong with inputs that
    could not be read, or not to their end.
    """

    files: int
    orders: int
    errors: int
    warnings: int
    exit_code: int
    coverage: Coverage = Coverage()
    expected: int = 0
    unreadable: tuple[str, ...] = ()


def diagnose(
    record: Record, external_id: str | None, findings: Sequence[Finding], names: Mapping[str, str]
) -> list[Diagnostic]:
    """The diagnostics of one document, in the order of its findings; `names` gives the name of each code."""
    if not findings:
        return []
    document = DocumentText(record.data, record.line, record.column)
    return [
        Diagnostic(
            record.file,
            *place,
            record.record,
            external_id,
            finding.pointer,
            finding.code,
            names[finding.code],
            finding.severity,
            finding.message,
            finding.suggestion,
            document.excerpt(place),
        )
        for finding, place in zip(findings, _places(document, findings), strict=True)
    ]


def places(record: Record, findings: Sequence[Finding]) -> list[Place]:
    """Where the findings of one document stand in its file, in their order."""
    return _places(DocumentText(record.data, record.line, record.column), findings) if findings else []


def _places(document: DocumentText, findings: Sequence[Finding]) -> list[Place]:
    targets = [Target(finding.pointer, key=finding.code in _ABOUT_THE_KEY) for finding in findings]
    return [
        place if finding.line is None else document.character(finding.line, finding.column or 1)
        for finding, place in zip(findings, locate(document, targets), strict=True)
    ]
