"""Findings with their places in the file, and in groups by code and value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Protocol, TypeVar

from ordercli.intake import json_text
from ordercli.intake.json_text import Excerpt, JsonValue
from ordercli.operations.results import FindingGroup, Group, document_text, find_all
from ordercli.reference.store import Coverage
from ordercli.resources.all_rules import find_rule, rule_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.errors import BadInputError
    from ordercli.intake.record import Record
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.rulebook.rule import Applicability, Finding, Severity


class Diagnostic(NamedTuple):
    """A finding and where it stands.

    Lines and columns count from 1 in the file, columns in characters; the end column is the first one after it.
    `record` counts the documents of the file from 1. `excerpt` is the source line; None if it is not available. `value`
    is what the finding is about, if that is a single value.
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
    applicability: Applicability | None = None
    excerpt: Excerpt | None = None
    value: str | None = None

    @property
    def group(self) -> FindingGroup:
        """Return the group of this diagnostic alone, of one document."""
        return finding_group(self.code, self.severity, self.value, self.message, self.suggestion)


class Summary(NamedTuple):
    """The result of validating all files, and which rules could use reference data.

    `expected` counts the findings that sidecars expected and that were found. `unreadable` says what is wrong with
    inputs that could not be opened or read to their end. `groups` are the documents by code and value of
    their findings. `converted` counts the orders that a run of `convert` or `quote convert` wrote; of quotes, `orders`
    counts those that were read.
    """

    files: int
    orders: int
    errors: int
    warnings: int
    exit_code: int
    coverage: Coverage = Coverage()
    expected: int = 0
    unreadable: tuple[str, ...] = ()
    groups: Groups[FindingGroup] | None = None
    converted: int | None = None


class Listener(Protocol):
    """Receives diagnostics file by file, those of one order together."""

    def begin(self) -> None:
        """Begin, before the first file."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Report one finding."""

    def validated(self, orders: Sequence[ValidatedOrder]) -> None:
        """Take note of the next orders of the file, whose diagnostics follow."""

    def unreadable(self, error: BadInputError) -> None:
        """Report an input that cannot be opened or read to its end; `file_done` follows."""

    def file_done(self, file: str, orders: int) -> None:
        """Take note of the end of a file, and of how many orders it had."""

    def end(self, summary: Summary) -> None:
        """End, after the last file."""


def diagnose(
    record: Record, external_id: str | None, findings: Sequence[Finding], resource: str | None = None
) -> list[Diagnostic]:
    """Return the diagnostics of one document, in the order of its findings; `resource` is the kind of the order."""
    if not findings:
        return []
    document = document_text(record)
    return [
        Diagnostic(
            record.file,
            *found.place,
            record.record,
            external_id,
            record.pointer(finding.pointer),
            finding.code,
            rule_of(finding.code, resource).name,
            finding.severity,
            finding.message,
            finding.suggestion,
            finding.applicability,
            None if record.sheet else document.excerpt(found.place),
            value_of(finding.code, finding.pointer, found.value, finding.named),
        )
        for finding, found in zip(findings, find_all(record, findings, document), strict=True)
    ]


LONGEST_VALUE = 100
_LONGEST_MESSAGE = 500
MOST_GROUPS = 10_000
LISTED = 20


def finding_group(
    code: str, severity: Severity, value: str | None, message: str, suggestion: str | None
) -> FindingGroup:
    """Return the group of one finding; long texts are cut off, so that many groups fit into memory."""
    return FindingGroup(1, code, severity, value and cut_off(value), message[:_LONGEST_MESSAGE], suggestion)


_G = TypeVar("_G", bound=Group)


class Groups(Generic[_G]):
    """Orders grouped by members of their findings.

    With `most`, memory is bounded: whenever there are more groups, the less frequent half is forgotten. From then on
    the number of groups is an estimate, and a group may have more orders than were counted.
    """

    def __init__(self, keys: Sequence[str], most: int | None = None) -> None:
        self._keys = keys
        self._most = most
        self._groups: dict[tuple[Any, ...], _G] = {}
        self._forgotten = 0

    def add_order(self, findings: Iterable[_G]) -> None:
        """Count an order, given a group for each of its findings; it counts once in a group."""
        seen = set()
        for each in findings:
            key = tuple([getattr(each, name) for name in self._keys])
            known = self._groups.setdefault(key, each)
            if key not in seen and known is not each:
                known.merge(each)
            seen.add(key)
        if self._most is not None and len(self._groups) > self._most:
            self._forget(self._most // 2)

    def __len__(self) -> int:
        return len(self._groups) + self._forgotten

    def others(self, count: int = LISTED) -> int:
        """Return how many groups there are beside the largest."""
        return max(len(self) - count, 0)

    def largest(self, count: int | None = LISTED) -> list[_G]:
        """Return the groups, errors first, the largest first."""
        return sorted(self._groups.values(), key=_rank)[:count]

    def _forget(self, kept: int) -> None:
        self._forgotten += len(self._groups) - kept
        # The sort is stable: of equal groups the older ones are kept.
        self._groups = dict(sorted(self._groups.items(), key=lambda item: -item[1].orders)[:kept])


def _rank(group: Group) -> tuple[bool, int, str, str]:
    severity, code, value = (getattr(group, name, None) for name in ("severity", "code", "value"))
    return severity == "warning", -group.orders, code or "", value or ""


def finding_groups() -> Groups[FindingGroup]:
    """Return the groups of a run, by code and value, with bounded memory."""
    return Groups(("code", "severity", "value"), MOST_GROUPS)


def decoded(data: bytes) -> JsonValue:
    """Return the document of a record for `value_of`; None if it is no JSON, which has no values."""
    try:
        return json_text.decode(data)
    except (ValueError, RecursionError):
        return None


def value_of(code: str, pointer: str, value: JsonValue, named: str | None = None) -> str | None:
    """Return what a finding is about: an id that it names, the name of a member, or the value at its place.

    None if it is about no single value. Findings at a place of text that is no JSON have none.
    """
    from ordercli.orders.changes import segments  # few orders have findings

    if named is not None:
        return named
    rule = find_rule(code)  # the code may be one of another version
    if rule is not None and rule.is_about_key:
        return (segments(pointer) or [""])[-1]
    return None if value is None or isinstance(value, dict | list) else json_text.shown_value(value)


def cut_off(text: str) -> str:
    """Return a text as a column stores it, cut off where it is long."""
    shown = json_text.shown_nul(text)
    return shown if len(shown) <= LONGEST_VALUE else f"{shown[: LONGEST_VALUE - 1]}…"
