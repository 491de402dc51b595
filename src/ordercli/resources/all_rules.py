"""Every rule by its code, and the error body of findings."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ordercli.resources.registry import RESOURCES
from ordercli.rulebook.rule import OTHER_ERROR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ordercli.result_types import ErrorBody, ErrorDetail
    from ordercli.rulebook.rule import Finding, Rule


_found: dict[str, Rule] = {}
for _resource in RESOURCES.values():
    for _rule in _resource.load_rulebook().rules:
        _found.setdefault(_rule.code, _rule)

# The same fault has the same code in every kind of order, but a name and a message of its own; here the first kind's
# stand. What a rule means elsewhere (its level, the error body, the way a request ends) does not depend on the kind.
BY_CODE: Mapping[str, Rule] = MappingProxyType(_found)
RULES: tuple[Rule, ...] = tuple(BY_CODE.values())


def error_body(findings: Iterable[Finding]) -> ErrorBody:
    """Return the errors among the findings as an error body, with the code and the reason of the first.

    Raises:
        ValueError: There is no error among them.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        raise ValueError("an error body needs an error")
    first = errors[0]
    rule = BY_CODE.get(first.code)
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
