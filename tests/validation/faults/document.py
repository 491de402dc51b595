"""Faults of the document: it can hardly be read as an order."""

from __future__ import annotations

from validation.faults.order import ON_ONE_LINE, ORDER, UNIT, Broken, changed, error, warning

FAULTS: Broken = {
    "a comma too many": (
        changed('"quantity": 2,', '"quantity": 2,,'),
        error("ORD001", "", 13, 21, "Not JSON: unexpected character, expected a string key"),
    ),
    "two orders on a line": (
        ON_ONE_LINE + b' {"externalId": "CRM-1008"}',
        error("ORD002", "", 1, len(ON_ONE_LINE) + 2, "Trailing data: the order ends before this place"),
    ),
    "a byte order mark": (
        b"\xef\xbb\xbf" + ORDER.encode(),
        warning("ORD003", "", 1, 1, "The document begins with a byte order mark, which JSON does not have"),
    ),
    "a member twice": (
        changed('"externalId": "CRM-1007"', '"externalId": "A", "externalId": "CRM-1007"'),
        error(
            "ORD004",
            "/externalId",
            2,
            22,
            "externalId stands more than once in this object; only the last one would count",
        ),
    ),
    "Latin-1": (
        changed("Ring twice", "Café").replace("é".encode(), b"\xe9"),
        error("ORD005", "", 8, 25, "Not UTF-8: byte 0xe9"),
    ),
    "more digits than a double has": (
        changed("19.90", "19.900000000000000000001"),
        warning(
            "ORD006",
            UNIT.replace("unit", "value"),
            26,
            104,
            "19.900000000000000000001 loses precision: a double carries 19.9",
        ),
    ),
    "nested too deep": (
        changed('[{"text": "Ring twice"}]', "[" * 64 + "]" * 64),
        error("ORD007", "", 8, 74, "Too large: nested deeper than 64 levels"),
    ),
    "an array in an array": (
        b"[[" + ON_ONE_LINE + b"]]",
        error("ORD008", "", 1, 2, "Not an object: an order is a JSON object, not an array"),
    ),
    "a service order": (
        b'{"externalId": "CRM-1007", "serviceOrderItem": [{"id": "1", "action": "add"}]}',
        error("ORD011", "/serviceOrderItem", 1, 48, "Not a product order: this looks like a service order (TMF641)"),
    ),
    "an event": (
        b'{"eventId": "7", "event": {"productOrder": {"productOrderItem": [{"id": "1"}]}}}',
        error(
            "ORD012",
            "/event/productOrder",
            1,
            44,
            "An order stands inside this document: read it with --at /event/productOrder",
        ),
    ),
    "nothing": (b"", error("ORD101", "", 1, 1, "Invalid payload: Request body missing")),
    "null": (b"null\n", error("ORD101", "", 1, 1, "Invalid payload: Request body missing")),
    "an empty object": (b"{}\n", error("ORD101", "", 1, 1, "Invalid payload: Request body missing")),
}
