"""Findings become the error body that every command answers with (`-o json`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.validation.finding import Finding

_OTHERS = 1
_REASONS = (
    (21, "Missing body", re.compile("ORD101")),
    (22, "Invalid body", re.compile("ORD0")),
    (23, "Missing body field", re.compile("ORD10[2-9]|ORD11[0-4]")),
    (24, "Invalid body field", re.compile("ORD12|ORD2|ORD3|ORD403|ORD406")),
    (60, "Not found", re.compile("ORD404")),
    (102, "Request in queue", re.compile("ORD401")),
)


def error_body(findings: Iterable[Finding]) -> dict[str, Any]:
    """The errors among the findings, under the number and the reason of the first; warnings stay out.

    Raises:
        ValueError: There is no error among them.
    """
    errors = [finding for finding in findings if finding.severity == "error"]
    if not errors:
        raise ValueError("an error body needs an error")
    first = errors[0]
    code, reason = next(
        ((number, words) for number, words, codes in _REASONS if codes.match(first.code)), (_OTHERS, first.message)
    )
    return {
        "code": code,
        "reason": reason,
        "message": first.message,
        "details": [_detail(each) for each in errors],
    }


def _detail(finding: Finding) -> dict[str, Any]:
    named = {} if finding.named is None else {"value": finding.named}
    return {"message": finding.message, "datapath": finding.pointer, "rule": finding.code, **named}
