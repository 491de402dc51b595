"""Find rules of any kind of order by their code, and make the error body of findings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType

from ordercli.resources.registry import QUOTE, RESOURCES
from ordercli.result_types import ErrorBody, ErrorDetail
from ordercli.rulebook.rule import OTHER_ERROR, Finding, Rule


@cache
def find_rule(code: str) -> Rule | None:
    """Return the rule with this code, or None; only the kinds of order up to the first that has it are imported.

    The same fault has the same code in every kind of order, but a name and a message of its own; those of the first
    kind are returned. What a rule means elsewhere (its level, the error body, the way a request ends) does not depend
    on the kind. Codes that only quotes have are found too.
    """
    for resource in RESOURCES.values():
        if rule := resource.load_rulebook().by_code.get(code):
            return rule
    return _of_quotes().get(code)


def _of_quotes() -> Mapping[str, Rule]:
    from ordercli.resources.quote.rules import BY_CODE  # needed only where quotes are converted or explained

    return BY_CODE


@cache
def rule_of(code: str, resource: str | None = None) -> Rule:
    """Return the rule with the code of a finding: that of this kind of order, or of `quote`, if that has one.

    Raises:
        KeyError: no kind of order has it, nor have quotes.
    """
    kind = RESOURCES.get(resource or "")
    own = _of_quotes() if resource == QUOTE else kind.load_rulebook().by_code if kind else {}
    rule = own.get(code) or find_rule(code)
    if rule is None:
        raise KeyError(code)
    return rule


@cache
def all_rules() -> Mapping[str, Rule]:
    """Return the rules of all kinds of order by code; this imports every kind."""
    found: dict[str, Rule] = {}
    for resource in RESOURCES.values():
        found = {**resource.load_rulebook().by_code, **found}
    return MappingProxyType({code: found[code] for code in sorted(found)})


def error_body(findings: Iterable[Finding]) -> ErrorBody:
    """Return the errors among the findings as an error body, with the code and the reason of the first.

    Raises:
        ValueError: There is no error among them.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        raise ValueError("an error body needs an error")
    first = errors[0]
    rule = find_rule(first.code)
    error = rule.error if rule else OTHER_ERROR
    return {
        "code": error.code,
        "reason": error.words or first.message,
        "message": first.message,
        "details": [_detail(each) for each in errors],
    }


def _detail(finding: Finding) -> ErrorDetail:
    detail: ErrorDetail = {"message": finding.message, "datapath": finding.pointer, "rule": finding.code}
    return detail if finding.named is None else {**detail, "value": finding.named}
