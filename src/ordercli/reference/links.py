"""What a record points at."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ordercli.reference.records import Product, ProductOffering, ProductSpecification

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.reference.records import Record, Ref, Related


class Link(NamedTuple):
    """A reference to another record: type, id or external id, and the JSON pointer of that id."""

    type: str
    name: str
    pointer: str


def links(record: Record) -> Iterator[Link]:
    """The references of a record that rules follow."""
    if isinstance(record, ProductOffering | Product) and record.product_specification:
        yield from _links("ProductSpecification", "/productSpecification", [record.product_specification], listed=False)
    if isinstance(record, ProductOffering):
        yield from _links("ProductOffering", "/bundledProductOffering", record.bundled_product_offering or ())
    if isinstance(record, ProductSpecification):
        related = record.product_specification_relationship or ()
        yield from _links("ProductSpecification", "/productSpecificationRelationship", related)


def _links(
    record_type: str, pointer: str, references: Iterable[Ref | Related | None], *, listed: bool = True
) -> Iterator[Link]:
    for n, each in enumerate(references):
        if each and each.id:
            yield Link(record_type, each.id, f"{pointer}/{n}/id" if listed else f"{pointer}/id")
