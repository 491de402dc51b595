"""Rules for the shape of an order: what must be there, and of which type. The shape step finds these.

The last three are lint rules; `lint.py` finds their faults.

A field is named by its object and its own name, without indices: `productOrderItem.action`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from ordercli.resources.common.words import ONLY_SERVICENOW
from ordercli.rulebook.rule import INVALID_BODY, INVALID_FIELD, MISSING_FIELD, Level, Rule

_LINE = "/productOrderItem/0"
_TABLE = "ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48"
_STANDARD_TOO = (
    "ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48; TMF622 v4.0.0, ProductOrder_Create"
)

OTHER_KIND = Rule(
    level=Level.BODY,
    code="ORD011",
    name="other-kind",
    about="""The document is not a product order, but something else, such as a service order or a quote.

    It has no `productOrderItem`, but the items of another kind of document, or it is a request to cancel an order, an
    operation of a JSON Patch, an event without the order, or a record of reference data such as a product offering.
    Lines of a rejects file that another command than `submit` takes are no orders either. Nothing else is reported,
    because the rules of a product order do not apply. Send a product order. In an order of the form before TMF622 v4
    (R14 to R17), rename `orderItem` to `productOrderItem` and check the other names too.
    """,
    says="Not a product order: this looks like {kind}",
    source="TMF622 v4.0.0, ProductOrder; TMF641, TMF648 and TMF663",
    bad=b'{"externalId": "CRM-1007", "quoteItem": [{"id": "1", "action": "add"}]}',
    good={},
    error=INVALID_BODY,
)


PRODUCT_ORDER_ITEM_MISSING = Rule(
    level=Level.ORDER,
    code="ORD102",
    name="product-order-item-missing",
    about="""The order has no line item.

    Without line items there is nothing to deliver. An empty list counts as missing.
    """,
    says="Invalid payload: productOrderItem is missing",
    source=_STANDARD_TOO,
    bad={"/productOrderItem": None},
    good={},
    error=MISSING_FIELD,
    missing="productOrderItem",
)

PRODUCT_ORDER_ITEM_ID_MISSING = Rule(
    level=Level.ITEM,
    code="ORD103",
    name="product-order-item-id-missing",
    about="""A line item has no id.

    Other line items, patches and work notes refer to a line item by its id. Give each line item an id that is unique in
    the order.
    """,
    at="/id",
    says="Invalid payload: productOrderItem id is missing",
    source=_STANDARD_TOO,
    bad={f"{_LINE}/id": None},
    good={f"{_LINE}/id": "10"},
    error=MISSING_FIELD,
    missing="productOrderItem.id",
)

PRODUCT_ORDER_ITEM_ACTION_MISSING = Rule(
    level=Level.ITEM,
    code="ORD104",
    name="product-order-item-action-missing",
    about="""A line item has no action.

    Give `action`: add, change, delete, no-change, resume or suspend (tmf622: add, delete, modify, noChange).
    """,
    at="/action",
    says="Invalid payload: productOrderItem action is missing",
    source=_STANDARD_TOO,
    bad={f"{_LINE}/action": None},
    good={f"{_LINE}/action": "add"},
    error=MISSING_FIELD,
    missing="productOrderItem.action",
)

PRODUCT_OFFERING_MISSING = Rule(
    level=Level.ITEM,
    code="ORD105",
    name="product-offering-missing",
    about="""A line item has no product offering.

    Without an offering it can be neither priced nor fulfilled. An empty object counts as missing.
    """,
    at="/productOffering",
    says="Invalid payload: productOrderItem productOffering is missing",
    source=_TABLE,
    profiles=ONLY_SERVICENOW,
    bad={f"{_LINE}/productOffering": None},
    good={f"{_LINE}/productOffering": {"id": "home-fibre-1000"}},
    error=MISSING_FIELD,
    missing="productOrderItem.productOffering",
)

PRODUCT_OFFERING_ID_MISSING = Rule(
    level=Level.ITEM,
    code="ORD106",
    name="product-offering-id-missing",
    about="""A product offering has no id.

    An offering cannot be found by its name. Give the id of its initial version, or its external id.
    """,
    at="/productOffering/id",
    says="Invalid payload: productOffering id is missing",
    source=_STANDARD_TOO,
    bad={f"{_LINE}/productOffering": {"name": "Home Fibre 1000"}},
    good={f"{_LINE}/productOffering": {"id": "home-fibre-1000", "name": "Home Fibre 1000"}},
    error=MISSING_FIELD,
    missing="productOffering.id",
)

PRODUCT_MISSING = Rule(
    level=Level.ITEM,
    code="ORD107",
    name="product-missing",
    about="""A line item has no product.

    The product holds the specification, the place and the characteristics. An empty object counts as missing.
    """,
    at="/product",
    says="Invalid payload: productOrderItem product is missing",
    source=_TABLE,
    profiles=ONLY_SERVICENOW,
    bad={f"{_LINE}/product": None},
    good={f"{_LINE}/product": {"productSpecification": {"id": "fibre-access"}}},
    error=MISSING_FIELD,
    missing="productOrderItem.product",
)

PRODUCT_SPECIFICATION_MISSING = Rule(
    level=Level.ITEM,
    code="ORD108",
    name="product-specification-missing",
    about="""A product has no specification.

    ServiceNow's list of errors requires a specification for every action, although its field table calls it optional.
    An empty object counts as missing. In an order whose parties have `partyOrPartyRole` the specification is optional.
    """,
    at="/product/productSpecification",
    says="Invalid payload: product productSpecification is missing",
    source=_TABLE,
    profiles=ONLY_SERVICENOW,
    bad={f"{_LINE}/product": {"isBundle": False}},
    good={f"{_LINE}/product": {"isBundle": False, "productSpecification": {"id": "fibre-access"}}},
    error=MISSING_FIELD,
    missing="product.productSpecification",
)

PRODUCT_SPECIFICATION_ID_MISSING = Rule(
    level=Level.ITEM,
    code="ORD109",
    name="product-specification-id-missing",
    about="""A product specification has no id.

    A specification cannot be found by its name. Give the id of its initial version, or its external id.
    """,
    at="/product/productSpecification/id",
    says="Invalid payload: productSpecification id is missing",
    source=_STANDARD_TOO,
    bad={f"{_LINE}/product/productSpecification": {"name": "Fibre access"}},
    good={f"{_LINE}/product/productSpecification": {"id": "fibre-access", "name": "Fibre access"}},
    error=MISSING_FIELD,
    missing="productSpecification.id",
)

RELATED_PARTY_MISSING = Rule(
    level=Level.PARTY,
    code="ORD111",
    name="related-party-missing",
    about="""The order has no party.

    Someone must receive the order and pay for it. Name a customer account or a consumer in `relatedParty`.
    """,
    says="Invalid payload: relatedParty is missing",
    source=_TABLE,
    profiles=ONLY_SERVICENOW,
    bad={"/relatedParty": None},
    good={"/relatedParty": [{"id": "consumer-88", "@referredType": "Consumer"}]},
    error=MISSING_FIELD,
    missing="relatedParty",
)

REQUIRED_FIELD_MISSING = Rule(
    level=Level.ORDER,
    code="ORD114",
    name="required-field-missing",
    about="""An object lacks a field that it must have.

    A channel, a place and a relationship need an id, a note needs its text, and a relationship needs its type. A party
    needs its `@referredType` and, as Customer, Consumer or CustomerContact, its id. If a party has `partyOrPartyRole`,
    each party needs that with an id, and a `role`. The tmf622 profiles require the id of every reference, the role of
    every place and the name of every characteristic, v4 also its value (it may be an empty text), v5 the `@type` of
    nearly every object. Text that has only spaces counts as missing. Fill in the field, or leave out the whole object.
    """,
    says="Invalid payload: {field} is missing",
    source=_STANDARD_TOO,
    bad={"/note/0": {"author": "Ana Duarte"}},
    bad_v5={"/note/0": {"author": "Ana Duarte", "text": "Please ring before the visit"}},
    good={"/note/0": {"author": "Ana Duarte", "text": "Please ring before the visit"}},
    error=MISSING_FIELD,
)

WRONG_TYPE = Rule(
    level=Level.ORDER,
    code="ORD120",
    name="wrong-type",
    about="""The value of a field has the wrong JSON type.

    ordercli does not guess: `"1"` is not a number and `true` is not a string. Use the type that the message names.
    `rejects fix --apply-suggestions` turns a text that is a number into that number.
    """,
    says="Invalid payload: {field} must be {type}",
    source=_STANDARD_TOO,
    bad={f"{_LINE}/quantity": "1"},
    good={f"{_LINE}/quantity": 1},
    error=INVALID_FIELD,
)

NOT_ONE_OF = Rule(
    level=Level.ORDER,
    code="ORD121",
    name="not-one-of",
    about="""The value of a field is not in its list of allowed words.

    Actions: add, change, delete, no-change, resume, suspend (tmf622: add, delete, modify, noChange). Types of a
    party: Consumer, Customer, CustomerContact for the order, OrderLineItemContact for a product. Letter case matters.
    """,
    says="{field} `{value}` is none of {words}",
    source=_STANDARD_TOO,
    bad={f"{_LINE}/action": "ad"},
    good={f"{_LINE}/action": "add"},
    error=INVALID_FIELD,
)

TYPES: Mapping[str, str] = {
    "string_type": "a string",
    "int_type": "a number",
    "float_type": "a number",
    "bool_type": "a boolean",
    "dict_type": "an object",
    "list_type": "an array",
    "literal_error": "a string",
}

DUPLICATE_KEY = Rule(
    level=Level.BODY,
    code="ORD004",
    name="duplicate-key",
    about="""An object has the same field twice.

    ordercli uses the last one, other programs use the first one, so the order may be delivered with the wrong value.
    Remove one of them. A patch, a cancellation or a report of fulfilment with such an object is refused.
    """,
    says="{field} stands more than once in this object; only the last one would count",
    source="RFC 8259, section 4",
    bad={"/externalId": msgspec.Raw(b'"CRM-1007","externalId":"CRM-1008"')},
    bad_v5={"/category": msgspec.Raw(b'"consumer","category":"business"')},
    good={"/externalId": "CRM-1007"},
    is_lint=True,
    error=INVALID_BODY,
    is_about_key=True,
)

NUMBER_LOSES_PRECISION = Rule(
    level=Level.BODY,
    code="ORD006",
    name="number-loses-precision",
    about="""A number has more digits, or is larger, than a double can hold.

    ordercli keeps the digits of numbers, but most programs read a double and continue with another number. Round the
    number, or send it as text. 19.90 is fine.
    """,
    says="{number} loses precision: a double carries {double}",
    source="RFC 8259, section 6",
    severity="warning",
    bad={"/productOrderItem/0/quantity": msgspec.Raw(b"1.00000000000000000001")},
    good={"/productOrderItem/0/quantity": msgspec.Raw(b"1.10")},
    is_lint=True,
    error=INVALID_BODY,
)

UNKNOWN_FIELD = Rule(
    level=Level.ORDER,
    code="ORD901",
    name="unknown-field",
    about="""A field is not known.

    It is often misspelled and then has no effect, but it is kept with the order. An object whose `@type` is not of the
    standard may have fields of its own (TMF630), so nothing in it is unknown. The fields of MEF LSO Sonata and Cantata
    are known in orders that have `relatedContactInformation` or a type of MEF (`urn:mef:…`).
    """,
    says="{field} is no known field of {object}",
    source="ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 51; TMF622 v4.0.0, ProductOrder;"
    " MEF 123, LSO Cantata and LSO Sonata Product Order Management API",
    severity="warning",
    bad={"/requestedStartdate": "2026-03-02T08:00:00Z"},
    good={"/requestedStartDate": "2026-03-02T08:00:00Z"},
    is_lint=True,
    is_about_key=True,
)
