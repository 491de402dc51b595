"""Faults of sense: what is there cannot be meant so."""

from __future__ import annotations

from validation.faults.order import (
    CHILD,
    HAS_CHILD,
    HAS_PARENT,
    ITEM,
    LAST,
    UNIT,
    Broken,
    another_item,
    changed,
    error,
    warning,
)

HUGE_PRICE = '{"priceType": "recurring", "price": {"taxIncludedAmount": {"value": 1e1200}}}'

FAULTS: Broken = {
    "a long id": (
        changed('      "id": "20"', f'      "id": "{"2" * 41}"').replace(b'{"id": "20"', b'{"id": "%s"' % (b"2" * 41)),
        error("ORD122", f"{CHILD}/id", 24, 13, "productOrderItem id is longer than 40 characters"),
    ),
    "a bare date": (
        changed('"requestedStartDate": "2026-03-02T08:00:00Z"', '"requestedStartDate": "2026-03-02"'),
        error(
            "ORD123",
            "/requestedStartDate",
            4,
            25,
            "requestedStartDate `2026-03-02` is not a date-time (RFC 3339, as in 2026-03-20T17:00:00Z)",
        ),
    ),
    "a currency in small letters": (
        changed('"orderCurrency": "EUR"', '"orderCurrency": "eur"'),
        error(
            "ORD124",
            "/orderCurrency",
            3,
            20,
            "orderCurrency `eur` is not a currency code of three upper-case letters",
        ),
    ),
    "a blank external id": (
        changed('"CRM-1007"', '" "'),
        error("ORD125", "/externalId", 2, 17, "externalId is blank"),
    ),
    "an item id twice": (
        changed(LAST, f"{LAST.rstrip()},\n" + another_item("20", "sim-card", "mobile")),
        error("ORD201", "/productOrderItem/2/id", 34, 12, "Another line item has the id 20 already"),
    ),
    "a relation to nowhere": (
        changed(HAS_CHILD, HAS_CHILD.replace("}]", '}, {"id": "99", "relationshipType": "Requires"}]')),
        error("ORD202", f"{ITEM}/productOrderItemRelationship/1/id", 21, 93, "The order has no line item 99"),
    ),
    "a relation on one side": (
        changed(f",\n      {HAS_PARENT}", ""),
        warning("ORD203", f"{ITEM}/productOrderItemRelationship/0", 21, 40, "Line item 20 does not say HasParent 10"),
    ),
    "its own parent": (
        changed(HAS_PARENT, HAS_PARENT.replace("}]", '}, {"id": "20", "relationshipType": "HasChild"}]')),
        error("ORD204", f"{CHILD}/productOrderItemRelationship", 32, 39, "Line item 20 is its own ancestor"),
    ),
    "two parents": (
        changed(
            LAST,
            LAST.rstrip().replace("}]", '}, {"id": "30", "relationshipType": "HasParent"}]')
            + ",\n"
            + another_item("30", "fibre-access", "home-fibre", f", {HAS_CHILD}"),
        ),
        error("ORD205", f"{CHILD}/productOrderItemRelationship", 32, 39, "Line item 20 has several parents: 10, 30"),
    ),
    "a price in another currency": (
        changed('"unit": "EUR"', '"unit": "USD"'),
        error(
            "ORD206",
            UNIT,
            26,
            88,
            "One or more line items has a different currency code than the order currency",
        ),
    ),
    "promised before a line": (
        changed('  "committedDueDate": "2026-03-20T17:00:00Z"', '  "committedDueDate": "2026-03-17T17:00:00Z"'),
        error("ORD207", "/committedDueDate", 6, 23, "The order's committedDueDate is earlier than that of a line item"),
    ),
    "complete before start": (
        changed('"requestedCompletionDate": "2026-03-20', '"requestedCompletionDate": "2026-03-01'),
        error(
            "ORD208", "/requestedCompletionDate", 5, 30, "requestedCompletionDate is earlier than requestedStartDate"
        ),
    ),
    "nothing ordered": (
        changed('"quantity": 2', '"quantity": 0'),
        error("ORD209", f"{ITEM}/quantity", 13, 19, "The quantity of a line item must be more than 0, not 0"),
    ),
    "four line items": (
        changed(
            LAST,
            f"{LAST.rstrip()},\n"
            + another_item("30", "sim-card", "mobile").replace("}\n", "},\n")
            + another_item("40", "sim-card", "mobile"),
        ),
        error(
            "ORD210",
            "/productOrderItem",
            9,
            23,
            "4 line items are more than limits.max_items_sync = 3 allows; submit it with --async",
        ),
    ),
    "prices without an exact sum": (
        changed('"itemPrice": [', f'"itemPrice": [{HUGE_PRICE}, '),
        warning(
            "ORD006",
            f"{CHILD}/itemPrice/0/price/taxIncludedAmount/value",
            26,
            89,
            "1e1200 loses precision: a double carries inf",
        ),
        error(
            "ORD211",
            f"{CHILD}/itemPrice/1/price/taxIncludedAmount/value",
            26,
            183,
            "The price cannot be added exactly: the sum of the recurring prices would have more than 1,000 digits",
        ),
    ),
    "an unknown field": (
        changed('"externalId"', '"extrenalId"'),
        warning("ORD901", "/extrenalId", 2, 3, "extrenalId is no known field of the order"),
    ),
    "the old name of the currency": (
        changed('"orderCurrency"', '"currencyCode"'),
        warning("ORD902", "/currencyCode", 3, 3, "currencyCode is the old name of orderCurrency"),
    ),
    "a field of the order system": (
        changed('"externalId": "CRM-1007"', '"state": "new"'),
        warning("ORD903", "/state", 2, 3, "state is set by the order system; the value is ignored"),
    ),
}
