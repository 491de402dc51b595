"""Rules for the document itself: what cannot be read as an order. The reading of the document finds these."""

from __future__ import annotations

from ordercli.rulebook.rule import Level, Rule, TextEdit

_RFC = "RFC 8259"

NOT_JSON = Rule(
    level=Level.BODY,
    code="ORD001",
    name="not-json",
    is_indispensable=True,
    about="""The document is no JSON.

    Nothing can be read from it. The place names the first character that does not fit: often a comma too many, a quote
    that is missing, `NaN`, or a file that was cut off. Write the order with a JSON library and send it again.
    """,
    says="Not JSON: {reason}",
    source=_RFC,
    bad=b'{"externalId": "CRM-1007", "productOrderItem": [}',
    good={},
)

TRAILING_DATA = Rule(
    level=Level.BODY,
    code="ORD002",
    name="trailing-data",
    is_indispensable=True,
    about="""More follows where the order should end.

    Two orders on one line of NDJSON, or something left behind a single order: which of them is meant cannot be told.
    Put each order on a line of its own.
    """,
    says="Trailing data: the order ends before this place",
    source=_RFC,
    bad=TextEdit(
        b'"@referredType":"CustomerContact"}]}', b'"@referredType":"CustomerContact"}]} {"externalId": "CRM-1008"}'
    ),
    good={},
)

BYTE_ORDER_MARK = Rule(
    level=Level.BODY,
    code="ORD003",
    name="byte-order-mark",
    about="""The document begins with a byte order mark.

    It is skipped. Other readers of JSON stop at it, so save the file as UTF-8 without one.
    """,
    says="The document begins with a byte order mark, which JSON does not have",
    source="RFC 8259, section 8.1",
    severity="warning",
    bad=TextEdit(b'{"externalId"', b'\xef\xbb\xbf{"externalId"'),
    good={},
)

NOT_UTF8 = Rule(
    level=Level.BODY,
    code="ORD005",
    name="not-utf8",
    is_indispensable=True,
    about="""The document holds bytes that are not UTF-8.

    Names and notes would be stored damaged. The file is probably Latin-1; UTF-16 and UTF-32 are told by their names.
    Convert it to UTF-8.
    """,
    says="Not UTF-8: {reason}",
    source="RFC 8259, section 8.1",
    bad=TextEdit(b"Web shop", b"Caf\xe9"),
    good={},
)

TOO_LARGE = Rule(
    level=Level.BODY,
    code="ORD007",
    name="too-large",
    is_indispensable=True,
    about="""The document is longer than `limits.max_order_bytes`, or nested deeper than 64 levels.

    One order must not take the memory of all others. Split the order, or raise the limit; an order that is nested
    so deep is a fault of the program that wrote it.
    """,
    says="Too large: {reason}",
    source="ordercli limits",
    bad=b'{"nested":' * 65 + b"1" + b"}" * 65,
    good={},
)

FINDINGS_LEFT_OUT = Rule(
    level=Level.BODY,
    code="ORD009",
    name="findings-left-out",
    about="""More is wrong in the order than is told of one order.

    The first `limits.max_findings` are told, errors before warnings. So many faults mostly have one cause, like a field
    that is spelled wrong in every line item: repair that, and check the order again.
    """,
    says="At least {count} findings more were left out: limits.max_findings is {limit}",
    source="ordercli limits",
    severity="warning",
)

NOT_AN_OBJECT = Rule(
    level=Level.BODY,
    code="ORD008",
    name="not-an-object",
    is_indispensable=True,
    about="""The document is JSON, but no object.

    An order is a JSON object. In NDJSON each line holds one; an array of orders is read as a file, not as an order. A
    patch is an object too: a JSON Patch (RFC 6902) is not supported yet, send a merge patch (RFC 7396).
    """,
    says="Not an object: an order is a JSON object, not {kind}",
    source="TMF622 v4, ProductOrder",
    bad=b'"CRM-1007"',
    good={},
)

REQUEST_BODY_MISSING = Rule(
    level=Level.BODY,
    code="ORD101",
    name="request-body-missing",
    is_indispensable=True,
    about="""There is no order: the document is empty, `null` or `{}`.

    Null counts as absent, so an object of nothing but nulls is empty too. Look at what produced the file.
    """,
    says="Invalid payload: Request body missing",
    source="ServiceNow Product Order Open API, POST /order/productOrder, table 48",
    bad=b"{}",
    good={},
)
