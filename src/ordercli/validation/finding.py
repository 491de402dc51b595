"""One thing that is wrong in an order."""

from __future__ import annotations

from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]


class Finding(NamedTuple):
    """A broken rule at a place.

    `pointer` is an RFC 6901 JSON pointer into the order ("" is the whole document). `line` and `column` are set
    only where the reading itself names the place (ORD001, ORD002, ORD005, ORD007), counted from 1 inside the document;
    every other place is resolved from the pointer, when somebody asks. `named` is the id in question where the message,
    whose words are fixed, does not name it.
    """

    code: str
    severity: Severity
    pointer: str
    message: str
    suggestion: str | None = None
    line: int | None = None
    column: int | None = None
    named: str | None = None
