"""Convert quotes to product orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.operations.validate import RuleSet, ValidatedOrder, rulebook
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.product_order.profiles import TMF622_V4
from ordercli.resources.quote.quote import QuoteConverter, Terms
from ordercli.resources.registry import QUOTE
from ordercli.rulebook.selection import within

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.intake.record import Record
    from ordercli.settings import Settings


class QuoteConversion:
    """Converts quotes chunk after chunk; `converted` counts the orders that came out.

    Each order is handed to `write`, on a line of its own. The rules of orders are those of `settings`, in the profile
    tmf622-v4; reference data is not asked.
    """

    def __init__(self, settings: Settings, terms: Terms, write: Callable[[bytes], object]) -> None:
        rules = rulebook(settings, mode="sync", profile=TMF622_V4.name, only=PRODUCT_ORDER.name, lint=False)
        self._converter = QuoteConverter(terms, lambda order: rules.validate(order).findings)
        self._most_findings = rules.most_findings
        self._write = write
        self.converted = 0

    def validate_chunks(self, chunks: Iterator[tuple[list[Record], RuleSet]]) -> Iterator[list[ValidatedOrder]]:
        """Convert the quotes of each chunk, and return what was found in them."""
        return ([self._convert(record) for record in records] for records, _ in chunks)

    def _convert(self, record: Record) -> ValidatedOrder:
        order, findings, external_id = self._converter.convert_record(record)
        if order is not None:
            self._write(order + b"\n")
            self.converted += 1
        return ValidatedOrder(record, within(findings, self._most_findings), external_id, resource=QUOTE)
