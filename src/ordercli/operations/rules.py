"""List and explain the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

from msgspec import Meta

from ordercli.errors import NotFoundError
from ordercli.intake import json_text
from ordercli.resources.all_rules import all_rules
from ordercli.resources.product_order.examples import example_document, example_options, example_profile
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.validator import OrderValidator
from ordercli.result_types import Code, Pointer, Position, Result
from ordercli.rulebook.rule import Severity, TextEdit
from ordercli.settings import ProfileName

if TYPE_CHECKING:
    from ordercli.intake.json_text import JsonValue
    from ordercli.rulebook.rule import Example
    from ordercli.rulebook.rule import Rule as RuleOfRulebook


_OFF_UNLESS_ASKED_FOR = Meta(description="the profiles in which the rule is off by default, and warns if asked for")


class UnknownRuleError(NotFoundError):
    """There is no such rule."""


class Rule(Result):
    """A rule in one line."""

    columns = ("code", "name", "severity", "fault")
    identified_by = "code"

    code: Code
    name: str
    severity: Severity
    profiles: list[ProfileName]
    warns_in: Annotated[list[ProfileName], _OFF_UNLESS_ASKED_FOR]
    fault: str


class ExampleFinding(Result):
    """The finding of a rule's bad example; it has line and column only if the document cannot be read."""

    pointer: Pointer
    line: Position | None
    column: Position | None
    message: str
    suggestion: str | None


class Explanation(Result):
    """Everything about a rule; an example is a document as text, or edits of a good order by pointer."""

    identified_by = "code"

    code: Code
    name: str
    severity: Severity
    profiles: list[ProfileName]
    warns_in: Annotated[list[ProfileName], _OFF_UNLESS_ASKED_FOR]
    message: Annotated[str, Meta(description="with placeholders in braces")]
    details: Annotated[list[str], Meta(description="what further details say")]
    fault: str
    why: str
    bad: dict[str, Any] | str | None
    finding: ExampleFinding | None
    good: dict[str, Any] | str | None
    source: str


def rules() -> list[Rule]:
    """Return every rule: code, name, severity, profiles, and the fault that it finds."""
    return [
        Rule(
            rule.code,
            rule.name,
            rule.severity,
            _applies_in(rule),
            _warns_in(rule),
            rule.fault,
        )
        for rule in all_rules().values()
    ]


def explain(code_or_name: str) -> Explanation:
    """Everything about a rule; an example is the edits of a good order, or the bytes as text.

    Raises:
        UnknownRuleError: neither code nor name of a rule; the hint has the nearest.
    """
    rules = all_rules()
    named = (each for each in rules.values() if each.name == code_or_name.lower())
    rule = rules.get(code_or_name.upper()) or next(named, None)
    if rule is None:
        raise UnknownRuleError(f"there is no rule {code_or_name!r}", hint=_nearest(code_or_name))
    return explanation(rule)


def explanation(rule: RuleOfRulebook) -> Explanation:
    """Return everything about this rule; `finding` is what its bad example gives."""
    return Explanation(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        profiles=_applies_in(rule),
        warns_in=_warns_in(rule),
        message=rule.says,
        details=list(rule.details.values()),
        fault=rule.fault,
        why=rule.why,
        bad=_shown(rule.bad),
        finding=_found(rule),
        good=_shown(rule.good),
        source=rule.source,
    )


def _applies_in(rule: RuleOfRulebook) -> list[ProfileName]:
    return cast("list[ProfileName]", list(rule.profiles or PRODUCT_ORDER.profiles))


def _warns_in(rule: RuleOfRulebook) -> list[ProfileName]:
    return cast("list[ProfileName]", list(rule.warns_in))


def _shown(example: Example | None) -> JsonValue:
    if isinstance(example, bytes | TextEdit):
        return example_document(example).decode(errors="backslashreplace")
    return None if example is None else json_text.decode(json_text.encode(dict(example)))


def _found(rule: RuleOfRulebook) -> ExampleFinding | None:
    if rule.bad is None:
        return None
    rulebook = OrderValidator(**example_options(rule))
    findings = rulebook.validate(example_document(rule.bad, example_profile(rule))).findings
    found = next(finding for finding in findings if finding.code == rule.code)
    return ExampleFinding(found.pointer, found.line, found.column, found.message, found.suggestion)


def _nearest(word: str) -> str | None:
    from difflib import get_close_matches  # only after a mistake

    rules = all_rules()
    near = get_close_matches(word, [*rules, *(rule.name for rule in rules.values())], n=1)
    return f"did you mean {near[0]}?" if near else "`ordercli rules` lists them"
