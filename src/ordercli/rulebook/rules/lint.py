"""Rules that need a second look at the document: what got lost in it, or does not belong there. Off by default."""

from __future__ import annotations

import msgspec

from ordercli.rulebook.rule import Level, Rule

DUPLICATE_KEY = Rule(
    level=Level.BODY,
    code="ORD004",
    name="duplicate-key",
    about="""An object has the same field twice.

    The last one counts here, the first one elsewhere: what was sent is not what is delivered. Take one of them out.
    """,
    says="{field} stands more than once in this object; only the last one would count",
    source="RFC 8259, section 4",
    bad={"/externalId": msgspec.Raw(b'"CRM-1007","externalId":"CRM-1008"')},
    good={"/externalId": "CRM-1007"},
    is_lint=True,
)

NUMBER_LOSES_PRECISION = Rule(
    level=Level.BODY,
    code="ORD006",
    name="number-loses-precision",
    about="""A number has more digits, or is larger, than a double can carry.

    ordercli keeps the text of numbers, but most programs read a double and go on with another number. Round it, or
    send it as text. 19.90 is fine.
    """,
    says="{number} loses precision: a double carries {double}",
    source="RFC 8259, section 6",
    severity="warning",
    bad={"/productOrderItem/0/quantity": msgspec.Raw(b"1.00000000000000000001")},
    good={"/productOrderItem/0/quantity": msgspec.Raw(b"1.10")},
    is_lint=True,
)

UNKNOWN_FIELD = Rule(
    level=Level.ORDER,
    code="ORD901",
    name="unknown-field",
    about="""A field stands in no field table.

    Often it is misspelled, and what it says has no effect. It is kept with the order all the same. An object whose
    `@type` is none of the standard may have fields of its own (TMF630): nothing is unknown in it.
    """,
    says="{field} is no known field of {object}",
    source="ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 51; TMF622 v4, ProductOrder",
    severity="warning",
    bad={"/requestedStartdate": "2026-03-02T08:00:00Z"},
    good={"/requestedStartDate": "2026-03-02T08:00:00Z"},
    is_lint=True,
)
