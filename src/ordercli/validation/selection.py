"""Which rules apply, and how severe each is: what configuration says, checked once."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ordercli.errors import UsageError
from ordercli.validation.registry import BY_CODE, RULES
from ordercli.validation.rules import body

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ordercli.tmf622.words import Profile
    from ordercli.validation.finding import Severity
    from ordercli.validation.rule import Rule

# Without these there is no order to go on with.
INDISPENSABLE = frozenset(
    rule.code
    for rule in (
        body.NOT_JSON,
        body.TRAILING_DATA,
        body.NOT_UTF8,
        body.TOO_LARGE,
        body.NOT_AN_OBJECT,
        body.REQUEST_BODY_MISSING,
    )
)


def selected(profile: Profile, select: Collection[str], ignore: Collection[str], *, lint: bool) -> list[Rule]:
    """The rules of a profile that `select` (all, if empty) names and `ignore` does not.

    Both take codes and their beginnings. What makes an order unreadable always counts.

    Raises:
        UsageError: A word is the beginning of no code, or names a rule that cannot be ignored.
    """
    for word in (*select, *ignore):
        if not any(code.startswith(word) for code in BY_CODE):
            raise UsageError(f"there is no rule {word}")
    for word in ignore:
        _refuse_indispensable(word, "ignored")
    wanted, unwanted = tuple(select) or ("",), tuple(ignore)
    return [
        rule
        for rule in RULES
        if rule.code in INDISPENSABLE
        or (
            profile in rule.profiles
            and (lint or not rule.is_lint)
            and rule.code.startswith(wanted)
            and not rule.code.startswith(unwanted)
        )
    ]


def severities(changed: Mapping[str, str]) -> dict[str, Severity]:
    """Other severities than the rules' own, by code.

    Raises:
        UsageError: A code is unknown or its rule's severity is fixed, or a severity is neither error nor warning.
    """
    for code, severity in changed.items():
        if code not in BY_CODE:
            raise UsageError(f"there is no rule {code}")
        if severity not in {"error", "warning"}:
            raise UsageError(f"the severity of {code} can be error or warning, not {severity}")
        if severity == "warning":
            _refuse_indispensable(code, "made a warning")
    return cast("dict[str, Severity]", dict(changed))


def _refuse_indispensable(code: str, how: str) -> None:
    if code in INDISPENSABLE:
        raise UsageError(f"{code} cannot be {how}: without it there is no order to look at")
