"""Compare order documents by their content."""

from __future__ import annotations

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal
from hashlib import sha256
from typing import Any

from ordercli.intake import json_text

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


_EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)


def fingerprint(document: bytes, currency: str | None = None) -> bytes:
    """Return a digest that is the same for two orders if and only if they are equal.

    Orders are equal if their JSON values are equal. White space, the order of members, the notation of numbers, null
    members, and members that the server owns are ignored. `currency` is the default that was filled in, because an
    exported order names it.
    """
    order = json_text.decode_values(document)
    if isinstance(order, dict):
        if currency and not order.get("orderCurrency"):
            order["orderCurrency"] = currency
        order = _without(order, ORDER_MEMBERS)
        if isinstance(order.get("productOrderItem"), list):
            order["productOrderItem"] = [_line(item) for item in order["productOrderItem"]]
    return sha256(repr(_frozen(order)).encode()).digest()


def same_values(one: bytes, other: bytes) -> bool:
    """Return whether two documents have equal JSON values, compared as by `fingerprint`; no member is left out."""
    return bool(_frozen(json_text.decode_values(one)) == _frozen(json_text.decode_values(other)))


def _line(item: Any) -> Any:  # noqa: ANN401 - JSON
    if not isinstance(item, dict):
        return item
    line = _without(item, LINE_MEMBERS)
    if isinstance(line.get("productOrderItem"), list):
        line["productOrderItem"] = [_line(child) for child in line["productOrderItem"]]
    return line


def _without(members: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: member for name, member in members.items() if name not in names}


def _frozen(value: Any) -> Any:  # noqa: ANN401 - JSON, as something that is equal and looks equal where the values are
    if isinstance(value, dict):
        members = ((name, _frozen(member)) for name, member in value.items() if member is not None)
        return ("object", *sorted(members))
    if isinstance(value, list):
        return ("list", *map(_frozen, value))
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return ("number", str(_EXACT.normalize(Decimal(value)) or 0))
    return ("boolean", value) if isinstance(value, bool) else value
