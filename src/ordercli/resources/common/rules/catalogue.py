"""Rules for how the parts of an order fit together by the catalogue: offering, specification, versions, values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.intake.json_text import is_blank, shown_value
from ordercli.resources.common.rules.references import names_product
from ordercli.resources.common.values import product_of
from ordercli.resources.common.words import CANONICAL_ACTIONS
from ordercli.rulebook.rule import INVALID_FIELD, Broken, Level, Rule

if TYPE_CHECKING:
    from ordercli.reference.lookup import ReferenceData
    from ordercli.resources.common.protocols import Item, Order
    from ordercli.resources.common.values import ValidationContext

_LINE, _CHILD = "/productOrderItem/0", "/productOrderItem/1"
_SPECIFICATION = "/product/productSpecification"
_CHARACTERISTICS = "/product/productCharacteristic"
_RELATIONS = "TMF620 v4.1.0, ProductSpecificationRelationship"
_NOTES = "ServiceNow Product Order Open API, POST /order/productOrder, table 48, status code 201"


def _specification_version_mismatch(item: Item, _: ValidationContext, reference: ReferenceData) -> Broken:
    if CANONICAL_ACTIONS.get(item.action) != "change":
        return False
    product = reference.product(product_of(item).id)
    installed = product.product_specification if product else None
    named = _specification_ref(item)
    if installed is None or named is None or reference.ordered[item].unmatched_specification:
        return False
    for member, given, known in (
        ("internalVersion", named.internal_version, installed.internal_version),
        ("version", named.version, installed.version),
    ):
        if given and known:
            return [(f"/{member}", {"given": given, "known": known})] if given != known else False
    return False


SPECIFICATION_VERSION_MISMATCH = Rule(
    level=Level.ITEM,
    code="ORD312",
    name="specification-version-mismatch",
    about="""A line item changes a product and names another version of its specification than the inventory has.

    The rule applies if `orders.allow_spec_version_update_in_change_order` is false. If it is true, creating the order
    sets the inventory to that version. `internalVersion` is compared if both sides have it, else `version`. Name the
    installed version, or upgrade the product first.
    """,
    at=_SPECIFICATION,
    says="Specification version {given} differs from version {known} of the product inventory",
    source="ServiceNow Product Order Open API, POST /order/productOrder, table 45, productSpecification",
    bad={f"{_LINE}/action": "change", f"{_LINE}/product/id": "inventory-4713"},
    good={f"{_LINE}/action": "change", f"{_LINE}/product/id": "inventory-4711"},
    asks_reference=True,
    error=INVALID_FIELD,
    unless="orders.allow_spec_version_update_in_change_order",
    may_break=names_product,
    check=_specification_version_mismatch,
)


def _specifications_not_related(_order: Order, context: ValidationContext, reference: ReferenceData) -> Broken:
    if not context.pairs or not reference.relates_specifications:
        return False
    unrelated = []
    ids, ordered = context.ids, reference.ordered
    for parent_id, child_id in context.pairs:
        parent_line, child_line = ids[parent_id], ids[child_id]
        parent = ordered[parent_line.item].specification
        child = ordered[child_line.item].specification
        if parent_id != child_id and parent and child and not reference.is_part_of(child, parent):
            names = {"child": _specification_ref(child_line.item), "parent": _specification_ref(parent_line.item)}
            place = f"{child_line.pointer}{child_line.item.specification_at}/id"
            unrelated.append((place, {name: each.id for name, each in names.items()}))
    return unrelated


SPECIFICATIONS_NOT_RELATED = Rule(
    level=Level.RELATION,
    code="ORD313",
    name="specifications-not-related",
    about="""A line item is the child of another, but in the catalogue its specification is not part of the other's.

    The parent's specification must name the child's with HasChild, or the child's must name the parent's with
    HasParent. The rule applies as soon as the catalogue has such relationships. Put the line item below the right
    parent.
    """,
    says="Product specification {child} is not part of {parent}, the specification of the parent line item",
    source=_RELATIONS,
    bad={f"{_CHILD}/product/productSpecification/id": "fibre-access", f"{_CHILD}/product/productCharacteristic": None},
    good={f"{_CHILD}/product/productSpecification/id": "wifi-router"},
    asks_reference=True,
    error=INVALID_FIELD,
    check=_specifications_not_related,
)


def _specification_ref(item: Item) -> Any:  # the reference of either profile
    return product_of(item).product_specification


def _has_other_characteristic(context: ValidationContext, reference: ReferenceData) -> bool:
    """Return whether any characteristic, or its value, is not listed in the specification of its line item."""
    ordered = reference.ordered
    try:
        for line in context.lines:
            given = product_of(line.item).product_characteristic
            known = ordered[line.item].characteristics if given else None
            if known is not None:
                for each in given:
                    allowed = known.get(each.name)
                    if allowed is None or each.value not in allowed.texts:
                        return True
    except TypeError:  # a list or an object, which no set holds
        return True
    return False


def _unknown_characteristic(item: Item, _: ValidationContext, reference: ReferenceData) -> Broken:
    given = product_of(item).product_characteristic
    known = reference.ordered[item].characteristics if given else None
    if known is None:
        return False
    return [
        (f"/{n}/name", {"name": name, "specification": _specification_named(item)})
        for n, each in enumerate(given)
        if (name := each.name) and name not in known and not is_blank(name)
    ]


def _specification_named(item: Item) -> str:
    named = _specification_ref(item)
    return str(named.name or named.id)


UNKNOWN_CHARACTERISTIC = Rule(
    level=Level.ITEM,
    code="ORD320",
    name="unknown-characteristic",
    about="""A line item has a characteristic that its specification does not have.

    The order is created, and the message becomes a work note of the line item. A specification record that lists no
    characteristics allows all of them.
    """,
    at=_CHARACTERISTICS,
    says="The following Order Item characteristics does not exist: Review specification {name} and correct the"
    " characteristic and characteristic option in the order line item prior to approving the order.",
    source=_NOTES,
    severity="warning",
    bad={f"{_CHILD}{_CHARACTERISTICS}/0": {"name": "Flavour", "value": "white"}},
    good={f"{_CHILD}{_CHARACTERISTICS}/0": {"name": "Colour", "value": "white"}},
    asks_reference=True,
    error=INVALID_FIELD,
    is_work_note=True,
    may_break=_has_other_characteristic,
    check=_unknown_characteristic,
)


def _invalid_characteristic_value(item: Item, context: ValidationContext, reference: ReferenceData) -> Broken:
    given = product_of(item).product_characteristic
    known = reference.ordered[item].characteristics if given else None
    if known is None or getattr(context.order, "disable_char_value_validation", None) is True:
        return False
    return [
        (f"/{n}/value", {"name": each.name, "value": shown_value(value)})
        for n, each in enumerate(given)
        if (allowed := known.get(each.name)) and (value := each.value) is not None and not allowed.allow(value)
    ]


INVALID_CHARACTERISTIC_VALUE = Rule(
    level=Level.ITEM,
    code="ORD321",
    name="invalid-characteristic-value",
    about="""A line item gives a characteristic a value that its specification does not allow.

    The order is created, and the message becomes a work note of the line item. Ranges of numbers are supported. Any
    value is allowed if the specification lists no values or calls them extensible. An order of profile servicenow with
    `disableCharValueValidation: true` is not checked.
    """,
    at=_CHARACTERISTICS,
    says="Order Item characteristic: {name} with characteristic value: {value} is invalid. Correct the characteristic"
    " values before approving the order.",
    source=_NOTES,
    severity="warning",
    bad={f"{_CHILD}{_CHARACTERISTICS}/0": {"name": "Colour", "value": "mauve"}},
    good={f"{_CHILD}{_CHARACTERISTICS}/0": {"name": "Colour", "value": "black"}},
    asks_reference=True,
    error=INVALID_FIELD,
    is_work_note=True,
    may_break=_has_other_characteristic,
    check=_invalid_characteristic_value,
)
