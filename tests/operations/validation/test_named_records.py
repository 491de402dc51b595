from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.operations.validate import named_records
from support.builders import encoded, line, product_order

if TYPE_CHECKING:
    from support.builders import Json


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({}, []),
        ({"channel": [{"id": "online"}, None, {"name": "shop"}]}, [("DistributionChannel", "online")]),
        (
            {
                "relatedParty": [
                    {"id": "c-1", "@referredType": "Customer"},
                    {"id": "c-2", "@referredType": None},
                    {"@referredType": "Consumer"},
                    None,
                ]
            },
            [("Customer", "c-1")],
        ),
        (
            {"productOrderItem": [line(product={"id": "p-1", "place": {"id": "here"}}), {"id": "2", "product": None}]},
            [
                ("ProductOffering", "fiber"),
                ("Product", "p-1"),
                ("ProductSpecification", "access"),
                ("Place", "here"),
            ],
        ),
        (
            {"productOrderItem": [{"product": {"place": [{"id": "here"}, None, {"id": "there"}]}}]},
            [("Place", "here"), ("Place", "there")],
        ),
        (
            {
                "channel": [{"role": "web", "channel": {"id": "online"}}, {"channel": None}],
                "relatedParty": [
                    {"role": "Account", "partyOrPartyRole": {"id": "c-1"}},
                    {"role": "any", "partyOrPartyRole": {"id": "c-2", "@referredType": "Consumer"}},
                    {"role": "any", "partyOrPartyRole": {"id": "c-3"}},
                    {"role": "Location", "partyOrPartyRole": {"id": "here"}},
                ],
                "productOrderItem": [
                    {
                        "product": {"place": [{"role": "site", "place": {"id": "there"}}]},
                        "productOrderItem": [{"productOffering": {"id": "inner"}}],
                    }
                ],
            },
            [
                ("DistributionChannel", "online"),
                ("Customer", "c-1"),
                ("Consumer", "c-2"),
                ("Place", "here"),
                ("Place", "there"),
                ("ProductOffering", "inner"),
            ],
        ),
    ],
)
def test_an_order_names_records(members: Json, named: list[tuple[str, str]]) -> None:
    order = product_order(items=[], relatedParty=[]) | members

    assert list(named_records([encoded(order)])) == named


@pytest.mark.parametrize("unreadable", [b"{", b"[]", b"\xff", b"[" * 100_000, {"channel": "online"}, {"channel": [1]}])
def test_an_order_that_cannot_be_read_names_nothing(unreadable: bytes | Json) -> None:
    data = unreadable if isinstance(unreadable, bytes) else encoded(unreadable)
    good = product_order(items=[line()], relatedParty=[])

    assert list(named_records([data, encoded(good)])) == [
        ("ProductOffering", "fiber"),
        ("ProductSpecification", "access"),
    ]
