"""Whoever judges tells reference data first what the orders name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.operations.revalidate import Revalidation
from ordercli.operations.validate import named_records, rulebook, validate_records
from ordercli.queue.claims import Claimed
from ordercli.queue.entries import digest
from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.settings import Settings
from support.builders import encoded, line, product_order, record
from support.records import offering, specification

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.reference.lookup import Name

ORDER = product_order(items=[line()], relatedParty=[])
NAMED = [("ProductOffering", "fiber"), ("ProductSpecification", "access")]
SETTINGS = Settings()


class CountedRecords(HeldRecords):
    """Remembers what it was told that orders name."""

    def __init__(self) -> None:
        super().__init__(offering("fiber", "access"), specification("access"))
        self.text: list[Name] = []

    def look_ahead(self, names: Iterable[Name]) -> None:
        self.text += names


@pytest.mark.parametrize(("ignore", "text"), [((), NAMED * 2), (("ORD3",), [])])
def test_a_batch_is_announced_before_it_is_validated_by_rules_that_look_up(
    ignore: tuple[str, ...], text: list[Name]
) -> None:
    records = CountedRecords()
    reference = ReferenceData(records)
    settings = SETTINGS._replace(validation=SETTINGS.validation._replace(ignore=ignore))

    validate_records([record(ORDER), record(ORDER)], rulebook(settings, mode="async", reference=reference), reference)

    assert records.text == text


def test_a_claim_is_announced_before_it_is_validated_again() -> None:
    records = CountedRecords()
    body = encoded(ORDER)
    entry = Claimed(1, "0" * 32, None, "default", "servicenow", None, 1, "1" * 32, digest(body), body)

    Revalidation(SETTINGS, ReferenceData(records)).look_ahead([entry])

    assert records.text == NAMED


def test_what_service_orders_name_is_told_in_both_profiles() -> None:
    specification_ref, inner = {"id": "access"}, {"service": {"serviceSpecification": {"id": "inner"}}}
    servicenow = {"service": {"id": "s-1", "serviceSpecification": specification_ref}, "place": {"id": "p-1"}}
    nested = {"service": {"id": "s-2", "place": [{"id": "p-2"}, None]}, "serviceOrderItem": [inner, None]}
    party = {"id": "c-1", "@referredType": "Consumer"}

    named = list(named_records([encoded({"serviceOrderItem": [servicenow, nested], "relatedParty": [party]})]))

    assert named == [
        ("Consumer", "c-1"),
        ("ServiceSpecification", "access"),
        ("Service", "s-1"),
        ("Product", "s-1"),
        ("Place", "p-1"),
        ("Service", "s-2"),
        ("Product", "s-2"),
        ("Place", "p-2"),
        ("ServiceSpecification", "inner"),
    ]
