"""What a rule is, and how rules are applied to an order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from functools import lru_cache
from inspect import cleandoc
from typing import Any, Literal, NamedTuple, Protocol

from msgspec import Struct

Severity = Literal["error", "warning"]
Applicability = Literal["safe", "maybe"]


class Suggestion(NamedTuple):
    """What was probably meant, and whether it can be applied unseen.

    `safe` is another spelling of the same word, or the only near word of a closed list; `maybe` has to be confirmed.
    """

    text: str
    applicability: Applicability


# Many orders of a file have the same wrong word, and comparing words is slow.
_NEAR_WORDS = 256


def near_word(word: str, known: Iterable[str], least_ratio: float = 0.6) -> Suggestion | None:
    """Return the most similar known word, which is safe if no other one is similar; None if none is."""
    return _near_word(word, tuple(known), least_ratio)


@lru_cache(_NEAR_WORDS)
def _near_word(word: str, known: tuple[str, ...], least_ratio: float) -> Suggestion | None:
    from difflib import get_close_matches  # most words are known

    alike = get_close_matches(word, known, n=2, cutoff=least_ratio)
    return Suggestion(alike[0], "maybe" if alike[1:] else "safe") if alike else None


class Finding(NamedTuple):
    """A broken rule at a place.

    `pointer` is an RFC 6901 JSON pointer into the order ("" is the whole document). `line` and `column`, counted from 1
    in the document, are set only by the rules that find a place while reading it (ORD001, ORD002, ORD005, ORD007); all
    other places are computed from the pointer when they are needed. `named` is the id that the finding is about, if the
    message has a fixed text without it. `applicability` is that of the suggestion, if there is one.
    """

    code: str
    severity: Severity
    pointer: str
    message: str
    suggestion: str | None = None
    line: int | None = None
    column: int | None = None
    named: str | None = None
    applicability: Applicability | None = None


# The result of a check: whether its place breaks the rule, or the places that do, as pointers below its subject. A
# place may have values for the placeholders of the message (`suggestion` and `named` go to the finding).
Broken = bool | Collection[str | tuple[str, Mapping[str, Any]]]
Check = Callable[..., Broken]
# Takes the validation context of an order, and the reference data if there is any.
MayBreak = Callable[[Any, Any], bool]


class TextEdit(NamedTuple):
    """A change in the bytes of the good order, for faults that no JSON value can show."""

    old: bytes
    new: bytes


# An example: edits of the good order (JSON pointer to value, None removes the member), a change in its bytes, or the
# whole document.
Example = Mapping[str, Any] | TextEdit | bytes


class ErrorReason(NamedTuple):
    """`code` and `reason` of an error body (TMF630); without words, the message is the reason."""

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
    """The subject that a check is given. Findings are reported in the order of the levels."""

    BODY = 0  # no subject: these faults are found while the document is read
    ORDER = 1  # the order
    ITEM = 2  # each line item
    RELATION = 3  # the order
    PARTY = 4  # the parties of the order, as a list
    CURRENCY = 5  # the order


class Rule(Struct, frozen=True, kw_only=True, eq=False):
    """One rule. The documentation, `explain` and SARIF print its texts.

    `about` has one line that names the fault, then a paragraph on why it matters and how to repair it (Markdown). `at`
    is the place of the fault below the subject of `check`; `says` is the message, with placeholders in braces. `bad`
    breaks this rule alone and `good` breaks none, with these `options`. If the edits of `bad` are no fault in TMF622
    v5, `bad_v5` has the edits of the good order of v5. The rule applies in `profiles`, or in all if there are none. In
    those of `warns_in` it is off by default, and a warning if it is selected. A check takes its subject, the validation
    context and, if `asks_reference`, the reference data. An indispensable rule can be neither ignored nor made a
    warning: without it there is no order to check. `check` is None if the fault is found while the document is read, or
    by another part of the program. `details` are further messages by name. `error` is the code and reason of an error
    body. `refuses_as` is the outcome of a request that breaks the rule. `is_about_key`: the name of the member is
    wrong, not its value. `is_work_note`: an accepted order keeps the message at its line item. `missing` is the field,
    with its object, whose absence the shape step reports by this rule. `unless` is a setting that switches the rule
    off.

    `may_break` is for speed: it looks at a whole order at once, and returns False only where `check` would find
    nothing. Then the check is not called, nor those of the rules that share the function. It must do without members
    that an order with a wrong shape lacks.
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
    bad_v5: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = {}
    check: Check | None = None
    may_break: MayBreak | None = None
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

    def finding(self, pointer: str = "", /, **values: Any) -> Finding:
        """Return the finding of this rule at a place; `values` fill the placeholders of the message.

        `suggestion`, `line`, `column`, `named` and `severity` are set on the finding itself; without a severity it has
        that of the rule. `detail` is the name of the text in `details` that becomes the message. `suggestion` is a
        `Suggestion` or None.
        """
        place: dict[str, Any] = {name: values.pop(name) for name in ("line", "column", "named") if name in values}
        if suggestion := values.pop("suggestion", None):
            place["suggestion"], place["applicability"] = suggestion
        severity = values.pop("severity", self.severity)
        says = self.details[values["detail"]] if "detail" in values else self.says
        return Finding(self.code, severity, pointer, says.format_map(values), **place)


def by_code(rules: Iterable[Rule]) -> dict[str, Rule]:
    """Return rules by their code."""
    return {rule.code: rule for rule in rules}


# A rule whose check is called, and whether that takes the reference data. Plain tuples are taken apart fastest.
_Asked = tuple[Rule, Check, bool]
# The rules about one subject, by their `may_break`.
_Grouped = dict[MayBreak | None, list[_Asked]]
_Hit = tuple[Rule, Broken]


class Case(Protocol):
    """One order of any kind, with its line items and the pointers at which it has a wrong shape."""

    order: Any
    lines: Any
    faults: Collection[str]
    filled_currency: str | None


class Reference(Protocol):
    """The reference data that checks use."""

    def order_validated(self) -> None:
        """Forget what was looked up for one order."""


class Checks:
    """The checks of some rules, grouped by subject; those that need reference data are left out if there is none."""

    def __init__(self, rules: Iterable[Rule], reference: Reference | None = None) -> None:
        self.asks_reference = False
        self._reference = reference
        self._of_order: _Grouped = {}
        self._of_item: _Grouped = {}
        self._of_parties: _Grouped = {}
        levels = {Level.ITEM: self._of_item, Level.PARTY: self._of_parties}
        for rule in rules:
            if rule.check and (reference is not None or not rule.asks_reference):
                self.asks_reference |= rule.asks_reference
                grouped = levels.get(rule.level, self._of_order)
                grouped.setdefault(rule.may_break, []).append((rule, rule.check, rule.asks_reference))

    def findings(self, case: Case) -> list[Finding]:
        """Return the findings in an order, unsorted."""
        found = _findings(self._hits(self._left(self._of_order, case), case.order, case), "")
        if asked := self._left(self._of_item, case):
            for line in case.lines:
                if hits := self._hits(asked, line.item, case):
                    found += _findings(hits, line.pointer)
        if parties := case.order.related_party:
            found += _findings(self._hits(self._left(self._of_parties, case), parties, case), "/relatedParty")
        if self._reference is not None:
            self._reference.order_validated()
        return found

    def _left(self, grouped: _Grouped, case: Case) -> list[_Asked]:
        """Return the rules that the order may break."""
        left: list[_Asked] = []
        for may_break, asked in grouped.items():
            if may_break is None or may_break(case, self._reference):
                left += asked
        return left

    def _hits(self, asked: list[_Asked], subject: Any, case: Case) -> list[_Hit]:  # noqa: ANN401 - by level
        hits: list[_Hit] = []
        for rule, check, asks_reference in asked:
            try:
                broken = check(subject, case, self._reference) if asks_reference else check(subject, case)
            except (AttributeError, KeyError):
                # The shape step removed the member that the check needs, and has reported it.
                if not case.faults:
                    raise
            else:
                if broken:
                    hits.append((rule, broken))
        return hits


def _findings(hits: list[_Hit], pointer: str) -> list[Finding]:
    return [finding for rule, broken in hits for finding in _findings_of(rule, pointer + rule.at, broken)]


def _findings_of(rule: Rule, place: str, broken: Broken) -> Iterator[Finding]:
    for each in broken if not isinstance(broken, bool) else [""]:
        if isinstance(each, str):
            yield rule.finding(place + each)
        else:
            yield rule.finding(place + each[0], **each[1])
