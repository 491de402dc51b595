"""Put findings in order, and leave out those beyond a limit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ordercli.rulebook.document import FINDINGS_LEFT_OUT
from ordercli.rulebook.rule import Level

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ordercli.rulebook.rule import Finding, Rule


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
