"""The version of TMF622 in which an order is written is told by its document alone."""

from __future__ import annotations

from typing import Any

import pytest

from ordercli.resources.product_order.versions import signs

Json = dict[str, Any]
LINE: Json = {"id": "1", "action": "add"}


def order(**members: Any) -> Json:
    return {"productOrderItem": [LINE], **members}


def in_line(**members: Any) -> Json:
    return {"productOrderItem": [LINE, {"id": "2", "productOrderItem": [{**LINE, **members}]}]}


NESTED = "/productOrderItem/1/productOrderItem/0"


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (order(externalId=[]), "/externalId"),
        (order(requestedInitialState="draft"), "/requestedInitialState"),
        (order(relatedParty=[{}, {"partyOrPartyRole": {}}]), "/relatedParty/1/partyOrPartyRole"),
        (order(channel=[{"channel": {}}]), "/channel/0/channel"),
        (in_line(quoteItem={"quoteItemId": "7"}), f"{NESTED}/quoteItem/quoteItemId"),
        (in_line(product={"place": [{"place": {}}]}), f"{NESTED}/product/place/0/place"),
        (
            in_line(product={"relatedParty": [{"partyOrPartyRole": {"id": "1"}}]}),
            f"{NESTED}/product/relatedParty/0/partyOrPartyRole",
        ),
    ],
)
def test_signs_of_v5(document: Json, place: str) -> None:
    assert signs(document) == (None, place)


@pytest.mark.parametrize(
    ("document", "place"),
    [
        (order(externalId="CRM-1"), "/externalId"),
        (order(cancellationDate="2026-03-02T08:00:00Z"), "/cancellationDate"),
        (order(cancellationReason="late"), "/cancellationReason"),
        (order(relatedParty=[{"id": "1"}]), "/relatedParty/0/id"),
        (order(channel=[{"id": "web"}]), "/channel/0/id"),
        (in_line(product={"place": [{"id": "1", "role": "site"}]}), f"{NESTED}/product/place/0/id"),
        (in_line(product={"relatedParty": [{"id": "1"}]}), f"{NESTED}/product/relatedParty/0/id"),
        (
            in_line(productOrderItemRelationship=[{"orderItem": {"id": "1"}}]),
            f"{NESTED}/productOrderItemRelationship/0/orderItem",
        ),
    ],
)
def test_signs_of_v4(document: Json, place: str) -> None:
    assert signs(document) == (place, None)


def test_the_first_sign_of_each_version_is_reported() -> None:
    mixed = order(
        externalId="CRM-1", relatedParty=[{"partyOrPartyRole": {}}, {"id": "1"}], requestedInitialState="draft"
    )

    assert signs(mixed) == ("/externalId", "/requestedInitialState")


@pytest.mark.parametrize(
    "document",
    [
        order(),
        {},
        {"productOrderItem": "none"},
        order(externalId=None, channel=None, relatedParty={"id": "1"}),
        order(externalId=7, channel=["web"], relatedParty=[None]),
        {"productOrderItem": [None, [], {"product": [], "productOrderItem": {}, "quoteItem": []}]},
    ],
)
def test_other_documents_have_no_sign(document: Json) -> None:
    assert signs(document) == (None, None)


def test_a_deep_document_is_searched_to_its_end() -> None:
    document: Json = {"quoteItem": {"quoteItemId": "1"}}
    for _ in range(20_000):
        document = {"productOrderItem": [document]}

    v4, v5 = signs(document)

    assert v4 is None
    assert (v5 or "").endswith("/productOrderItem/0/quoteItem/quoteItemId")
