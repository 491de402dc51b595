"""An order's bytes go in, the records of reference data that it names come out, before anybody judges it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.reference.lookup import Name

Text = str | None


class _Ref(Struct):
    id: Text = None


class _Party(_Ref):
    type: Text = field(default=None, name="@referredType")


class _Product(_Ref, rename="camel"):
    product_specification: _Ref | None = None
    place: _Ref | list[_Ref | None] | None = None


class _Item(Struct, rename="camel"):
    product_offering: _Ref | None = None
    product: _Product | None = None


class _Order(Struct, rename="camel"):
    """Nothing but what can be looked up; msgspec passes over everything else."""

    channel: list[_Ref | None] | None = None
    related_party: list[_Party | None] | None = None
    product_order_item: list[_Item | None] | None = None


_decode = msgspec.json.Decoder(_Order).decode


def named_records(orders: Iterable[bytes]) -> Iterator[Name]:
    """Most of what the rules will look up for these orders, in no order and more than once; of ill-shaped ones nothing.

    A hint, no promise: what is missing here the rules ask for by themselves.
    """
    for data in orders:
        try:
            order = _decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            continue
        for record_type, named in _refs(order):
            if named and named.id:
                yield record_type, named.id


def _refs(order: _Order) -> Iterator[tuple[str, _Ref | None]]:
    for channel in order.channel or ():
        yield "DistributionChannel", channel
    for party in order.related_party or ():
        if party and party.type:
            yield party.type, party
    for item in order.product_order_item or ():
        if item:
            yield "ProductOffering", item.product_offering
            yield from _refs_of_product(item.product)


def _refs_of_product(product: _Product | None) -> Iterator[tuple[str, _Ref | None]]:
    if product:
        yield "Product", product
        yield "ProductSpecification", product.product_specification
        places = product.place if isinstance(product.place, list) else [product.place]
        for place in places:
            yield "Place", place
