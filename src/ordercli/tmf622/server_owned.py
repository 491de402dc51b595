"""The members that the order system sets itself; in an order that comes in they are ignored (ORD903)."""

from __future__ import annotations

ORDER_MEMBERS = (
    "id",
    "href",
    "state",
    "orderDate",
    "version",
    "ponr",
    "expectedCompletionDate",
    "completionDate",
)
LINE_MEMBERS = ("state", "version", "ponr", "workNote")
