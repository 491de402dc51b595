"""Which rules apply to a run, how they run, and the order and number of their findings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

from ordercli.errors import UsageError
from ordercli.rulebook.document import FINDINGS_LEFT_OUT
from ordercli.rulebook.rule import Broken, Check, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from ordercli.rulebook.rule import Finding, Severity


class _Selector(NamedTuple):
    """A code or the beginning of codes and, where one is given, the member at the end of the pointer."""

    code: str
    member: str | None = None

    def matches(self, finding: Finding) -> bool:
        return finding.code.startswith(self.code) and self.member in {None, _last_member(finding.pointer)}


class Selection:
    """Those of `rules` that apply in a profile, that `select` (all, if empty) names and `ignore` does not.

    `severity` is by code.

    Both take codes and their beginnings, with a member after a colon (`ORD114:@referredType`) only the findings at
    that member. Indispensable rules always count; with `body_only` nothing but the document's own rules.

    Raises:
        UsageError: A word is the beginning of no code or names a rule that cannot be ignored, or a severity is none.
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
    ) -> None:
        by_code = {rule.code: rule for rule in rules}
        wanted, unwanted = _selectors(select, by_code), _selectors(ignore, by_code)
        for selector in unwanted:
            _refuse_indispensable(by_code.get(selector.code), "ignored")
        codes = tuple(selector.code for selector in wanted) or ("",)
        without = tuple(selector.code for selector in unwanted if selector.member is None)
        self.rules = [
            rule
            for rule in rules
            if rule.is_indispensable
            or (
                (not rule.profiles or profile in rule.profiles)
                and (lint or not rule.is_lint)
                and (rule.level is Level.BODY or not body_only)
                and rule.code.startswith(codes)
                and not rule.code.startswith(without)
            )
        ]
        self.codes = frozenset(rule.code for rule in self.rules)
        self._indispensable = frozenset(rule.code for rule in self.rules if rule.is_indispensable)
        by_profile: dict[str, Severity] = {rule.code: "warning" for rule in self.rules if profile in rule.warns_in}
        self._severities = by_profile | _severities(severity or {}, by_code)
        self._wanted = wanted if any(selector.member for selector in wanted) else []
        self._unwanted = [selector for selector in unwanted if selector.member]

    def weighed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings that are told, each as severe as configured."""
        return [
            finding._replace(severity=self._severities[finding.code]) if finding.code in self._severities else finding
            for finding in findings
            if finding.code in self.codes and (finding.code in self._indispensable or self._tells(finding))
        ]

    def _tells(self, finding: Finding) -> bool:
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
    """Return the name of the member at a pointer; of an element, that of its list."""
    names = (name for name in reversed(pointer.split("/")) if not name.isdecimal())
    return next(names).replace("~1", "/").replace("~0", "~")


def _severities(changed: Mapping[str, str], by_code: Mapping[str, Rule]) -> dict[str, Severity]:
    """Return other severities than the rules' own, by code; raise UsageError for what is none."""
    for code, severity in changed.items():
        if code not in by_code:
            raise UsageError(f"there is no rule {code}")
        if severity not in {"error", "warning"}:
            raise UsageError(f"the severity of {code} can be error or warning, not {severity}")
        if severity == "warning":
            _refuse_indispensable(by_code[code], "made a warning")
    return cast("dict[str, Severity]", dict(changed))


def _refuse_indispensable(rule: Rule | None, how: str) -> None:
    if rule and rule.is_indispensable:
        raise UsageError(f"{rule.code} cannot be {how}: without it there is no order to look at")


_Asked = list[tuple[Rule, Check, bool]]
_Hit = tuple[Rule, Broken]


class Case(Protocol):
    """One order of any kind, with its line items and the pointers at which the reading found a wrong shape."""

    order: Any
    lines: Any
    faults: Collection[str]
    filled_currency: str | None


class Reference(Protocol):
    """The reference data that checks ask."""

    def order_is_judged(self) -> None:
        """Forget what was looked up for one order."""


class Checks:
    """The checks of some rules, grouped by subject; without reference data those that ask it are left out."""

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
        """Return the findings in an order, in any order."""
        found = _findings(self._hits(self._of_order, case.order, case), "")
        for line in case.lines:
            if hits := self._hits(self._of_item, line.item, case):
                found += _findings(hits, line.pointer)
        if parties := case.order.related_party:
            found += _findings(self._hits(self._of_parties, parties, case), "/relatedParty")
        if self._reference is not None:
            self._reference.order_is_judged()
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


_TOLD_BY_PLACE = frozenset({Level.ORDER, Level.ITEM})
_LEVELS = {"relatedParty": Level.PARTY, "orderCurrency": Level.CURRENCY, "currencyCode": Level.CURRENCY}
_LINE = re.compile(r"(?:/productOrderItem/\d+)+")
_NUMBER = re.compile(r"\d+")


def in_sequence(findings: Iterable[Finding], by_code: Mapping[str, Rule]) -> list[Finding]:
    """Sort by level, there by line item, then by code and place; what asks reference data comes last."""
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
    """Return the level of a finding: that of its place for rules that look at the whole order."""
    if rule.level not in _TOLD_BY_PLACE:
        return rule.level
    if _LINE.match(place):
        return Level.ITEM
    return _LEVELS.get(place.split("/", 2)[1] if place else "", Level.ORDER)
