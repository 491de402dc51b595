"""How product specifications relate to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ordercli.reference.records import ProductSpecification

HAS_CHILD, HAS_PARENT = "HasChild", "HasParent"


def identity(specification: ProductSpecification) -> str:
    """What all versions of a specification share: its external id, or its id where it has none."""
    return specification.external_id or specification.id


def names(specification: ProductSpecification) -> list[str]:
    """The ids by which others can name a specification."""
    return [each for each in (specification.id, specification.external_id) if each]


def related_ids(specification: ProductSpecification, relationship_type: str) -> list[str]:
    """The ids that a specification names in relations of the type."""
    relations = specification.product_specification_relationship or ()
    return [each.id for each in relations if each and each.id and each.relationship_type == relationship_type]


def is_part_of(child: ProductSpecification, parent: ProductSpecification) -> bool:
    """Whether one of the two says that the child belongs to the parent: HasChild there, or HasParent here."""
    named_as_child = related_ids(parent, HAS_CHILD)
    named_as_parent = related_ids(child, HAS_PARENT)
    return any(name in named_as_child for name in names(child)) or any(
        name in named_as_parent for name in names(parent)
    )
