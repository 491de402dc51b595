"""Read a quote, and convert it to a product order that the rules of TMF622 v4 accept, or say why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from ordercli.resources.common.lint import repeated_names
from ordercli.resources.common.reading import quick_reader, shaped_as
from ordercli.resources.product_order.profiles import TMF622_V4
from ordercli.resources.product_order.rulebook import RULEBOOK
from ordercli.resources.quote.case import quote_case
from ordercli.resources.quote.convert import Additions, convert, default_external_id
from ordercli.resources.quote.rules import BY_CODE, MISSING, RULES
from ordercli.resources.quote.shapes import Quote
from ordercli.rulebook.document import BYTE_ORDER_MARK, problem_finding, read
from ordercli.rulebook.rule import Checks, Finding
from ordercli.rulebook.selection import in_sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from ordercli.intake.record import Record

# The words of quotes where they differ from those of an order.
_WORDS = replace(TMF622_V4, actions={**TMF622_V4.actions, "remove": "delete"})
_BY_CODE = {**RULEBOOK.by_code, **BY_CODE}
_read_quickly = quick_reader(Quote)
_CHECKS = Checks(RULES)


class Terms(NamedTuple):
    """What holds for every quote of a run: the time, whether approved quotes count, and what is added to orders."""

    now: datetime
    approved_too: bool = False
    additions: Additions = Additions()


class Conversion(NamedTuple):
    """What became of a quote: the order, on one line, or None if an error is among the findings."""

    order: bytes | None
    findings: list[Finding]
    external_id: str | None = None


class QuoteConverter:
    """Converts quotes.

    `order_rules` returns the findings of the rules in an order that came out; each is reported at its place
    in the quote.
    """

    def __init__(self, terms: Terms, order_rules: Callable[[bytes], Sequence[Finding]]) -> None:
        self._terms = terms
        self._order_rules = order_rules

    def convert_record(self, record: Record) -> Conversion:
        """Convert a record of a file, and report the problem that was met while reading it."""
        if record.problem:
            return Conversion(None, [problem_finding(record.problem, record)])
        converted = self.convert(record.data)
        if record.byte_order_mark:
            return converted._replace(findings=[BYTE_ORDER_MARK.finding(), *converted.findings])
        return converted

    def convert(self, data: bytes) -> Conversion:
        """Convert one document."""
        quote, faults = _shaped(data)
        if quote is None:
            return Conversion(None, list(faults))
        places = frozenset(each.pointer for each in faults)
        terms = self._terms
        case = quote_case(quote, terms.now, approved_too=terms.approved_too, faults=places)
        findings = [*faults, *_not_hidden(_CHECKS.findings(case), places), *repeated_names(data)]
        external_id = quote.external_id or (default_external_id(quote.id, quote.version) if quote.id else None)
        if faults:
            return Conversion(None, in_sequence(findings, _BY_CODE), external_id)
        converted = convert(data, case, terms.additions)
        refused = frozenset(each.pointer for each in findings if each.severity == "error")
        of_order = [each._replace(pointer=converted.place(each.pointer)) for each in self._order_rules(converted.order)]
        findings += [*converted.findings, *(each for each in of_order if each.pointer not in refused)]
        is_refused = any(each.severity == "error" for each in findings)
        return Conversion(None if is_refused else converted.order, in_sequence(findings, _BY_CODE), external_id)


def _shaped(data: bytes) -> tuple[Any, Sequence[Finding]]:
    """Return the quote in a document, and what is wrong with its shape; None if the document cannot be read."""
    if (quote := _read_quickly(data)) is not None:
        return quote, ()
    document = read(data)
    if isinstance(document, Finding):
        return None, [document]
    return shaped_as(Quote, document, _WORDS, missing=MISSING)


def _not_hidden(findings: Sequence[Finding], places: Collection[str]) -> list[Finding]:
    """Return the findings that do not stand at one of the places, or below it."""
    return [each for each in findings if not _is_at(each.pointer, places)]


def _is_at(pointer: str, places: Collection[str]) -> bool:
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return bool(pointer)
