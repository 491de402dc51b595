"""What counts as absent goes, whatever else stands."""

from __future__ import annotations

from typing import Any

import pytest

from ordercli.intake.forms import drop_absent
from ordercli.intake.json_text import is_blank
from ordercli.resources.product_order import shapes, shapes_v4


def present(document: dict[str, Any], shape: type = shapes.ProductOrder) -> dict[str, Any]:
    drop_absent(document, shape)
    return document


def test_nulls_and_unknown_members_go_at_every_level() -> None:
    document: dict[str, Any] = {
        "externalId": None,
        "foo": 1,
        "note": [{"id": None, "text": "x", "foo": {}}],
        "productOrderItem": [{"product": {"isBundle": None, "id": "1", "foo": None}}],
    }

    assert present(document) == {"note": [{"text": "x"}], "productOrderItem": [{"product": {"id": "1"}}]}


def test_a_null_in_a_list_of_objects_is_an_empty_object() -> None:
    assert present({"note": [None, {"text": "x"}]}) == {"note": [{}, {"text": "x"}]}


@pytest.mark.parametrize("blank", ["", " ", "\t\n\r\f\v"])
def test_required_text_that_is_blank_goes_and_optional_text_stays(blank: str) -> None:
    document = {"externalId": blank, "channel": [{"id": blank, "name": blank}]}

    assert present(document) == {"externalId": blank, "channel": [{"name": blank}]}


@pytest.mark.parametrize("empty", [{}, {"id": None}, {"foo": None}])
def test_a_required_object_without_members_goes_and_an_optional_one_stays(empty: dict[str, None]) -> None:
    item = {"productOffering": empty, "product": {"id": "1", "place": dict(empty)}}

    assert present({"productOrderItem": [item]}) == {"productOrderItem": [{"product": {"id": "1", "place": {}}}]}


def test_a_required_object_with_unknown_members_only_is_not_empty() -> None:
    assert present({"productOrderItem": [{"product": {"foo": 1}}]}) == {"productOrderItem": [{"product": {}}]}


def test_a_required_empty_list_goes_and_an_optional_one_stays() -> None:
    assert present({"productOrderItem": [], "note": []}) == {"note": []}


def test_what_is_of_another_type_than_wanted_stays() -> None:
    item = {"id": [], "action": {}, "product": "", "productOffering": []}
    document = {"productOrderItem": [item, "x", 5], "relatedParty": {}, "note": "", "channel": [[None]]}

    assert present(document) == {
        "productOrderItem": [{"id": [], "action": {}, "product": "", "productOffering": []}, "x", 5],
        "relatedParty": {},
        "note": "",
        "channel": [[None]],
    }


def test_values_of_any_type_are_not_looked_into() -> None:
    characteristic = {"value": {"a": None, "b": [None]}, "previousValue": [None]}
    document: dict[str, Any] = {"productOrderItem": [{"product": {"productCharacteristic": [characteristic]}}]}

    assert present(document) == {"productOrderItem": [{"product": {"productCharacteristic": [characteristic]}}]}
    assert characteristic == {"value": {"a": None, "b": [None]}, "previousValue": [None]}


def test_lines_in_lines_and_products_in_products_are_looked_into() -> None:
    product = {"product": [{"product": [{"id": None, "productOffering": {"id": " ", "name": "x"}}]}]}
    document = {"productOrderItem": [{"productOrderItem": [{"productOrderItem": [{"id": "", "product": product}]}]}]}

    assert present(document, shapes_v4.ProductOrder) == {
        "productOrderItem": [
            {
                "productOrderItem": [
                    {
                        "productOrderItem": [
                            {"product": {"product": [{"product": [{"productOffering": {"name": "x"}}]}]}}
                        ]
                    }
                ]
            }
        ]
    }


@pytest.mark.parametrize(("text", "blank"), [("", True), (" \t\n\r\f\v", True), ("\u00a0", False), ("x ", False)])
def test_blank_is_white_space_of_ascii(text: str, blank: bool) -> None:  # noqa: FBT001
    assert is_blank(text) is blank
