from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from ordercli.intake import json_text
from ordercli.orders.order_rows import LineView, OrderView
from ordercli.resources.document import order_document
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from support.builders import encoded, line, product_order

if TYPE_CHECKING:
    from support.builders import Json

CREATED_AT = "2026-03-01T09:00:00.000Z"
ORDER_ID = "0" * 31 + "1"


def view(**changed: Any) -> OrderView:
    return replace(OrderView(1, ORDER_ID, "PO-1", "cli", None, "new", 1, CREATED_AT, "servicenow"), **changed)


def new_line(item_id: str = "1", **changed: Any) -> LineView:
    return LineView(item_id, "new", 1, False)._replace(**changed)


def test_a_document_has_every_member_of_the_payload_and_what_the_system_knows() -> None:
    order = product_order(
        requestedCompletionDate="2026-03-20T17:00:00Z", note=[{"text": "hello"}], unknown={"deep": [1, "x", None]}
    )

    document = order_document(view(), [new_line()], encoded(order))

    assert document == {
        **order,
        "id": ORDER_ID,
        "href": f"/api/sn_ind_tmt_orm/order/productOrder/{ORDER_ID}",
        "state": "new",
        "version": "1",
        "ponr": "false",
        "orderDate": CREATED_AT,
        "expectedCompletionDate": "2026-03-20T17:00:00Z",
        "productOrderItem": [{**line(), "state": "new", "version": "1", "ponr": "false"}],
    }


def test_what_the_server_owns_is_never_the_caller_s() -> None:
    claims = dict.fromkeys(("id", "href", "state", "orderDate", "version", "ponr", "completionDate"), "mine")
    order = product_order(**claims, expectedCompletionDate="mine", items=[line(state="m", version="m", ponr="m")])

    document = order_document(view(), [new_line()], encoded(order))

    assert document == order_document(view(), [new_line()], encoded(product_order()))


def test_nulls_are_left_out_everywhere_but_in_lists() -> None:
    order = product_order(channel=None, items=[line(actionReason=None, product={"place": None})], x=[None, {"y": None}])

    document = order_document(view(), [new_line()], encoded(order))

    assert document == order_document(view(), [new_line()], encoded(product_order(x=[None, {}])))


@pytest.mark.parametrize(
    "number", ["1.10", "1e400", "-0.0", "12345678901234567890123", "0.1000000000000000055", "1" * 5000]
)
def test_numbers_go_out_as_they_came_in(number: str) -> None:
    payload = encoded(product_order(x="N")).replace(b'"N"', number.encode())

    document = order_document(view(), [new_line()], payload)

    assert f'"x":{number}'.encode() in json_text.encode(document)


@pytest.mark.parametrize(
    ("filled", "members", "shown"),
    [
        ("USD", {"orderCurrency": ...}, {"orderCurrency": "USD"}),
        ("USD", {"orderCurrency": None}, {"orderCurrency": "USD"}),
        (None, {"orderCurrency": "EUR"}, {"orderCurrency": "EUR"}),
        (None, {"orderCurrency": ..., "currencyCode": "SEK"}, {"currencyCode": "SEK"}),
    ],
)
def test_a_currency_that_was_filled_in_is_shown(filled: str | None, members: Json, shown: Json) -> None:
    document = order_document(view(filled_currency=filled), [new_line()], encoded(product_order(**members)))

    assert {name: document[name] for name in ("orderCurrency", "currencyCode") if name in document} == shown


def test_an_order_is_past_its_point_of_no_return_with_the_first_of_its_lines() -> None:
    order = product_order(items=[line("1"), line("2")])
    lines = [new_line("1", state="in_progress", version=3, ponr=True), new_line("2")]

    document = order_document(view(state="in_progress", version=4), lines, encoded(order))

    order_part = {name: document[name] for name in ("state", "version", "ponr")}
    line_parts = [
        {name: each[name] for name in ("id", "state", "version", "ponr")} for each in document["productOrderItem"]
    ]
    assert order_part == {"state": "in_progress", "version": "4", "ponr": "true"}
    assert line_parts == [
        {"id": "1", "state": "in_progress", "version": "3", "ponr": "true"},
        {"id": "2", "state": "new", "version": "1", "ponr": "false"},
    ]


def test_the_profile_tmf622_speaks_its_own_words_for_states_nested_lines_included() -> None:
    order = product_order(items=[line("1", action="modify", productOrderItem=[line("1.1")])])
    lines = [new_line("1", state="on_hold"), new_line("1.1", state="in_progress")]

    document = order_document(view(profile="tmf622-v4"), lines, encoded(order))

    (shown,) = document["productOrderItem"]
    (nested,) = shown["productOrderItem"]
    assert (document["state"], shown["state"], nested["state"]) == ("acknowledged", "held", "inProgress")
    assert (shown["action"], nested["id"]) == ("modify", "1.1")


def test_the_address_of_an_order_is_that_of_the_seed() -> None:
    assert PRODUCT_ORDER.href("8d75939453126010a795ddeeff7b126a") == (
        "/api/sn_ind_tmt_orm/order/productOrder/8d75939453126010a795ddeeff7b126a"
    )
