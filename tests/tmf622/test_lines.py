"""The line items of an order, flat."""

from __future__ import annotations

from typing import Any

import pytest

from ordercli.resources.common.values import document_lines, lines
from ordercli.resources.product_order.shapes_v4 import ProductOrder
from support.builders import as_order


def test_lines_stand_in_the_order_of_the_document_nested_ones_after_their_holder() -> None:
    deepest: Any = {"id": "1.1.1"}
    first: Any = {"id": "1.1", "productOrderItem": [deepest]}
    second: Any = {"productOrderItem": [{"id": "?.1"}]}
    holder: Any = {"id": "1", "productOrderItem": [first, second]}
    last: Any = {"id": "2", "productOrderItem": None}
    document = {"productOrderItem": [holder, last]}
    expected = [
        (holder, "/productOrderItem/0", None),
        (first, "/productOrderItem/0/productOrderItem/0", holder),
        (deepest, "/productOrderItem/0/productOrderItem/0/productOrderItem/0", first),
        (second, "/productOrderItem/0/productOrderItem/1", holder),
        ({"id": "?.1"}, "/productOrderItem/0/productOrderItem/1/productOrderItem/0", second),
        (last, "/productOrderItem/1", None),
    ]

    of_document = document_lines(document)
    of_order = lines(as_order(document, ProductOrder))

    assert [(line.item, line.pointer, line.above and line.above.item) for line in of_document] == expected
    assert [(line.item.id, line.pointer, line.above and line.above.item.id) for line in of_order] == [
        (item.get("id"), pointer, above and above.get("id")) for item, pointer, above in expected
    ]


@pytest.mark.parametrize("document", [{}, {"productOrderItem": None}, {"productOrderItem": []}])
def test_an_order_may_have_none(document: Any) -> None:
    assert document_lines(document) == []
    assert lines(as_order(document)) == []
