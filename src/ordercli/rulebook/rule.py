"""What a rule is, which rules apply to a run, how they run, and the order and number of their findings."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from enum import IntEnum
from inspect import cleandoc
from typing import Any, Literal, NamedTuple, Protocol, cast

from msgspec import Struct

from ordercli.errors import UsageError

Severity = Literal["error", "warning"]
Applicability = Literal["safe", "maybe"]


class Suggestion(NamedTuple):
    """What was probably meant, and whether it can be applied unseen.

    `safe` is another spelling of the same word, or the only near word of a closed list; `maybe` has to be confirmed.
    """

    text: str
    applicability: Applicability


class Finding(NamedTuple):
    """A broken rule at a place.

    `pointer` is an RFC 6901 JSON pointer into the order ("" is the whole document). `line` and `column`, counted from 1
    in the document, are set only by the rules that find a place while reading it (ORD001, ORD002, ORD005, ORD007); all
    other places are computed from the pointer when they are needed. `named` is the id that the finding is about, if the
    message has a fixed text without it. `applicability` is that of the suggestion, if there is one.
    """

    code: str
    severity: Severity
    pointer: str
    message: str
    suggestion: str | None = None
    line: int | None = None
    column: int | None = None
    named: str | None = None
    applicability: Applicability | None = None


# The result of a check: whether its place breaks the rule, or the places that do, as pointers below its subject. A
# place may have values for the placeholders of the message (`suggestion` and `named` go to the finding).
Broken = bool | Collection[str | tuple[str, Mapping[str, Any]]]
Check = Callable[..., Broken]


class TextEdit(NamedTuple):
    """A change in the bytes of the good order, for faults that no JSON value can show."""

    old: bytes
    new: bytes


# An example: edits of the good order (JSON pointer to value, None removes the member), a change in its bytes, or the
# whole document.
Example = Mapping[str, Any] | TextEdit | bytes


class ErrorReason(NamedTuple):
    """`code` and `reason` of an error body (TMF630); without words, the message is the reason."""

    code: int
    words: str | None


OTHER_ERROR = ErrorReason(1, None)
MISSING_BODY = ErrorReason(21, "Missing body")
INVALID_BODY = ErrorReason(22, "Invalid body")
MISSING_FIELD = ErrorReason(23, "Missing body field")
INVALID_FIELD = ErrorReason(24, "Invalid body field")
NOT_FOUND = ErrorReason(60, "Not found")
IN_QUEUE = ErrorReason(102, "Request in queue")


class Level(IntEnum):
    """The subject that a check is given. Findings are reported in the order of the levels."""

    BODY = 0  # no subject: these faults are found while the document is read
    ORDER = 1  # the order
    ITEM = 2  # each line item
    RELATION = 3  # the order
    PARTY = 4  # the parties of the order, as a list
    CURRENCY = 5  # the order


class Rule(Struct, frozen=True, kw_only=True, eq=False):
    """One rule. The documentation, `explain` and SARIF print its texts.

    `about` has one line that names the fault, then a paragraph on why it matters and how to repair it (Markdown). `at`
    is the place of the fault below the subject of `check`; `says` is the message, with placeholders in braces. `bad`
    breaks this rule alone and `good` breaks none, with these `options`. If the edits of `bad` are no fault in TMF622
    v5, `bad_v5` has the edits of the good order of v5. The rule applies in `profiles`, or in all if there are none. In
    those of `warns_in` it is off by default, and a warning if it is selected. A check takes its subject, the validation
    context and, if `asks_reference`, the reference data. An indispensable rule can be neither ignored nor made a
    warning: without it there is no order to check. `check` is None if the fault is found while the document is read, or
    by another part of the program. `details` are further messages by name. `error` is the code and reason of an error
    body. `refuses_as` is the outcome of a request that breaks the rule. `is_about_key`: the name of the member is
    wrong, not its value. `is_work_note`: an accepted order keeps the message at its line item. `missing` is the field,
    with its object, whose absence the shape step reports by this rule. `unless` is a setting that switches the rule
    off.
    """

    level: Level
    code: str
    name: str
    about: str
    says: str
    source: str
    at: str = ""
    severity: Severity = "error"
    profiles: tuple[str, ...] = ()
    warns_in: tuple[str, ...] = ()
    bad: Example | None = None
    good: Example | None = None
    bad_v5: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = {}
    check: Check | None = None
    asks_reference: bool = False
    is_lint: bool = False
    is_indispensable: bool = False
    is_about_key: bool = False
    is_work_note: bool = False
    missing: str | None = None
    unless: str | None = None
    details: Mapping[str, str] = {}
    error: ErrorReason = OTHER_ERROR
    refuses_as: Literal["rejected", "conflict", "not-found"] = "rejected"

    @property
    def fault(self) -> str:
        """The fault in one line."""
        return self.about.partition("\n")[0]

    @property
    def why(self) -> str:
        """Why the fault matters and how to repair it."""
        return cleandoc(self.about).partition("\n\n")[2]

    def finding(self, pointer: str = "", /, **values: Any) -> Finding:
        """Return the finding of this rule at a place; `values` fill the placeholders of the message.

        `suggestion`, `line`, `column`, `named` and `severity` are set on the finding itself; without a severity it has
        that of the rule. `detail` is the name of the text in `details` that becomes the message. `suggestion` is a
        `Suggestion` or None.
        """
        place: dict[str, Any] = {name: values.pop(name) for name in ("line", "column", "named") if name in values}
        if suggestion := values.pop("suggestion", None):
            place["suggestion"], place["applicability"] = suggestion
        severity = values.pop("severity", self.severity)
        says = self.details[values["detail"]] if "detail" in values else self.says
        return Finding(self.code, severity, pointer, says.format_map(values), **place)


FINDINGS_LEFT_OUT = Rule(
    level=Level.BODY,
    code="ORD009",
    name="findings-left-out",
    about="""There are more findings than are reported for one order.

    The first `limits.max_findings` are reported, errors before warnings. So many findings usually have one cause, such
    as a field that is misspelled in every line item. Correct it, and validate the order again.
    """,
    says="At least {count} findings more were left out: limits.max_findings is {limit}",
    source="ordercli, docs/settings.md, limits",
    severity="warning",
    error=INVALID_BODY,
)


class _Selector(NamedTuple):
    """A code or the beginning of codes and, where one is given, the member at the end of the pointer."""

    code: str
    member: str | None = None

    def matches(self, finding: Finding) -> bool:
        return finding.code.startswith(self.code) and self.member in {None, _last_member(finding.pointer)}


def by_code(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Return rules by their code."""
    return {rule.code: rule for rule in rules}


class Selection:
    """The rules that apply in a profile: those that `select` names (all, if it is empty) and `ignore` does not.

    `select` and `ignore` take codes and their beginnings, `severity` takes codes. A member after a colon
    (`ORD114:@referredType`) limits an entry to the findings at that member. `asked_for` are the codes that `select` or
    `severity` name in full, which switches on rules that a profile leaves off. Indispensable rules always apply. With
    `body_only` only the rules about the document as a whole apply. `all_rules` returns the rules of every kind of order
    by code; it is called only if an entry names a code that `rules` do not have.

    Raises:
        UsageError: An entry matches no code, a rule cannot be ignored, or a severity is unknown.
    """

    def __init__(
        self,
        rules: Sequence[Rule],
        profile: str,
        select: Collection[str] = (),
        ignore: Collection[str] = (),
        severity: Mapping[str, str] | None = None,
        *,
        lint: bool = False,
        body_only: bool = False,
        all_rules: Callable[[], Mapping[str, Rule]] | None = None,
    ) -> None:
        by_code: Mapping[str, Rule] = {rule.code: rule for rule in rules}
        named = (word.partition(":")[0] for word in (*select, *ignore, *(severity or {})))
        if all_rules and not by_code.keys() >= {*named}:
            by_code = all_rules()
        wanted, unwanted = _selectors(select, by_code), _selectors(ignore, by_code)
        for selector in unwanted:
            _refuse_indispensable(by_code.get(selector.code), "ignored")
        changed = _severities(severity or {}, by_code)
        self.asked_for = frozenset(selector.code for selector in (*wanted, *changed)) & by_code.keys()
        codes = tuple(selector.code for selector in wanted) or ("",)
        without = tuple(selector.code for selector in unwanted if selector.member is None)
        self.rules = [
            rule
            for rule in rules
            if rule.is_indispensable
            or (
                (not rule.profiles or profile in rule.profiles)
                and (profile not in rule.warns_in or rule.code in self.asked_for)
                and (lint or not rule.is_lint)
                and (rule.level is Level.BODY or not body_only)
                and rule.code.startswith(codes)
                and not rule.code.startswith(without)
            )
        ]
        self._by_code = {rule.code: rule for rule in self.rules}
        self.codes = self._by_code.keys()
        self._indispensable = frozenset(rule.code for rule in self.rules if rule.is_indispensable)
        by_profile: dict[_Selector, Severity] = {
            _Selector(rule.code): "warning" for rule in self.rules if profile in rule.warns_in
        }
        self._severities = by_profile | changed
        self._wanted = wanted if any(selector.member for selector in wanted) else []
        self._unwanted = [selector for selector in unwanted if selector.member]

    def selected(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the selected findings, each with its configured severity."""
        return [
            finding._replace(severity=self._severity(finding)) if self._severities else finding
            for finding in findings
            if finding.code in self.codes and (finding.code in self._indispensable or self._is_selected_place(finding))
        ]

    def in_sequence(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the selected findings by level, line item, code and place; those of reference data come last."""
        return in_sequence(self.selected(findings), self._by_code)

    def _severity(self, finding: Finding) -> Severity:
        """Return the severity that is set for the member at which a finding stands, else for its code, else its own."""
        of_code = self._severities.get(_Selector(finding.code), finding.severity)
        return self._severities.get(_Selector(finding.code, _last_member(finding.pointer)), of_code)

    def _is_selected_place(self, finding: Finding) -> bool:
        """Return whether the member at which a finding stands is selected and not ignored."""
        if self._wanted and not any(selector.matches(finding) for selector in self._wanted):
            return False
        return not any(selector.matches(finding) for selector in self._unwanted)


def _selectors(words: Iterable[str], by_code: Mapping[str, Rule]) -> list[_Selector]:
    selectors = []
    for word in words:
        code, colon, member = word.partition(":")
        if not any(known.startswith(code) for known in by_code):
            raise UsageError(f"there is no rule {code}")
        if colon and not (code and member):
            raise UsageError(f"{word} names no code and member", hint="such as ORD114:@referredType")
        selectors.append(_Selector(code, member or None))
    return selectors


def _last_member(pointer: str) -> str:
    """Return the name of the last member in a pointer; for an element of a list, the name of the list."""
    names = (name for name in reversed(pointer.split("/")) if not name.isdecimal())
    return next(names).replace("~1", "/").replace("~0", "~")


def _severities(changed: Mapping[str, str], by_code: Mapping[str, Rule]) -> dict[_Selector, Severity]:
    """Return the configured severities; raise UsageError for an unknown rule or severity."""
    selectors = _selectors(changed, by_code)
    for selector, (word, severity) in zip(selectors, changed.items(), strict=True):
        if selector.code not in by_code:
            raise UsageError(f"there is no rule {selector.code}")
        if severity not in {"error", "warning"}:
            raise UsageError(f"the severity of {word} can be error or warning, not {severity}")
        if severity == "warning":
            _refuse_indispensable(by_code[selector.code], "made a warning")
    return cast("dict[_Selector, Severity]", dict(zip(selectors, changed.values(), strict=True)))


def _refuse_indispensable(rule: Rule | None, how: str) -> None:
    if rule and rule.is_indispensable:
        raise UsageError(f"{rule.code} cannot be {how}: without it there is no order to look at")


_Asked = list[tuple[Rule, Check, bool]]
_Hit = tuple[Rule, Broken]


class Case(Protocol):
    """One order of any kind, with its line items and the pointers at which it has a wrong shape."""

    order: Any
    lines: Any
    faults: Collection[str]
    filled_currency: str | None


class Reference(Protocol):
    """The reference data that checks use."""

    def order_validated(self) -> None:
        """Forget what was looked up for one order."""


class Checks:
    """The checks of some rules, grouped by subject; those that need reference data are left out if there is none."""

    def __init__(self, rules: Iterable[Rule], reference: Reference | None = None) -> None:
        self.asks_reference = False
        self._reference = reference
        self._of_order: _Asked = []
        self._of_item: _Asked = []
        self._of_parties: _Asked = []
        levels = {Level.ITEM: self._of_item, Level.PARTY: self._of_parties}
        for rule in rules:
            if rule.check and (reference is not None or not rule.asks_reference):
                self.asks_reference |= rule.asks_reference
                levels.get(rule.level, self._of_order).append((rule, rule.check, rule.asks_reference))

    def findings(self, case: Case) -> list[Finding]:
        """Return the findings in an order, unsorted."""
        found = _findings(self._hits(self._of_order, case.order, case), "")
        for line in case.lines:
            if hits := self._hits(self._of_item, line.item, case):
                found += _findings(hits, line.pointer)
        if parties := case.order.related_party:
            found += _findings(self._hits(self._of_parties, parties, case), "/relatedParty")
        if self._reference is not None:
            self._reference.order_validated()
        return found

    def _hits(self, asked: _Asked, subject: Any, case: Case) -> list[_Hit]:  # noqa: ANN401 - by level
        hits: list[_Hit] = []
        for rule, check, asks_reference in asked:
            try:
                broken = check(subject, case, self._reference) if asks_reference else check(subject, case)
            except (AttributeError, KeyError):
                # The shape step removed the member that the check needs, and has reported it.
                if not case.faults:
                    raise
            else:
                if broken:
                    hits.append((rule, broken))
        return hits


def _findings(hits: list[_Hit], pointer: str) -> list[Finding]:
    return [finding for rule, broken in hits for finding in _findings_of(rule, pointer + rule.at, broken)]


def _findings_of(rule: Rule, place: str, broken: Broken) -> Iterator[Finding]:
    for each in broken if not isinstance(broken, bool) else [""]:
        if isinstance(each, str):
            yield rule.finding(place + each)
        else:
            yield rule.finding(place + each[0], **each[1])


_LEVEL_OF_PLACE = frozenset({Level.ORDER, Level.ITEM})
_LEVELS = {"relatedParty": Level.PARTY, "orderCurrency": Level.CURRENCY, "currencyCode": Level.CURRENCY}
_LINE = re.compile(r"(?:/\w+Item/\d+)+")
_NUMBER = re.compile(r"\d+")


def in_sequence(findings: Iterable[Finding], by_code: Mapping[str, Rule]) -> list[Finding]:
    """Sort findings by level, line item, code and place; those of rules that ask reference data come last."""
    return sorted(findings, key=lambda finding: _key(finding, by_code[finding.code]))


def within(findings: list[Finding], limit: int) -> list[Finding]:
    """Return at most `limit` findings (0: all), errors first, in their order, then one with the number left out."""
    if not 0 < limit < len(findings):
        return findings
    errors_first = sorted(range(len(findings)), key=lambda n: findings[n].severity != "error")
    kept = [findings[n] for n in sorted(errors_first[:limit])]
    return [*kept, FINDINGS_LEFT_OUT.finding(count=len(findings) - limit, limit=limit)]


def _key(finding: Finding, rule: Rule) -> tuple[bool, Level, str, str, str]:
    place = _NUMBER.sub(lambda number: number[0].zfill(9), finding.pointer)
    level = _level(rule, place)
    line = _LINE.match(place)
    return rule.asks_reference, level, line[0] if line and level is Level.ITEM else "", finding.code, place


def _level(rule: Rule, place: str) -> Level:
    """Return the level of a finding; for rules that check the whole order, it is the level of the finding's place."""
    if rule.level not in _LEVEL_OF_PLACE:
        return rule.level
    if _LINE.match(place):
        return Level.ITEM
    return _LEVELS.get(place.split("/", 2)[1] if place else "", Level.ORDER)
