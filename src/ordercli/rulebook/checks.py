"""An order goes past the checks of the rules; what is broken comes out as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ordercli.rulebook.rule import Broken, Check, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.rulebook.case import OrderCase
    from ordercli.rulebook.rule import Finding

_Asked = list[tuple[Rule, Check, bool]]
_Hit = tuple[Rule, Broken]


class Reference(Protocol):
    """What checks ask beside the order; some of them know more of it."""

    def order_is_judged(self) -> None:
        """No check will ask about this order any more."""


class Checks:
    """The checks of some rules, sorted once by what they look at; without reference data, less those that ask it."""

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

    def findings(self, case: OrderCase) -> list[Finding]:
        """What is broken in an order, in no promised sequence."""
        found = _findings(self._hits(self._of_order, case.order, case), "")
        for line in case.lines:
            if hits := self._hits(self._of_item, line.item, case):
                found += _findings(hits, line.pointer)
        if parties := case.order.related_party:
            found += _findings(self._hits(self._of_parties, parties, case), "/relatedParty")
        if self._reference is not None:
            self._reference.order_is_judged()
        return found

    def _hits(self, asked: _Asked, subject: Any, case: OrderCase) -> list[_Hit]:  # noqa: ANN401 - by level
        hits: list[_Hit] = []
        for rule, check, asks_reference in asked:
            try:
                broken = check(subject, case, self._reference) if asks_reference else check(subject, case)
            except (AttributeError, KeyError):
                # The shape step took something out, and has named it: nothing more can be said about it.
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
