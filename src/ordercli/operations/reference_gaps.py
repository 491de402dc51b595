"""Find the rules that do not apply to orders because loaded records of reference data lack what they need."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from msgspec import Meta

from ordercli.reference.records import ProductSpecification, Record, ServiceSpecification
from ordercli.resources.common.rules.catalogue import (
    INVALID_CHARACTERISTIC_VALUE,
    SPECIFICATION_VERSION_MISMATCH,
    UNKNOWN_CHARACTERISTIC,
)
from ordercli.resources.common.rules.references import SOLD_PRODUCT_INACTIVE
from ordercli.resources.product_order.rules.product_orders import SPECIFICATION_NOT_IN_OFFERING
from ordercli.result_types import Code, Count, Result
from ordercli.rulebook.rule import Rule


class Gap(NamedTuple):
    """Something that records of a type may lack, and the rules that then do not apply."""

    type: str
    lacks: str
    rules: tuple[Rule, ...]
    is_in: Callable[[Any], bool]


def _has_free_characteristic(specification: ProductSpecification | ServiceSpecification) -> bool:
    return any(
        each and each.name and not (each.values or each.regex or each.extensible)
        for each in specification.characteristics or ()
    )


GAPS = (
    Gap(
        "ProductSpecification",
        "characteristics",
        (UNKNOWN_CHARACTERISTIC, INVALID_CHARACTERISTIC_VALUE),
        lambda record: record.characteristics is None,
    ),
    Gap(
        "ProductSpecification",
        "values of some characteristics",
        (INVALID_CHARACTERISTIC_VALUE,),
        _has_free_characteristic,
    ),
    Gap(
        "ProductOffering",
        "a specification",
        (SPECIFICATION_NOT_IN_OFFERING,),
        lambda record: not (record.product_specification and record.product_specification.id),
    ),
    Gap("Product", "a status", (SOLD_PRODUCT_INACTIVE,), lambda record: record.status is None),
    Gap(
        "Product",
        "a specification",
        (SPECIFICATION_VERSION_MISMATCH,),
        lambda record: record.product_specification is None,
    ),
    Gap(
        "ServiceSpecification",
        "characteristics",
        (UNKNOWN_CHARACTERISTIC, INVALID_CHARACTERISTIC_VALUE),
        lambda record: record.characteristics is None,
    ),
    Gap(
        "ServiceSpecification",
        "values of some characteristics",
        (INVALID_CHARACTERISTIC_VALUE,),
        _has_free_characteristic,
    ),
    Gap("Service", "a state", (SOLD_PRODUCT_INACTIVE,), lambda record: record.state is None),
    Gap(
        "Service",
        "a specification",
        (SPECIFICATION_VERSION_MISMATCH,),
        lambda record: record.service_specification is None,
    ),
)
_BY_TYPE = {name: tuple(gap for gap in GAPS if gap.type == name) for name in {gap.type for gap in GAPS}}


class RecordsWithGap(Result):
    """How many loaded records lack something, and the rules that do not apply to orders that refer to them."""

    type: str
    lacks: Annotated[str, Meta(description="what the records do not have, in words")]
    count: Count
    rules: list[Code]


class GapCounter:
    """Count the gaps of the records of one import."""

    def __init__(self) -> None:
        self._counts: Counter[Gap] = Counter()

    def add(self, record: Record) -> None:
        """Count the gaps of a record that will be loaded."""
        for gap in _gaps(record):
            self._counts[gap] += 1

    def remove(self, record: Record) -> None:
        """Take back the gaps of a record that was refused later."""
        for gap in _gaps(record):
            self._counts[gap] -= 1

    def found(self) -> list[RecordsWithGap]:
        """Return the gaps that were found."""
        return [
            RecordsWithGap(gap.type, gap.lacks, count, [rule.code for rule in gap.rules])
            for gap in GAPS
            if (count := self._counts[gap])
        ]


def _gaps(record: Record) -> list[Gap]:
    return [gap for gap in _BY_TYPE.get(type(record).__name__, ()) if gap.is_in(record)]
