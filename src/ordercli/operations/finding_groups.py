"""Group findings by code and value: what is wrong with many orders, in few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Generic, TypeVar

from msgspec import Meta

from ordercli.intake import json_text
from ordercli.resources.all_rules import find_rule
from ordercli.result_types import Code, Count, Result
from ordercli.rulebook.rule import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ordercli.intake.json_text import JsonValue

LONGEST_VALUE = 100
_LONGEST_MESSAGE = 500
MOST_GROUPS = 10_000
LISTED = 20


class Group(Result):
    """Orders with the same finding. A member of `shared` that is not the same in all of them is null."""

    shared: ClassVar[tuple[str, ...]] = ()

    orders: Annotated[Count, Meta(description="how many orders have this finding")]

    def merge(self, other: Group) -> None:
        """Count an order more."""
        self.orders += 1
        for name in self.shared:
            if getattr(self, name) != getattr(other, name):
                setattr(self, name, None)


class FindingGroup(Group):
    """Orders with a finding of the same code about the same value."""

    shared = ("message", "suggestion")
    identified_by = "code"

    code: Code
    severity: Severity
    value: Annotated[
        str | None, Meta(description="cut off after 100 characters; null: the finding is about no single value")
    ]
    message: Annotated[str | None, Meta(description="null if it is not the same for all these orders")]
    suggestion: str | None


def finding_group(
    code: str, severity: Severity, value: str | None, message: str, suggestion: str | None
) -> FindingGroup:
    """Return the group of one finding; long texts are cut off, so that many groups fit into memory."""
    return FindingGroup(1, code, severity, value and cut_off(value), message[:_LONGEST_MESSAGE], suggestion)


FoundGroups = Annotated[
    list[FindingGroup],
    Meta(description="orders with findings of the same code and value: the 20 largest groups, errors before warnings"),
]
OtherGroups = Annotated[
    Count, Meta(description="how many more groups there are; an estimate where there are more than 10,000")
]


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
