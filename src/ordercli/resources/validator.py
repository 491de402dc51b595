"""A document goes in, a verdict comes out: its order, and everything that is wrong in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from ordercli.errors import UsageError
from ordercli.resources.product_order.context import NO_LIMITS, OrderCase, Terms
from ordercli.resources.product_order.lint import comes_out_the_same, lint_findings
from ordercli.resources.product_order.reading import SHAPES, other_kind, quick_order_reader, shaped
from ordercli.resources.product_order.rules.shape import OTHER_KIND
from ordercli.resources.product_order.values import given_currency, is_currency_code
from ordercli.resources.product_order.words import Profile
from ordercli.resources.registry import BY_CODE, RULES
from ordercli.rulebook.document import BYTE_ORDER_MARK, problem_finding, read
from ordercli.rulebook.findings import in_sequence
from ordercli.rulebook.rule import Finding, Level
from ordercli.rulebook.selection import Checks, Selection

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from ordercli.intake.record import Record
    from ordercli.resources.product_order.context import Limits, Mode
    from ordercli.resources.product_order.shapes import ProductOrder
    from ordercli.rulebook.selection import Reference

_HOPELESS = 10_000  # faults of shape
_MARK = b"\xef\xbb\xbf"
_NOWHERE: frozenset[str] = frozenset()


class Verdict(NamedTuple):
    """What the rules say of one document.

    `order` has the members that its shape knows, whichever form it was read in; it is None where the document cannot be
    read or is refused for its shape. `findings` stand in the order of the contract. `filled_currency` is the default
    currency, where the order named none and got it.
    """

    order: ProductOrder | None
    findings: list[Finding]
    filled_currency: str | None = None

    @property
    def refused(self) -> bool:
        """Whether there is an error among the findings."""
        return any(finding.severity == "error" for finding in self.findings)


class Rulebook:
    """The rules of one run; what can be decided before the first order is decided when the book is made.

    `select`, `ignore`, `severity` and `body_only` are those of a `Selection`. `reference` is handed to the rules that
    ask it.
    `most_findings` is how many should be told of one order; a verdict has them all.

    Raises:
        UsageError: The profile, the default currency, a code or a severity is none.
    """

    def __init__(
        self,
        profile: str = "servicenow",
        mode: str = "async",
        default_currency: str | None = None,
        limits: Limits = NO_LIMITS,
        *,
        lint: bool = False,
        select: Collection[str] = (),
        ignore: Collection[str] = (),
        severity: Mapping[str, str] | None = None,
        reference: Reference | None = None,
        body_only: bool = False,
    ) -> None:
        if profile not in get_args(Profile):
            raise UsageError(f"there is no profile {profile}")
        if default_currency is not None and not is_currency_code(default_currency):
            raise UsageError(f"the default currency must be three upper-case letters, not {default_currency}")
        self.profile = cast("Profile", profile)
        self.most_findings = limits.max_findings
        self._default_currency = default_currency
        self._terms = Terms(self.profile, cast("Mode", mode), limits)
        self._selection = Selection(RULES, self.profile, select, ignore, severity, lint=lint, body_only=body_only)
        self._checks = Checks(self._selection.rules, reference)
        self._lint = lint and not body_only
        self._quick = quick_order_reader(SHAPES[self.profile])

    @property
    def asks_reference(self) -> bool:
        """Whether any rule of the book looks something up in reference data."""
        return self._checks.asks_reference

    def judge(self, data: bytes) -> Verdict:
        """Read one document and look at it by every rule of the book."""
        quick = self._quick(data)
        if quick is not None:
            return self._verdict(quick[0], data, is_known=quick[1])
        if data.startswith(_MARK):
            return self._with_mark(self.judge(data.removeprefix(_MARK)))
        document = read(data)
        if isinstance(document, Finding):
            return Verdict(None, self._told([document]))
        if OTHER_KIND.code in self._selection.codes and (other := other_kind(document)):
            return Verdict(None, self._told([other]))
        order, faults = shaped(document, self.profile, self._is_enough)
        if order is None:
            return Verdict(None, self._told(faults))
        verdict = self._verdict(order, data, faults)
        refused = any(fault.severity == "error" for fault in self._selection.weighed(faults))
        return verdict._replace(order=None) if refused else verdict

    def judge_record(self, record: Record) -> Verdict:
        """Judge a document as it was cut out of its file, with what the cutting met."""
        if record.problem:
            verdict = Verdict(None, self._told([problem_finding(record.problem, record)]))
        else:
            verdict = self.judge(record.data)
        return self._with_mark(verdict) if record.byte_order_mark else verdict

    def _verdict(
        self, order: ProductOrder, data: bytes, faults: Sequence[Finding] = (), *, is_known: bool = False
    ) -> Verdict:
        places = frozenset(fault.pointer for fault in faults) if faults else _NOWHERE
        currency, filled = self._currency(order, places)
        findings = self._checks.findings(OrderCase(order, self._terms, currency, places, data))
        if self._lint and not (is_known and comes_out_the_same(data)):
            findings += lint_findings(data)
        if places:
            findings = [finding for finding in findings if not _is_hidden(finding, places)]
            findings += faults
        return Verdict(order, self._told(findings) if findings else findings, filled)

    def _is_enough(self, faults: Sequence[Finding]) -> bool:
        """Whether so much is wrong that nobody needs to hear of more, and the order is refused anyhow."""
        if len(faults) <= _HOPELESS:
            return False
        errors = sum(fault.severity == "error" for fault in self._selection.weighed(faults))
        return errors > max(_HOPELESS, self.most_findings)

    def _currency(self, order: ProductOrder, faults: Collection[str]) -> tuple[str | None, str | None]:
        """The currency of the order, and the default where that had to fill it; unknown where it is malformed."""
        given = given_currency(order.order_currency, order.currency_code)
        if "/orderCurrency" in faults or (given is None and "/currencyCode" in faults):
            return None, None
        return (given[1], None) if given else (self._default_currency, self._default_currency)

    def _with_mark(self, verdict: Verdict) -> Verdict:
        return verdict._replace(findings=self._told([BYTE_ORDER_MARK.finding(), *verdict.findings]))

    def _told(self, findings: Sequence[Finding]) -> list[Finding]:
        return in_sequence(self._selection.weighed(findings), BY_CODE)


def _is_hidden(finding: Finding, faults: Collection[str]) -> bool:
    """Whether a finding stands where the shape step named a fault, or below; the bytes of a document are no cascade."""
    if BY_CODE[finding.code].level is Level.BODY:
        return False
    place = finding.pointer
    while place and place not in faults:
        place = place.rpartition("/")[0]
    return bool(place)
