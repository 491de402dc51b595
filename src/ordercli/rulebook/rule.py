"""What a rule is, and the finding that it makes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from inspect import cleandoc
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Required, TypedDict, Unpack

if TYPE_CHECKING:
    from ordercli.resources.product_order.words import Profile


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
# A document: edits of the good order (pointer -> value, None takes the member away), or the bytes of the order.
Example = Mapping[str, Any] | bytes

BOTH: tuple[Profile, ...] = ("servicenow", "tmf622")
SERVICENOW: tuple[Profile, ...] = ("servicenow",)
STANDARD: tuple[Profile, ...] = ("tmf622",)


class Level(IntEnum):
    """What a check is given as its subject; also the order in which findings are told."""

    BODY = 0  # no subject: the reading of the document finds these
    ORDER = 1  # the order
    ITEM = 2  # each line item
    RELATION = 3  # the order
    PARTY = 4  # the parties of the order, as a list
    CURRENCY = 5  # the order


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of the book; documentation, `explain` and SARIF say what stands here.

    `at` is its place below the subject, `says` the message with placeholders in braces. `fault` tells in one line what
    is wrong, `why` what comes of it and how to repair it (Markdown). `bad` breaks this rule alone and `good` none, in
    a book made with `options`. In the profiles of `warns_in` an error is a warning. `check` is None where the reading
    of the document finds the fault, and for what other parts of the program refuse.
    """

    level: Level
    code: str
    name: str
    says: str
    fault: str
    why: str
    source: str
    at: str = ""
    severity: Severity = "error"
    profiles: tuple[Profile, ...] = BOTH
    warns_in: tuple[Profile, ...] = ()
    bad: Example | None = None
    good: Example | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    check: Check | None = None
    is_lint: bool = False

    @property
    def asks_reference(self) -> bool:
        """Whether the check takes reference data as its third argument."""
        return self.check is not None and self.check.__code__.co_argcount > 2  # noqa: PLR2004 - subject and case

    def finding(self, pointer: str = "", /, **values: Any) -> Finding:  # noqa: ANN401 - whatever the message names
        """The finding of this rule at a place, with the values of the message's placeholders."""
        place = {name: values.pop(name) for name in ("suggestion", "line", "column", "named") if name in values}
        return Finding(self.code, self.severity, pointer, self.says.format_map(values), **place)


class Words(TypedDict, total=False):
    """What a rule says of itself beside level, code and name; see Rule."""

    says: Required[str]
    source: Required[str]
    at: str
    severity: Severity
    profiles: tuple[Profile, ...]
    warns_in: tuple[Profile, ...]
    bad: Example
    good: Example
    options: Mapping[str, Any]
    is_lint: bool


def declared(level: Level, code: str, name: str, about: str, **words: Unpack[Words]) -> Rule:
    """A rule that has no check of its own; `about` is the fault in one line, then why and how to repair it."""
    fault, _, why = cleandoc(about).partition("\n\n")
    return Rule(level=level, code=code, name=name, fault=fault, why=why, **words)


def rule(level: Level, code: str, name: str, **words: Unpack[Words]) -> Callable[[Check], Rule]:
    """Make a rule of the check below it, whose docstring tells the fault in one line, then why and how to repair it.

    A check takes its subject, the case and, where it needs them, the reference data.
    """

    def of(check: Check) -> Rule:
        return replace(declared(level, code, name, check.__doc__ or "", **words), check=check)

    return of
