"""Build valid product orders, service orders, line items and records for tests."""

from __future__ import annotations

import json
from binascii import crc32
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
    """Return a line item; `product` adds members to its product."""
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
    """Return a valid product order of the profile servicenow; a member that is given as `...` is left out."""
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
    """Return this many valid orders with the external ids PO-1, PO-2 …."""
    return [product_order(f"PO-{n}") for n in range(first, first + count)]


def product_order_v4(external_id: str, **members: Any) -> Json:
    """Return a product order that is written as TMF622 v4 says."""
    return {"externalId": external_id, "productOrderItem": [{"id": "1", "action": "add"}], **members}


def product_order_v5(external_id: str, **members: Any) -> Json:
    """Return a product order that is written as TMF622 v5 says."""
    return {
        "@type": "ProductOrder",
        "externalId": [{"id": external_id, "externalIdentifierType": "PO", "@type": "ExternalIdentifier"}],
        "productOrderItem": [{"id": "1", "action": "add", "@type": "ProductOrderItem"}],
        **members,
    }


def service_line(item_id: str = "1", *, specification: str = "access", action: str = "add", **members: Any) -> Json:
    """Return a line item of a service order."""
    return {
        "id": item_id,
        "action": action,
        "service": {"serviceSpecification": {"id": specification, "name": "Access"}},
        **members,
    }


def service_order(external_id: str | None = "SO-1", *, items: list[Json] | None = None, **members: Any) -> Json:
    """Return a valid service order of the profile servicenow; an `external_id` of None is left out."""
    order: Json = {
        "externalId": external_id,
        "serviceOrderItem": items if items is not None else [service_line()],
        "relatedParty": [CUSTOMER],
        **members,
    }
    return {name: member for name, member in order.items() if (name, member) != ("externalId", None)}


def is_service_order(mark: str) -> bool:
    """Return whether `mixed_order` makes a service order of this mark, as it does of about half of them."""
    return bool(crc32(mark.encode()) & 1)


def mixed_order(mark: str, *, anonymous: bool = False, **members: Any) -> Json:
    """Return a valid order of one kind or the other; its mark decides, and is its external id unless anonymous."""
    make = service_order if is_service_order(mark) else product_order
    return make(None if anonymous else mark, **members)


def mixed_orders(count: int, first: int = 1) -> list[Json]:
    """Return this many valid orders of both kinds with the external ids PO-1, PO-2 …."""
    return [mixed_order(f"PO-{n}") for n in range(first, first + count)]


def encoded(document: Any) -> bytes:
    """Return a document as compact JSON."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def as_order(document: Json, shape: type[msgspec.Struct] = ProductOrder) -> Any:
    """Return a document, or a part of one, in the shape that the rules read; missing members are None."""
    return msgspec.convert(document, lenient(shape))


def as_document(order: msgspec.Struct | None, shape: type[msgspec.Struct] = ProductOrder) -> Json:
    """Return an order in that shape as a document again, without nulls and without unknown members."""
    return cast("Json", without_nulls(msgspec.to_builtins(as_order(msgspec.to_builtins(order), shape))))


def ndjson(*documents: Json | bytes) -> bytes:
    """Return documents as lines of NDJSON; bytes stay as they are."""
    lines = (each if isinstance(each, bytes) else encoded(each) for each in documents)
    return b"".join(line + b"\n" for line in lines)


def write_orders(path: Path, *documents: Json | bytes) -> str:
    """Write a file with one order per line, and return its path."""
    path.write_bytes(ndjson(*documents))
    return str(path)


def record(document: Json | bytes, n: int = 1, file: str = "orders.ndjson") -> Record:
    """Return a record of an order file, alone on line `n`."""
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
    """Return the values of an accepted order that are not in its payload."""
    return Accepted(seq, order_id, external_id, source, profile, filled_currency, batch_id)
