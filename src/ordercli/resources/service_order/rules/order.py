"""Rules for a service order as a whole, and for its parties."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from ordercli.resources.common.rules import creation, shape
from ordercli.resources.common.rules import order as common_order
from ordercli.resources.common.words import ONLY_SERVICENOW
from ordercli.resources.service_order.profiles import STANDARDS
from ordercli.rulebook import document
from ordercli.rulebook.rule import TextEdit

PAGE = "ServiceNow Service Order Open API, POST /order/serviceOrder"
ERRORS = f"{PAGE}, status code 400"
STANDARD_TOO = f"{PAGE}; TMF641 v4.1.0, ServiceOrder_Create"
LINE = "/serviceOrderItem/0"

NOT_JSON = replace(document.NOT_JSON, bad=b'{"externalId": "OSS-2007", "serviceOrderItem": [}')
TRAILING_DATA = document.TRAILING_DATA
BYTE_ORDER_MARK = document.BYTE_ORDER_MARK
DUPLICATE_KEY = replace(
    shape.DUPLICATE_KEY,
    bad={"/externalId": msgspec.Raw(b'"OSS-2007","externalId":"OSS-2008"')},
    good={"/externalId": "OSS-2007"},
)
NOT_UTF8 = replace(document.NOT_UTF8, bad=TextEdit(b"Please ring", b"Caf\xe9"))
NUMBER_LOSES_PRECISION = replace(
    shape.NUMBER_LOSES_PRECISION,
    bad={f"{LINE}/quantity": msgspec.Raw(b"1.00000000000000000001")},
    good={f"{LINE}/quantity": msgspec.Raw(b"1.10")},
)
TOO_LARGE = document.TOO_LARGE
NOT_AN_OBJECT = replace(document.NOT_AN_OBJECT, bad=b'"OSS-2007"', source="TMF641 v4.1.0, ServiceOrder")

OTHER_KIND = replace(
    shape.OTHER_KIND,
    about="""The document is not a service order, but something else, such as a product order or a quote.

    It has no `serviceOrderItem`, but the items of another kind of document, or it is a request to cancel an order, an
    operation of a JSON Patch, an event without the order, or a record of reference data such as a service
    specification. Lines of a rejects file that another command than `submit` takes are no orders either. Nothing else
    is reported, because the rules of a service order do not apply. Send a service order.
    """,
    says="Not a service order: this looks like {kind}",
    source="TMF641 v4.1.0, ServiceOrder; TMF622, TMF648 and TMF663",
    bad=b'{"externalId": "OSS-2007", "quoteItem": [{"id": "1", "action": "add"}]}',
)

ORDER_IN_ENVELOPE = replace(
    document.ORDER_IN_ENVELOPE,
    bad=b'{"eventId": "7", "event": {"serviceOrder": {"serviceOrderItem": [{"id": "1", "action": "add"}]}}}',
)

REQUEST_BODY_MISSING = replace(
    document.REQUEST_BODY_MISSING,
    says="Invalid payload: Request body missing.",
    source=ERRORS,
)

CUSTOMER_OR_CONSUMER_MISSING = replace(
    common_order.CUSTOMER_OR_CONSUMER_MISSING,
    about="""The order has no party, or none of its parties can be its customer.

    A contact alone cannot be billed. Add a party whose `@referredType` is Customer or Consumer. Letter case matters.
    """,
    source=ERRORS,
    profiles=ONLY_SERVICENOW,
    missing="relatedParty",
)

REQUIRED_FIELD_MISSING = replace(
    shape.REQUIRED_FIELD_MISSING,
    about="""An object lacks a field that it must have.

    A place and a relationship need an id, a note needs its text, and a relationship needs its type. A party needs its
    `@referredType` and its id. Profile tmf641 also requires the `@type` of parties, name and value of characteristics,
    the id of every reference, and the role of every place. Text that has only spaces counts as missing. Fill in the
    field, or leave out the whole object.
    """,
    source=STANDARD_TOO,
)
WRONG_TYPE = replace(shape.WRONG_TYPE, source=STANDARD_TOO, bad={f"{LINE}/quantity": "1"}, good={f"{LINE}/quantity": 1})
NOT_ONE_OF = replace(
    shape.NOT_ONE_OF,
    about="""The value of a field is not in its list of allowed words.

    Actions: add, change, delete, no-change, resume, suspend (tmf641: add, delete, modify, noChange). Types of a
    party: Consumer, Customer, CustomerContact for the order, OrderLineItemContact for a line item. Letter case matters.
    """,
    source=STANDARD_TOO,
    bad={f"{LINE}/action": "ad"},
    good={f"{LINE}/action": "add"},
)
TOO_LONG = replace(
    common_order.TOO_LONG,
    about="""The id of a line item or an external id is too long for its column.

    ServiceNow keeps 40 characters of the id of a line item, so that two longer ids can become the same. The standard
    sets no limit: in profile tmf641 a long id is a warning, which is off unless ORD122 is selected or given a severity.
    An external id has at most 2,000 bytes in UTF-8 in every profile, because it is indexed. Use a shorter id.
    """,
    source=f"{PAGE}; ordercli sets the limit of externalId",
    bad={"/serviceOrderItem/2/id": "4b1c6a9e-0f7d-4f6e-9a55-2d1f0c3b7e88-line-30"},
    good={"/serviceOrderItem/2/id": "4b1c6a9e-0f7d-4f6e-9a55-2d1f0c3b7e88"},
)
NOT_A_DATE_TIME = replace(common_order.NOT_A_DATE_TIME, source="RFC 3339, section 5.6; TMF641 v4.1.0, format date-time")
BLANK = replace(common_order.BLANK, source=PAGE, profiles=(), good={"/externalId": "OSS-2007"})
ORDER_CREATION_FAILED = replace(
    creation.ORDER_CREATION_FAILED, says="Invalid payload: Order creation failed.", source=ERRORS
)
COMMITTED_DATE_BEFORE_LINE = replace(common_order.COMMITTED_DATE_BEFORE_LINE, source=PAGE)
COMPLETION_BEFORE_START = replace(
    common_order.COMPLETION_BEFORE_START,
    about="""The requested completion of the order is before its requested start.

    The dates are compared as moments, each with its own offset. The standard allows it: in profile tmf641 it is a
    warning, which is off unless ORD208 is selected or given a severity. Correct the wrong date.
    """,
    source=PAGE,
    warns_in=STANDARDS,
)
TOO_MANY_ITEMS = replace(common_order.TOO_MANY_ITEMS, at="/serviceOrderItem")
UNKNOWN_FIELD = replace(
    shape.UNKNOWN_FIELD,
    about="""A field is not known.

    It is often misspelled and then has no effect, but it is kept with the order. An object whose `@type` is not of the
    standard may have fields of its own (TMF630), so nothing in it is unknown.
    """,
    source=f"{PAGE}; TMF641 v4.1.0, ServiceOrder",
)
SERVER_OWNED_FIELD = replace(
    common_order.SERVER_OWNED_FIELD, source="TMF641 v4.1.0, ServiceOrder_Create: the fields that it leaves out"
)
