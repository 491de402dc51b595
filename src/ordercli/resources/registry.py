"""Every rule by its code, and the error body of findings."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ordercli.resources.product_order.rules import RULES
from ordercli.rulebook.rule import OTHER_ERROR

__all__ = ["BY_CODE", "RULES", "error_body"]

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ordercli.result_types import ErrorBody, ErrorDetail
    from ordercli.rulebook.rule import Finding, Rule

BY_CODE: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in RULES})


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
