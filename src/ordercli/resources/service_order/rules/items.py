"""Rules for the line items of a service order, and for the relations between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from ordercli.resources.common.rules import order as common_order
from ordercli.resources.common.rules import relation, shape
from ordercli.resources.common.words import ONLY_SERVICENOW
from ordercli.resources.service_order.rules.order import ERRORS, LINE, PAGE, STANDARD_TOO

if TYPE_CHECKING:
    from ordercli.resources.common.values import ValidationContext
    from ordercli.resources.service_order.shapes import ServiceOrderItem
    from ordercli.rulebook.rule import Broken

_CHILD, _ALONE = "/serviceOrderItem/1", "/serviceOrderItem/2"
_RELATIONS = f"{PAGE}, serviceOrderItem.orderRelationship"

SERVICE_ORDER_ITEM_MISSING = replace(
    shape.PRODUCT_ORDER_ITEM_MISSING,
    name="service-order-item-missing",
    says="Invalid payload: serviceOrderItem missing.",
    source=STANDARD_TOO,
    bad={"/serviceOrderItem": None},
    missing="serviceOrderItem",
)
SERVICE_ORDER_ITEM_ID_MISSING = replace(
    shape.PRODUCT_ORDER_ITEM_ID_MISSING,
    name="service-order-item-id-missing",
    says="Invalid payload: serviceOrderItem ID is missing.",
    source=STANDARD_TOO,
    bad={f"{LINE}/id": None},
    good={f"{LINE}/id": "10"},
    missing="serviceOrderItem.id",
)
SERVICE_ORDER_ITEM_ACTION_MISSING = replace(
    shape.PRODUCT_ORDER_ITEM_ACTION_MISSING,
    name="service-order-item-action-missing",
    about="""A line item has no action.

    Give `action`: add, change, delete, no-change, resume or suspend (tmf641: add, delete, modify, noChange).
    """,
    says="Invalid payload: serviceOrderItem action is missing.",
    source=STANDARD_TOO,
    bad={f"{LINE}/action": None},
    good={f"{LINE}/action": "add"},
    missing="serviceOrderItem.action",
)
SERVICE_MISSING = replace(
    shape.PRODUCT_MISSING,
    name="service-missing",
    about="""A line item has no service.

    The service holds the specification and the characteristics. An empty object counts as missing.
    """,
    at="/service",
    says="Invalid payload: serviceOrderItem service is missing.",
    source=STANDARD_TOO,
    profiles=(),
    bad={f"{LINE}/service": None},
    good={f"{LINE}/service": {"serviceSpecification": {"id": "internet-access"}}},
    missing="serviceOrderItem.service",
)


def _service_specification_missing(item: ServiceOrderItem, _: ValidationContext) -> Broken:
    service = item.product
    return service.product_specification is None and (item.action == "add" or not service.id)


SERVICE_SPECIFICATION_MISSING = replace(
    shape.PRODUCT_SPECIFICATION_MISSING,
    name="service-specification-missing",
    about="""A line item has no service specification.

    Without it, nobody knows what to build. A line item that acts on a service that exists, and names it in
    `service.id`, may leave the specification out, as ServiceNow's examples of change and delete do.
    """,
    at="/service/serviceSpecification",
    says="Invalid payload: serviceSpecification is missing.",
    source=ERRORS,
    bad={f"{LINE}/service": {"isBundle": False}},
    good={f"{LINE}/service": {"isBundle": False, "serviceSpecification": {"id": "internet-access"}}},
    missing=None,
    check=_service_specification_missing,
)
SERVICE_SPECIFICATION_ID_MISSING = replace(
    shape.PRODUCT_SPECIFICATION_ID_MISSING,
    name="service-specification-id-missing",
    about="""A service specification has no id.

    A specification cannot be found by its name. Give the id of its initial version, or its external id.
    """,
    at="/service/serviceSpecification/id",
    says="Invalid payload: serviceSpecification ID is missing.",
    source=STANDARD_TOO,
    bad={f"{LINE}/service/serviceSpecification": {"name": "Internet access"}},
    good={f"{LINE}/service/serviceSpecification": {"id": "internet-access", "name": "Internet access"}},
    missing="serviceSpecification.id",
)
SERVICE_INVENTORY_ID_MISSING = replace(
    common_order.PRODUCT_INVENTORY_ID_MISSING,
    name="service-inventory-id-missing",
    about="""A line item changes, deletes, suspends or resumes a service, but does not say which one.

    These actions apply to a service that was sold before. Give its inventory id as `service.id`.
    """,
    at="/service/id",
    says="Invalid payload: Product inventory ID is missing.",
    source=ERRORS,
    profiles=ONLY_SERVICENOW,
    bad={f"{LINE}/action": "change"},
    good={f"{LINE}/action": "change", f"{LINE}/service/id": "service-4711"},
)
QUANTITY_NOT_POSITIVE = replace(
    common_order.QUANTITY_NOT_POSITIVE,
    about="""The quantity of a line item is 0 or negative.

    To remove a service use the action `delete`. Leave the quantity out, or give a number above 0.
    """,
    source=PAGE,
    bad={f"{LINE}/quantity": 0},
    good={f"{LINE}/quantity": 1},
)

DUPLICATE_ITEM_ID = replace(
    relation.DUPLICATE_ITEM_ID,
    source=PAGE,
    bad={"/serviceOrderItem/2/id": "20"},
    good={"/serviceOrderItem/2/id": "30"},
)
UNKNOWN_RELATED_ITEM = replace(
    relation.UNKNOWN_RELATED_ITEM,
    about="""A relationship names a line item that is not in the order.

    A relationship of any type joins two line items of the same order. Correct the id, add the line item, or remove the
    relationship. Name a service that was ordered earlier in `service.serviceRelationship`.
    """,
    source=_RELATIONS,
    bad={f"{_ALONE}/orderRelationship": [{"id": "40", "relationshipType": "Requires"}]},
    good={f"{_ALONE}/orderRelationship": [{"id": "20", "relationshipType": "Requires"}]},
)
RELATIONSHIP_NOT_MIRRORED = replace(
    relation.RELATIONSHIP_NOT_MIRRORED,
    source=_RELATIONS,
    bad={f"{_CHILD}/orderRelationship": None},
    good={f"{_CHILD}/orderRelationship": [{"id": "10", "relationshipType": "HasParent"}]},
)
RELATIONSHIP_CYCLE = replace(
    relation.RELATIONSHIP_CYCLE,
    about="""A line item is its own ancestor.

    A program that builds the service from the top down would never finish. The place is the line item at which the
    circle closes. Remove one of the relationships of the circle.
    """,
    source=_RELATIONS,
    bad={f"{_ALONE}/orderRelationship": [{"id": "30", "relationshipType": "HasChild"}]},
    good={f"{_ALONE}/orderRelationship": [{"id": "30", "relationshipType": "Requires"}]},
)
SEVERAL_PARENTS = replace(
    relation.SEVERAL_PARENTS,
    about="""A line item has more than one parent.

    A line item is stored under one parent. Keep the relationship that is right.
    """,
    source=_RELATIONS,
    bad={
        f"{_ALONE}/orderRelationship": [{"id": "20", "relationshipType": "HasChild"}],
        f"{_CHILD}/orderRelationship": [
            {"id": "10", "relationshipType": "HasParent"},
            {"id": "30", "relationshipType": "HasParent"},
        ],
    },
    good={f"{_CHILD}/orderRelationship": [{"id": "10", "relationshipType": "HasParent"}]},
)
