"""Each document tells its kind, and the rules of that kind judge it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from ordercli.resources.validator import KindValidator, OrderValidator, kind_of
from support.builders import encoded, line, product_order, service_line, service_order

if TYPE_CHECKING:
    from ordercli.resources.resource import Resource

NEITHER = OrderValidator().validate(b'{"externalId": "neither"}').findings
BOTH = {**product_order("X-1"), "serviceOrderItem": [service_line()]}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (encoded(product_order()), "productOrder"),
        (encoded(service_order()), "serviceOrder"),
        (b"\xef\xbb\xbf" + encoded(service_order()), "serviceOrder"),
        (b' {\n "serviceOrderItem" : null }', "serviceOrder"),
        (b'{"productOrderItem": [], "serviceOrderItem": [{}]}', "serviceOrder"),
        (b'{"productOrderItem": null, "serviceOrderItem": {}}', "productOrder"),
        (encoded(BOTH), "productOrder"),
        # Of neither kind, or not to be read: the first kind tells what is wrong.
        (b"{}", "productOrder"),
        (b'{"quoteItem": [{"id": "1"}]}', "productOrder"),
        (b'{"note": [{"text": "serviceOrderItem"}]}', "productOrder"),
        (b'{"note": {"serviceOrderItem": [{"id": "1"}]}}', "productOrder"),
        (b'{"serviceOrderItem": [{"id": "1"', "productOrder"),
        (b'{"serviceOrderItem": "caf\xe9"}', "serviceOrder"),
        (b'["serviceOrderItem"]', "productOrder"),
        (b"", "productOrder"),
    ],
)
def test_a_document_tells_its_kind_by_its_line_items(data: bytes, kind: str) -> None:
    assert kind_of(data).name == kind


def validator(made: list[str]) -> KindValidator:
    def make(resource: Resource) -> OrderValidator:
        made.append(resource.name)
        return OrderValidator(resource=resource)

    return KindValidator(make)


def test_a_mixed_file_is_judged_by_the_rules_of_each_kind() -> None:
    made: list[str] = []
    mixed = validator(made)
    documents = [
        product_order(items=[line(offering="")]),
        service_order(items=[service_line(action="")]),
        service_order(relatedParty=None),
        product_order(relatedParty=None),
        {"externalId": "neither"},
    ]

    found = [mixed.validate(encoded(each)) for each in documents]

    assert [(each.resource, [(one.code, one.message) for one in each.findings]) for each in found] == [
        ("productOrder", [("ORD106", "Invalid payload: productOffering id is missing")]),
        ("serviceOrder", [("ORD104", "Invalid payload: serviceOrderItem action is missing.")]),
        ("serviceOrder", [("ORD112", "Invalid payload: Customer Account or Consumer is missing")]),
        ("productOrder", [("ORD111", "Invalid payload: relatedParty is missing")]),
        ("productOrder", [(each.code, each.message) for each in NEITHER]),
    ]
    assert {each.code for each in NEITHER} >= {"ORD102", "ORD111"}
    assert made == ["productOrder", "serviceOrder"]


def test_the_rules_of_another_kind_are_made_when_its_first_order_comes() -> None:
    made: list[str] = []
    mixed = validator(made)

    mixed.validate(encoded(product_order()))
    first = list(made)
    for _ in range(3):
        mixed.validate(encoded(service_order()))

    assert (first, made) == (["productOrder"], ["productOrder", "serviceOrder"])


@pytest.mark.parametrize("profile", ["servicenow", "tmf622", "tmf622-v4"])
def test_an_order_with_line_items_of_both_kinds_is_refused(profile: str) -> None:
    mixed = KindValidator(lambda resource: OrderValidator(profile, resource=resource))

    (finding,) = mixed.validate(encoded(BOTH)).findings

    message = (
        "The order has both productOrderItem and serviceOrderItem; send the serviceOrderItem as an order of its own"
    )
    assert (finding.code, finding.pointer, finding.message) == ("ORD011", "/serviceOrderItem", message)


@pytest.mark.parametrize(
    ("resource", "order"),
    [
        (PRODUCT_ORDER, {**product_order(), "serviceOrderItem": []}),
        (PRODUCT_ORDER, {**product_order(), "note": [{"text": 'ask about "serviceOrderItem"'}], "colour": "red"}),
        (SERVICE_ORDER, {**service_order(), "productOrderItem": None}),
    ],
)
def test_an_empty_list_of_another_kind_is_only_an_unknown_field(resource: Resource, order: dict[str, object]) -> None:
    assert OrderValidator(resource=resource).validate(encoded(order)).findings == []
