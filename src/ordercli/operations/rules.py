"""List and explain the rules."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, cast

from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import replace

from ordercli.errors import NotFoundError
from ordercli.intake import json_text
from ordercli.resources.product_order.profiles import SERVICENOW, TMF622_V4
from ordercli.resources.quote.examples import NOW
from ordercli.resources.quote.examples import example_document as example_of_quote
from ordercli.resources.quote.quote import QuoteConverter, Terms
from ordercli.resources.quote.rules import RULES as RULES_OF_QUOTES
from ordercli.resources.registry import QUOTE, RESOURCES
from ordercli.resources.validator import OrderValidator
from ordercli.result_types import Code, Pointer, Position, Result
from ordercli.rulebook.rule import Severity, TextEdit
from ordercli.settings import ProfileName, ResourceName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.intake.json_text import JsonValue
    from ordercli.resources.resource import Resource
    from ordercli.rulebook.rule import Example
    from ordercli.rulebook.rule import Rule as RuleOfRulebook


_OFF_UNLESS_ASKED_FOR = Meta(description="the profiles in which the rule is off by default, and warns if asked for")


# The kinds of documents that have rules: orders and quotes.
KindName = ResourceName | Literal["quote"]


class UnknownRuleError(NotFoundError):
    """There is no such rule."""


class Rule(Result):
    """A rule in one line, in the words of the first kind of order that has it."""

    columns = ("code", "name", "severity", "fault")
    identified_by = "code"

    code: Code
    name: str
    severity: Severity
    resources: Annotated[list[KindName], Meta(description="the kinds of documents that have a rule with this code")]
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
    resource: Annotated[KindName, Meta(description="the kind of document whose rule this is")]
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
    others: Annotated[list[Explanation], Meta(description="the rules of other kinds with this code")] | UnsetType = (
        UNSET
    )
    patch_messages: (
        Annotated[
            dict[ResourceName, str],
            Meta(description="the message in a patch, by kind of order, where the vendor has another one for patches"),
        ]
        | UnsetType
    ) = UNSET

    @property
    def words(self) -> tuple[Any, ...]:
        """Return what the rule says, without its examples."""
        return (self.name, self.severity, self.message, self.details, self.fault, self.why)


def rules(resource: ResourceName | None = None) -> list[Rule]:
    """Return every rule, or those of a kind of order: code, name, severity, profiles, and the fault that it finds."""
    return [
        Rule(
            code,
            found[0].rule.name,
            found[0].rule.severity,
            [each.kind for each in found],
            _all(each.applies_in for each in found),
            _all(each.warns_in for each in found),
            found[0].rule.fault,
        )
        for code, found in _by_code(resource).items()
    ]


def explain(code_or_name: str) -> Explanation:
    """Return everything about the rules with this code, or with the code of the rule with this name.

    Raises:
        UnknownRuleError: neither code nor name of a rule; the hint has the nearest.
    """
    by_code = _by_code()
    names = {each.rule.name: code for code, found in by_code.items() for each in found}
    found = by_code.get(names.get(code_or_name.lower(), code_or_name.upper()))
    if found is None:
        raise UnknownRuleError(f"there is no rule {code_or_name!r}", hint=_nearest(code_or_name, [*by_code, *names]))
    first, *others = map(_explanation, found)
    worded = [(each.name, each.load_patch_wording()) for each in RESOURCES.values() if each.load_patch_wording]
    in_patches = {name: wording.messages[first.code] for name, wording in worded if first.code in wording.messages}
    return replace(first, others=others, patch_messages=in_patches)


class _RuleOfKind(NamedTuple):
    """A rule, and the kind of order that has it; None for a rule of quotes, which have no profiles."""

    resource: Resource | None
    rule: RuleOfRulebook

    @property
    def kind(self) -> KindName:
        return self.resource.name if self.resource else QUOTE

    @property
    def applies_in(self) -> tuple[str, ...]:
        return tuple(self.rule.profiles or self.resource.profiles) if self.resource else ()

    @property
    def warns_in(self) -> tuple[str, ...]:
        return tuple(self.rule.warns_in)


def _by_code(only: ResourceName | None = None) -> dict[str, list[_RuleOfKind]]:
    """Return the rules of every kind of order and of quotes, or of one kind of order, by code."""
    found: dict[str, list[_RuleOfKind]] = {}
    for resource in RESOURCES.values():
        if only in {None, resource.name}:
            for rule in resource.load_rulebook().rules:
                found.setdefault(rule.code, []).append(_RuleOfKind(resource, rule))
    for rule in RULES_OF_QUOTES if only is None else ():
        found.setdefault(rule.code, []).append(_RuleOfKind(None, rule))
    return dict(sorted(found.items()))


def _all(profiles: Iterable[Iterable[str]]) -> list[ProfileName]:
    return cast("list[ProfileName]", list(dict.fromkeys(chain.from_iterable(profiles))))


def _explanation(given: _RuleOfKind) -> Explanation:
    """Return everything about one rule; `finding` is what its bad example gives."""
    rule = given.rule
    return Explanation(
        code=rule.code,
        name=rule.name,
        severity=rule.severity,
        resource=given.kind,
        profiles=_all([given.applies_in]),
        warns_in=_all([given.warns_in]),
        message=rule.says,
        details=list(rule.details.values()),
        fault=rule.fault,
        why=rule.why,
        bad=_shown(given, rule.bad),
        finding=_found(given),
        good=_shown(given, rule.good),
        source=rule.source,
    )


def _shown(given: _RuleOfKind, example: Example | None) -> JsonValue:
    if isinstance(example, bytes | TextEdit):
        return _document(given, example).decode(errors="backslashreplace")
    return None if example is None else json_text.decode(json_text.encode(dict(example)))


def _found(given: _RuleOfKind) -> ExampleFinding | None:
    if given.rule.bad is None:
        return None
    if given.resource is None:
        order_rules = OrderValidator(TMF622_V4.name)
        converter = QuoteConverter(Terms(NOW), lambda order: order_rules.validate(order).findings)
        findings = converter.convert(_document(given, given.rule.bad)).findings
    else:
        options = given.resource.load_examples().options(given.rule)
        validator = OrderValidator(**options, resource=given.resource)
        findings = validator.validate(_document(given, given.rule.bad)).findings
    found = next((finding for finding in findings if finding.code == given.rule.code), None)
    if found is None:
        raise AssertionError(f"{given.rule.code} does not find its bad example: do the shapes have what it reads?")
    return ExampleFinding(found.pointer, found.line, found.column, found.message, found.suggestion)


def _document(given: _RuleOfKind, example: Example) -> bytes:
    if given.resource is None:
        return example_of_quote(example)
    examples = given.resource.load_examples()
    return examples.document(example, examples.options(given.rule).get("profile", SERVICENOW.name))


def _nearest(word: str, known: list[str]) -> str | None:
    from difflib import get_close_matches  # only after a mistake

    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else "`ordercli rules` lists them"
