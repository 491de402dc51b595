"""An order goes past the checks of the rules; what is broken comes out as findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.validation.rule import Broken, Check, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.validation.case import OrderCase
    from ordercli.validation.finding import Finding

_Asked = list[tuple[Rule, Check]]
_Hit = tuple[Rule, str, Broken]


class Checks:
    """The checks of some rules, sorted once by what they look at; without reference data, less those that ask it."""

    def __init__(self, rules: Iterable[Rule], reference: object = None) -> None:
        self.asks_reference = False
        self._of_order: _Asked = []
        self._of_item: _Asked = []
        self._of_parties: _Asked = []
        levels = {Level.ITEM: self._of_item, Level.PARTY: self._of_parties}
        for rule in rules:
            if rule.check and not rule.asks_reference:
                levels.get(rule.level, self._of_order).append((rule, rule.check))
            elif rule.check and reference is not None:
                self.asks_reference = True
                levels.get(rule.level, self._of_order).append((rule, _asking(rule.check, reference)))

    def findings(self, case: OrderCase) -> list[Finding]:
        """What is broken in an order, in no promised sequence."""
        hits = self._hits(self._of_order, case.order, "", case)
        for line in case.lines:
            hits += self._hits(self._of_item, line.item, line.pointer, case)
        if parties := case.order.get("relatedParty"):
            hits += self._hits(self._of_parties, parties, "/relatedParty", case)
        return [finding for hit in hits for finding in _findings(*hit)]

    @staticmethod
    def _hits(asked: _Asked, subject: Any, pointer: str, case: OrderCase) -> list[_Hit]:  # noqa: ANN401 - by level
        hits: list[_Hit] = []
        for rule, check in asked:
            try:
                broken = check(subject, case)
            except KeyError:
                # The shape step took something out, and has named it: nothing more can be said about it.
                if not case.faults:
                    raise
            else:
                if broken:
                    hits.append((rule, pointer, broken))
        return hits


def _asking(check: Check, reference: object) -> Check:
    def asked(subject: object, case: OrderCase) -> Broken:
        return check(subject, case, reference)

    return asked


def _findings(rule: Rule, pointer: str, broken: Broken) -> Iterator[Finding]:
    place = pointer + rule.at
    for each in broken if not isinstance(broken, bool) else [""]:
        if isinstance(each, str):
            yield rule.finding(place + each)
        else:
            yield rule.finding(place + each[0], **each[1])
