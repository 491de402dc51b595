"""Print, for people, how many orders have the same finding."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ordercli.counted import counted
from ordercli.output.safe_text import visible
from ordercli.resources.all_rules import find_rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.operations.results import FindingGroup

_SHOWN = 10
_LONGEST = 200


def group_lines(groups: Sequence[FindingGroup], others: int, of: str = "order") -> Iterator[str]:
    """Yield a line for each of the largest groups, and how many more there are; `others` are not among `groups`.

    Groups of one order are only counted, as they tell no more than the findings; alone, they are left out.
    """
    largest = [each for each in groups[:_SHOWN] if each.orders > 1]
    for each in largest:
        yield f"  {counted(each.orders, of)}: {each.code} {_in_words(each)}"
    if largest and (more := len(groups) - len(largest) + others):
        yield f"  and {more} more by code and value"


def _in_words(group: FindingGroup) -> str:
    """Return what is wrong, and with which value if the message does not tell it."""
    rule = find_rule(group.code)
    message = group.message or (rule.fault if rule else "")
    if group.value is None or _names(message, group.value):
        return visible(message, _LONGEST)
    return visible(f"`{group.value}`: {message}", _LONGEST)


def _names(message: str, value: str) -> bool:
    """Return whether a message has a value as a word of its own: a short one may be a part of any word."""
    return re.search(rf"(?<!\w){re.escape(value)}(?!\w)", message) is not None
