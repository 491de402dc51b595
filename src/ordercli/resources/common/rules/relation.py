"""Rules for the relations between the line items of an order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.resources.common.values import ValidationContext
from ordercli.rulebook.rule import INVALID_FIELD, Broken, Level, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ordercli.resources.common.protocols import Item, Order, Relationship
    from ordercli.resources.common.values import Line

_CHILD, _ALONE = "/productOrderItem/1", "/productOrderItem/2"
_SHOWN = 5
_TABLE = "ServiceNow Product Order Open API, POST /order/productOrder, table 45"
_PARENTS = f"{_TABLE}, productOrderItemRelationship"


def _duplicate_item_id(_order: Order, context: ValidationContext) -> Broken:
    duplicates = (line for line in context.lines if (first := context.ids.get(line.item.id)) and first is not line)
    return [(f"{line.pointer}/id", {"id": line.item.id}) for line in duplicates]


DUPLICATE_ITEM_ID = Rule(
    level=Level.RELATION,
    code="ORD201",
    name="duplicate-item-id",
    about="""Two line items have the same id.

    Relationships, patches and work notes could not tell them apart. Give each line item an id of its own.
    """,
    says="Another line item has the id {id} already",
    source=_TABLE,
    bad={"/productOrderItem/2/id": "20"},
    good={"/productOrderItem/2/id": "30"},
    error=INVALID_FIELD,
    may_break=ValidationContext.has_doubtful_relations,
    check=_duplicate_item_id,
)


def _unknown_related_item(_order: Order, context: ValidationContext) -> Broken:
    if context.related <= context.ids.keys() or any(line.item.id is None for line in context.lines):
        return False
    return [
        (f"{pointer}{relation.id_at}", {"id": relation.id})
        for _line, pointer, relation in _relations(context)
        if relation.id and relation.id not in context.ids
    ]


UNKNOWN_RELATED_ITEM = Rule(
    level=Level.RELATION,
    code="ORD202",
    name="unknown-related-item",
    about="""A relationship names a line item that is not in the order.

    A relationship of any type joins two line items of the same order. Correct the id, add the line item, or remove the
    relationship. Name a product that was ordered earlier in `product.productRelationship`.
    """,
    says="The order has no line item {id}",
    source=_TABLE,
    bad={f"{_ALONE}/productOrderItemRelationship": [{"id": "40", "relationshipType": "Requires"}]},
    good={f"{_ALONE}/productOrderItemRelationship": [{"id": "20", "relationshipType": "Requires"}]},
    error=INVALID_FIELD,
    may_break=ValidationContext.has_doubtful_relations,
    check=_unknown_related_item,
)


def _relationship_not_mirrored(_order: Order, context: ValidationContext) -> Broken:
    if context.has_child == context.has_parent:
        return False
    if any(context.lines[0].item.relationships_at in fault for fault in context.faults):
        return False
    return list(_one_sided(context))


RELATIONSHIP_NOT_MIRRORED = Rule(
    level=Level.RELATION,
    code="ORD203",
    name="relationship-not-mirrored",
    about="""A parent names its child, or a child its parent, but the other one does not.

    The relationship counts anyway, but a program that reads only one side would miss it. Give it on both sides.
    """,
    says="Line item {other} does not say {mirror} {id}",
    source=_PARENTS,
    severity="warning",
    bad={f"{_CHILD}/productOrderItemRelationship": None},
    good={f"{_CHILD}/productOrderItemRelationship": [{"id": "10", "relationshipType": "HasParent"}]},
    error=INVALID_FIELD,
    may_break=ValidationContext.has_doubtful_relations,
    check=_relationship_not_mirrored,
)


def _one_sided(context: ValidationContext) -> Iterator[tuple[str, Mapping[str, str]]]:
    only_parent_says = context.has_child - context.has_parent
    only_child_says = context.has_parent - context.has_child
    for line, pointer, relation in _relations(context):
        own, other, kind = line.item.id, relation.id, relation.relationship_type
        if own == other:
            continue  # its own ancestor, see ORD204
        if kind == "HasChild" and (own, other) in only_parent_says:
            yield pointer, {"other": other, "mirror": "HasParent", "id": own}
        if kind == "HasParent" and (other, own) in only_child_says:
            yield pointer, {"other": other, "mirror": "HasChild", "id": own}


def _relations(
    context: ValidationContext,
) -> Iterator[tuple[Line[Item], str, Relationship]]:
    for line in context.lines:
        for n, relation in enumerate(line.item.product_order_item_relationship or ()):
            yield line, f"{line.pointer}{line.item.relationships_at}/{n}", relation


def _relationship_cycle(_order: Order, context: ValidationContext) -> Broken:
    return [(_relations_of(context, name), {"id": name}) for name in dict.fromkeys(_circles(context))]


RELATIONSHIP_CYCLE = Rule(
    level=Level.RELATION,
    code="ORD204",
    name="relationship-cycle",
    about="""A line item is its own ancestor.

    A program that builds the product from the top down would never finish. The place is the line item at which the
    circle closes. Remove one of the relationships of the circle.
    """,
    says="Line item {id} is its own ancestor",
    source=_PARENTS,
    bad={f"{_ALONE}/productOrderItemRelationship": [{"id": "30", "relationshipType": "HasChild"}]},
    good={f"{_ALONE}/productOrderItemRelationship": [{"id": "30", "relationshipType": "Requires"}]},
    error=INVALID_FIELD,
    may_break=ValidationContext.has_doubtful_relations,
    check=_relationship_cycle,
)


def _circles(context: ValidationContext) -> Iterator[str]:
    """Yield the ids at which a walk from parent to child comes back to its path; each line is entered once."""
    children: dict[str, list[str]] = {}
    for parent, child in sorted(context.pairs):
        children.setdefault(parent, []).append(child)
    left: set[str] = set()
    for root in context.ids:
        path, on_path = [(root, iter(children.get(root, ())))], {root}
        while path and root not in left:
            here, below = path[-1]
            for child in below:
                if child in on_path:
                    yield child
                elif child not in left:
                    path.append((child, iter(children.get(child, ()))))
                    on_path.add(child)
                    break
            else:
                path.pop()
                on_path.remove(here)
                left.add(here)


def _several_parents(_order: Order, context: ValidationContext) -> Broken:
    parents: dict[str, list[str]] = {}
    for parent, child in sorted(context.pairs):
        if parent != child:
            parents.setdefault(child, []).append(parent)
    return [
        (_relations_of(context, child), {"id": child, "parents": _first_of(names)})
        for child, names in parents.items()
        if len(names) > 1
    ]


SEVERAL_PARENTS = Rule(
    level=Level.RELATION,
    code="ORD205",
    name="several-parents",
    about="""A line item has more than one parent.

    A line item is stored under one parent, and a product is part of one other product. Keep the relationship that is
    right.
    """,
    says="Line item {id} has several parents: {parents}",
    source=_PARENTS,
    bad={
        f"{_ALONE}/productOrderItemRelationship": [{"id": "20", "relationshipType": "HasChild"}],
        f"{_CHILD}/productOrderItemRelationship": [
            {"id": "10", "relationshipType": "HasParent"},
            {"id": "30", "relationshipType": "HasParent"},
        ],
    },
    good={f"{_CHILD}/productOrderItemRelationship": [{"id": "10", "relationshipType": "HasParent"}]},
    error=INVALID_FIELD,
    may_break=ValidationContext.has_doubtful_relations,
    check=_several_parents,
)


def _first_of(names: list[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")


def _relations_of(context: ValidationContext, name: str) -> str:
    line = context.ids[name]
    return f"{line.pointer}{line.item.relationships_at}"
