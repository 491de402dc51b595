"""The line items of an order, flat."""

from __future__ import annotations

from typing import Any

import pytest

from ordercli.tmf622.lines import lines


def test_lines_stand_in_the_order_of_the_document_nested_ones_after_their_holder() -> None:
    deepest: Any = {"id": "1.1.1"}
    first: Any = {"id": "1.1", "productOrderItem": [deepest]}
    second: Any = {"productOrderItem": [{"id": "?.1"}]}
    holder: Any = {"id": "1", "productOrderItem": [first, second]}
    last: Any = {"id": "2", "productOrderItem": None}

    found = lines({"productOrderItem": [holder, last]})  # type: ignore[typeddict-item]

    assert [(line.item, line.pointer, line.holder) for line in found] == [
        (holder, "/productOrderItem/0", None),
        (first, "/productOrderItem/0/productOrderItem/0", "1"),
        (deepest, "/productOrderItem/0/productOrderItem/0/productOrderItem/0", "1.1"),
        (second, "/productOrderItem/0/productOrderItem/1", "1"),
        ({"id": "?.1"}, "/productOrderItem/0/productOrderItem/1/productOrderItem/0", None),
        (last, "/productOrderItem/1", None),
    ]


@pytest.mark.parametrize("order", [{}, {"productOrderItem": None}, {"productOrderItem": []}])
def test_an_order_may_have_none(order: Any) -> None:  # noqa: ANN401
    assert lines(order) == []
