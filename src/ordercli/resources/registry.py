"""Every rule of the book, in the order in which a reader meets them."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from ordercli.resources.product_order import lint
from ordercli.resources.product_order.rules import catalogue, currency, operations, order, references, relation, shape
from ordercli.rulebook import document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.rulebook.rule import Rule

RULES: tuple[Rule, ...] = (
    document.NOT_JSON,
    document.TRAILING_DATA,
    document.BYTE_ORDER_MARK,
    lint.DUPLICATE_KEY,
    document.NOT_UTF8,
    lint.NUMBER_LOSES_PRECISION,
    document.TOO_LARGE,
    document.NOT_AN_OBJECT,
    document.FINDINGS_LEFT_OUT,
    operations.REJECT_CONTEXT,
    shape.OTHER_KIND,
    document.REQUEST_BODY_MISSING,
    shape.PRODUCT_ORDER_ITEM_MISSING,
    shape.PRODUCT_ORDER_ITEM_ID_MISSING,
    shape.PRODUCT_ORDER_ITEM_ACTION_MISSING,
    shape.PRODUCT_OFFERING_MISSING,
    shape.PRODUCT_OFFERING_ID_MISSING,
    shape.PRODUCT_MISSING,
    shape.PRODUCT_SPECIFICATION_MISSING,
    shape.PRODUCT_SPECIFICATION_ID_MISSING,
    order.PRODUCT_INVENTORY_ID_MISSING,
    shape.RELATED_PARTY_MISSING,
    order.CUSTOMER_OR_CONSUMER_MISSING,
    currency.ORDER_CURRENCY_MISSING,
    shape.REQUIRED_FIELD_MISSING,
    shape.WRONG_TYPE,
    shape.NOT_ONE_OF,
    order.TOO_LONG,
    order.NOT_A_DATE_TIME,
    currency.NOT_A_CURRENCY,
    order.BLANK,
    operations.ORDER_CREATION_FAILED,
    operations.PAYLOAD_DAMAGED,
    operations.WORKER_LOST,
    operations.ATTEMPTS_EXHAUSTED,
    relation.DUPLICATE_ITEM_ID,
    relation.UNKNOWN_RELATED_ITEM,
    relation.RELATIONSHIP_NOT_MIRRORED,
    relation.RELATIONSHIP_CYCLE,
    relation.SEVERAL_PARENTS,
    currency.LINE_CURRENCY_DIFFERS,
    order.COMMITTED_DATE_BEFORE_LINE,
    order.COMPLETION_BEFORE_START,
    order.QUANTITY_NOT_POSITIVE,
    order.TOO_MANY_ITEMS,
    currency.PRICE_NOT_EXACT,
    references.UNKNOWN_PRODUCT_OFFERING,
    references.UNKNOWN_PRODUCT_SPECIFICATION,
    references.UNKNOWN_PRODUCT_INVENTORY,
    references.SOLD_PRODUCT_INACTIVE,
    references.UNKNOWN_CONSUMER,
    references.UNKNOWN_CUSTOMER_ACCOUNT,
    references.INACTIVE_CURRENCY,
    references.UNKNOWN_CHANNEL,
    references.UNKNOWN_PLACE,
    references.UNKNOWN_CONTACT,
    catalogue.SPECIFICATION_NOT_IN_OFFERING,
    catalogue.SPECIFICATION_VERSION_MISMATCH,
    catalogue.SPECIFICATIONS_NOT_RELATED,
    catalogue.UNKNOWN_CHARACTERISTIC,
    catalogue.INVALID_CHARACTERISTIC_VALUE,
    operations.ORDER_NOT_CREATED_YET,
    operations.FULFILLMENT_TYPE_NOT_DELIVER,
    operations.CURRENCY_REVISION,
    operations.ORDER_NOT_FOUND,
    operations.ILLEGAL_STATE_TRANSITION,
    operations.FIELD_NOT_PATCHABLE,
    operations.PAST_POINT_OF_NO_RETURN,
    operations.VERSION_CONFLICT,
    operations.CANCEL_PAYLOAD_EMPTY,
    operations.CANCEL_FIELD_MISSING,
    operations.IDEMPOTENCY_CONFLICT,
    operations.UNKNOWN_RECORD_TYPE,
    operations.RECORD_ID_MISSING,
    operations.RECORD_TWICE,
    operations.UNKNOWN_REFERENCE_IN_RECORD,
    operations.CYCLIC_CHARACTERISTICS,
    lint.UNKNOWN_FIELD,
    currency.LEGACY_FIELD_NAME,
    order.SERVER_OWNED_FIELD,
)
BY_CODE: Mapping[str, Rule] = MappingProxyType({rule.code: rule for rule in RULES})
