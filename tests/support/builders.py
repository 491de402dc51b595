"""Product orders as tests need them: whole and good, save for what a test is about."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

import msgspec

from ordercli.intake.forms import lenient
from ordercli.intake.json_text import without_nulls
from ordercli.intake.record import Record
from ordercli.resources.product_order.shapes import ProductOrder
from ordercli.resources.resource import Accepted

if TYPE_CHECKING:
    from pathlib import Path

Json = dict[str, Any]

CUSTOMER: Json = {"id": "customer-1", "name": "Funco Intl", "@type": "RelatedParty", "@referredType": "Customer"}


def line(
    item_id: str = "1",
    *,
    offering: str = "fiber",
    specification: str = "access",
    action: str = "add",
    product: Json | None = None,
    **members: Any,
) -> Json:
    """A line item; `product` adds members to its product."""
    return {
        "id": item_id,
        "action": action,
        "quantity": 1,
        "product": {"productSpecification": {"id": specification}, **(product or {})},
        "productOffering": {"id": offering},
        **members,
    }


def product_order(
    external_id: str | None = "PO-1",
    *,
    items: list[Json] | None = None,
    **members: Any,
) -> Json:
    """A good product order of the profile servicenow; a member that is given as `...` is left out."""
    order: Json = {
        "externalId": external_id,
        "orderCurrency": "EUR",
        "productOrderItem": items if items is not None else [line()],
        "relatedParty": [CUSTOMER],
        **members,
    }
    return {
        name: member for name, member in order.items() if member is not ... and (name, member) != ("externalId", None)
    }


def product_orders(count: int, first: int = 1) -> list[Json]:
    """So many good orders with the external ids PO-1, PO-2 …."""
    return [product_order(f"PO-{n}") for n in range(first, first + count)]


def encoded(document: Any) -> bytes:
    """A document as compact JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def as_order(document: Json, shape: type[msgspec.Struct] = ProductOrder) -> Any:
    """A document, or a part of one in another shape, as the rules see it; what is missing is None."""
    return msgspec.convert(document, lenient(shape))


def as_document(order: msgspec.Struct | None, shape: type[msgspec.Struct] = ProductOrder) -> Json:
    """An order as the rules saw it, as a document of the members that its shape knows, without nulls."""
    return cast("Json", without_nulls(msgspec.to_builtins(as_order(msgspec.to_builtins(order), shape))))


def ndjson(*documents: Json | bytes) -> bytes:
    """Documents as lines; bytes stay as they are."""
    lines = (each if isinstance(each, bytes) else encoded(each) for each in documents)
    return b"".join(line + b"\n" for line in lines)


def write_orders(path: Path, *documents: Json | bytes) -> str:
    """A file of orders, one a line; gives its path."""
    path.write_bytes(ndjson(*documents))
    return str(path)


def record(document: Json | bytes, n: int = 1, file: str = "orders.ndjson") -> Record:
    """A record of an order file, alone on line `n`."""
    return Record(document if isinstance(document, bytes) else encoded(document), file, n, 1, n)


def accepted(
    seq: int = 1,
    *,
    order_id: str = "0" * 31 + "1",
    external_id: str | None = "PO-1",
    source: str = "cli",
    profile: str = "servicenow",
    filled_currency: str | None = None,
    batch_id: str = "b" * 32,
) -> Accepted:
    """What is known of an accepted order beside its payload."""
    return Accepted(seq, order_id, external_id, source, profile, filled_currency, batch_id)
