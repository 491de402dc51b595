"""Which rules apply to a run, how severe their findings are, and in which order and number these are reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from ordercli.errors import UsageError
from ordercli.rulebook.rule import INVALID_BODY, Finding, Level, Rule, Severity

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


_LEVEL_OF_PLACE = frozenset({Level.ORDER, Level.ITEM})
_LEVELS = {"relatedParty": Level.PARTY, "orderCurrency": Level.CURRENCY, "currencyCode": Level.CURRENCY}
_LINE = re.compile(r"(?:/\w+Item/\d+)+")
_NUMBER = re.compile(r"\d+")


def in_sequence(findings: Iterable[Finding], by_code: Mapping[str, Rule]) -> list[Finding]:
    """Sort findings by level, line item, code and place; those of rules that ask reference data come last."""
    found = list(findings)
    if len(found) > 1:  # most refused orders have one
        found.sort(key=lambda finding: _key(finding, by_code[finding.code]))
    return found


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
