from __future__ import annotations

from typing import Any

import pytest

from ordercli.errors import UsageError
from ordercli.intake import json_text
from ordercli.operations.patch_document import Assignment, assigned, assignment
from support.builders import line, product_order

Json = dict[str, Any]


@pytest.mark.parametrize(
    ("text", "segments", "value"),
    [
        ("state=in_progress", ["state"], "in_progress"),
        ("channel.0.id=web", ["channel", "0", "id"], "web"),
        ("note.-.text=a=b", ["note", "-", "text"], "a=b"),
        ("a=true", ["a"], True),
        ("a=null", ["a"], None),
        ("a=", ["a"], ""),
        ('a={"b":[1,{"c":null}]}', ["a"], {"b": [1, {}]}),
        ("a={broken", ["a"], "{broken"),
        ("a=1 2", ["a"], "1 2"),
    ],
)
def test_a_value_is_json_or_else_a_string(text: str, segments: list[str], value: object) -> None:
    assert assignment(text) == Assignment(segments, value)


@pytest.mark.parametrize(
    ("text", "segments", "value"),
    [
        ("/channel/0/id=web", ["channel", "0", "id"], "web"),
        ("/a~1b/c~0d=1", ["a/b", "c~d"], 1),
        ("/a~01=1", ["a~1"], 1),
    ],
)
def test_a_path_that_begins_with_a_slash_is_a_json_pointer(text: str, segments: list[str], value: object) -> None:
    assert assignment(text) == Assignment(segments, value, is_pointer=True)


def test_a_number_keeps_its_text() -> None:
    assert json_text.encode(assignment("price=19.90").value) == b"19.90"


@pytest.mark.parametrize("text", ["a." * 64 + "b=1", "/a" * 65 + "=1"])
def test_a_path_that_is_deeper_than_an_order_may_be_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as refused:
        assignment(text)

    assert refused.value.message == f"--set {text.removesuffix('=1')}: nested deeper than 64 levels"


@pytest.mark.parametrize("text", ["state", "=1", "a..b=1", ".a=1", "/=1"])
def test_what_has_no_path_or_no_value_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--set takes PATH=VALUE"):
        assignment(text)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("state=x", {"state": "x"}),
        ("channel.0.id=web", {"channel": [{"id": "web", "name": "Shop"}, {"id": "2"}]}),
        ("channel.2.id=web", {"channel": [{"id": "1", "name": "Shop"}, {"id": "2"}, {"id": "web"}]}),
        ("channel.-.id=web", {"channel": [{"id": "1", "name": "Shop"}, {"id": "2"}, {"id": "web"}]}),
        ("channel.0=null", {"channel": [{"id": "2"}]}),
        ("channel.0.name=null", {"channel": [{"id": "1"}, {"id": "2"}]}),
        ("channel=null", {"channel": ...}),
        ("note.-.text=hi", {"note": [{"text": "hi"}]}),
        ("note.0.text=hi", {"note": [{"text": "hi"}]}),
        ("quote.id=1", {"quote": {"id": 1}}),
        ("productOrderItem.10.quantity=2", {"productOrderItem": [line("10", quantity=2)]}),
        ("/productOrderItem/0/quantity=2", {"productOrderItem": [line("10", quantity=2)]}),
        ('/productOrderItem/-={"id":"20"}', {"productOrderItem": [line("10"), {"id": "20"}]}),
        ('/productOrderItem/1={"id":"20"}', {"productOrderItem": [line("10"), {"id": "20"}]}),
        ('productOrderItem.20={"action":"add"}', {"productOrderItem": [line("10"), {"action": "add", "id": "20"}]}),
    ],
)
def test_a_value_goes_into_its_place(text: str, changed: Json) -> None:
    order = product_order(channel=[{"id": "1", "name": "Shop"}, {"id": "2"}], items=[line("10")])

    found = assigned(order, assignment(text))

    expected = {name: member for name, member in {**order, **changed}.items() if member is not ...}
    assert found == expected
    assert order == product_order(channel=[{"id": "1", "name": "Shop"}, {"id": "2"}], items=[line("10")])


@pytest.mark.parametrize("path", ["productOrderItem.1.productOrderItem.1a.quantity", "productOrderItem.1a.quantity"])
def test_a_nested_line_is_named_by_its_id_alone(path: str) -> None:
    order = product_order(items=[{**line("1"), "productOrderItem": [line("1a"), line("1b")]}])

    found = assigned(order, assignment(f"{path}=7"))

    below = [line("1a", quantity=7), line("1b")]
    assert found == product_order(items=[{**line("1"), "productOrderItem": below}])


def test_a_json_pointer_leads_to_a_nested_line_by_indexes() -> None:
    order = product_order(items=[{**line("1"), "productOrderItem": [line("1a"), line("1b")]}])

    found = assigned(order, assignment("/productOrderItem/0/productOrderItem/1/quantity=7"))

    below = [line("1a"), line("1b", quantity=7)]
    assert found == product_order(items=[{**line("1"), "productOrderItem": below}])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("channel.5.id=1", "--set channel.5.id: there is no element 5 among 0"),
        ("channel.x=1", "--set channel.x: there is no element x among 0"),
        ("orderCurrency.code=1", "--set orderCurrency.code: 'EUR' has no members or elements"),
        ("productOrderItem=[]", "--set productOrderItem: name one line"),
        ("productOrderItem.10=null", "--set productOrderItem.10: a line item is changed or cancelled, not replaced"),
        ("productOrderItem.10={}", "--set productOrderItem.10: a line item is changed or cancelled, not replaced"),
        ("productOrderItem.10.id=11", "--set productOrderItem.10.id: the id of a line item stays"),
        ("productOrderItem.99.quantity=1", "--set productOrderItem.99.quantity: the order has no line item 99"),
        ("/productOrderItem/10/quantity=1", "--set /productOrderItem/10/quantity: there is no element 10 among 1"),
        ("/productOrderItem/-/quantity=1", "--set /productOrderItem/-/quantity: a new line item is an object"),
        ("/productOrderItem/0={}", "--set /productOrderItem/0: a line item is changed or cancelled, not replaced"),
        ("/productOrderItem/0/id=11", "--set /productOrderItem/0/id: the id of a line item stays"),
        ("/a~1b/c=1", "--set /a~1b/c: 'x' has no members or elements"),
        ("productOrderItem.10.productOrderItem=1", "--set productOrderItem.10.productOrderItem: name one line"),
    ],
)
def test_a_path_that_leads_nowhere_is_refused(text: str, reason: str) -> None:
    with pytest.raises(UsageError) as refused:
        assigned(product_order(items=[line("10")], channel=[], **{"a/b": "x"}), assignment(text))

    assert refused.value.message == reason
