"""What the rules say of themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.errors import NotFoundError
from ordercli.intake import exact
from ordercli.resources.product_order.examples import example_document, example_options
from ordercli.resources.registry import BY_CODE, RULES
from ordercli.resources.validator import Rulebook
from ordercli.rulebook.rule import TextEdit

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Example, Rule


class UnknownRuleError(NotFoundError):
    """There is no such rule."""


def rules() -> list[dict[str, Any]]:
    """Every rule in a line: code, name, severity, profiles, and the fault that it finds."""
    return [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity,
            "profiles": list(rule.profiles),
            "warnsIn": list(rule.warns_in),
            "fault": rule.fault,
        }
        for rule in RULES
    ]


def explain(code_or_name: str) -> dict[str, Any]:
    """All that a rule says of itself; an example is the edits of a good order, or the bytes as text.

    Raises:
        UnknownRuleError: neither code nor name of a rule; the hint has the nearest.
    """
    rule = BY_CODE.get(code_or_name.upper()) or next(
        (each for each in RULES if each.name == code_or_name.lower()), None
    )
    if rule is None:
        raise UnknownRuleError(f"there is no rule {code_or_name!r}", hint=_nearest(code_or_name))
    return explanation(rule)


def explanation(rule: Rule) -> dict[str, Any]:
    """All that this rule says of itself; `finding` is what its bad example gives."""
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "profiles": list(rule.profiles),
        "warnsIn": list(rule.warns_in),
        "message": rule.says,
        "details": list(rule.details.values()),
        "fault": rule.fault,
        "why": rule.why,
        "bad": _shown(rule.bad),
        "finding": _found(rule),
        "good": _shown(rule.good),
        "source": rule.source,
    }


def _shown(example: Example | None) -> Any:  # noqa: ANN401 - JSON
    if isinstance(example, bytes | TextEdit):
        return example_document(example).decode(errors="backslashreplace")
    return None if example is None else exact.decode(exact.encode(dict(example)))


def _found(rule: Rule) -> dict[str, Any] | None:
    if rule.bad is None:
        return None
    rulebook = Rulebook(rule.profiles[0], **example_options(rule))
    findings = rulebook.judge(example_document(rule.bad)).findings
    found = next(finding for finding in findings if finding.code == rule.code)
    return {
        "pointer": found.pointer,
        "line": found.line,
        "column": found.column,
        "message": found.message,
        "suggestion": found.suggestion,
    }


def _nearest(word: str) -> str | None:
    from difflib import get_close_matches  # noqa: PLC0415 - only after a mistake

    near = get_close_matches(word, [*BY_CODE, *(rule.name for rule in RULES)], n=1)
    return f"did you mean {near[0]}?" if near else "`ordercli rules` lists them"
