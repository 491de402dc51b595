"""What a rule is, and the finding that it makes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from enum import IntEnum
from inspect import cleandoc
from typing import Any, Literal, NamedTuple

from msgspec import Struct

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


# What a check answers: whether its place is broken, or which places are: pointers below its subject, each with
# the values of the message's placeholders where it has some (`suggestion` and `named` go to the finding).
Broken = bool | Collection[str | tuple[str, Mapping[str, Any]]]
Check = Callable[..., Broken]


class TextEdit(NamedTuple):
    """A change in the bytes of the good order, for faults that no JSON value can show."""

    old: bytes
    new: bytes


# An example: edits of the good order (JSON pointer to value, None removes the member), a change in its bytes, or the
# whole document.
Example = Mapping[str, Any] | TextEdit | bytes


class ErrorReason(NamedTuple):
    """What an error body says in `code` and `reason` (TMF630); without words the message is the reason."""

    code: int
    words: str | None


OTHER_ERROR = ErrorReason(1, None)
MISSING_BODY = ErrorReason(21, "Missing body")
INVALID_BODY = ErrorReason(22, "Invalid body")
MISSING_FIELD = ErrorReason(23, "Missing body field")
INVALID_FIELD = ErrorReason(24, "Invalid body field")
NOT_FOUND = ErrorReason(60, "Not found")
IN_QUEUE = ErrorReason(102, "Request in queue")


class Level(IntEnum):
    """What a check is given as its subject; also the order in which findings are told."""

    BODY = 0  # no subject: the reading of the document finds these
    ORDER = 1  # the order
    ITEM = 2  # each line item
    RELATION = 3  # the order
    PARTY = 4  # the parties of the order, as a list
    CURRENCY = 5  # the order


class Rule(Struct, frozen=True, kw_only=True, eq=False):
    """One rule. The documentation, `explain` and SARIF print what stands here.

    `about` has one line that names the fault, then a paragraph on why it matters and how to repair it (Markdown).
    `at` is the place of the fault below the subject of `check`; `says` is the message, with placeholders in braces.
    `bad` breaks this rule alone and `good` breaks none, with these `options`. The rule applies in `profiles`, or in
    all of them; in those of `warns_in` an error is a warning. A check takes its subject, the validation context and, if
    `asks_reference`, the reference data.
    An indispensable rule can be neither ignored nor made a warning: without it there is no order to look at.
    `check` is None if the reading of the document or another part of the program finds the fault.
    `details` are further messages by name. `error` is what an error body says of it. `refuses_as` tells how a request
    ends that breaks it. `is_about_key`: the name of the member is wrong, not its value. `is_work_note`: an accepted
    order keeps the message at its line item. `missing` is the field, with its object, whose absence the shape step
    reports by this rule. `unless` is a setting that switches the rule off.
    """

    level: Level
    code: str
    name: str
    about: str
    says: str
    source: str
    at: str = ""
    severity: Severity = "error"
    profiles: tuple[str, ...] = ()
    warns_in: tuple[str, ...] = ()
    bad: Example | None = None
    good: Example | None = None
    options: Mapping[str, Any] = {}
    check: Check | None = None
    asks_reference: bool = False
    is_lint: bool = False
    is_indispensable: bool = False
    is_about_key: bool = False
    is_work_note: bool = False
    missing: str | None = None
    unless: str | None = None
    details: Mapping[str, str] = {}
    error: ErrorReason = OTHER_ERROR
    refuses_as: Literal["rejected", "conflict", "not-found"] = "rejected"

    @property
    def fault(self) -> str:
        """The fault in one line."""
        return self.about.partition("\n")[0]

    @property
    def why(self) -> str:
        """Why the fault matters and how to repair it."""
        return cleandoc(self.about).partition("\n\n")[2]

    def finding(self, pointer: str = "", /, **values: Any) -> Finding:  # noqa: ANN401 - whatever the message names
        """Return the finding of this rule at a place; `values` fill the placeholders of the message.

        The values suggestion, line, column and named go to the finding. With `detail` the message is that detail.
        """
        place = {name: values.pop(name) for name in ("suggestion", "line", "column", "named") if name in values}
        says = self.details[values["detail"]] if "detail" in values else self.says
        return Finding(self.code, self.severity, pointer, says.format_map(values), **place)
