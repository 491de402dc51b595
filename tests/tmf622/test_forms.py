"""A shape in the forms that its readers want."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from pydantic import TypeAdapter, ValidationError

from ordercli.intake.forms import holds_itself, known, lenient, typed_dict
from ordercli.resources.common.shapes import Characteristic, Note, RelatedParty
from ordercli.resources.product_order import shapes, shapes_v4

if TYPE_CHECKING:
    from support.builders import Json

BOTH = [shapes.ProductOrder, shapes_v4.ProductOrder]
CHARACTERISTIC = "ProductOrder.productOrderItem.product.productCharacteristic"
PARTY = "ProductOrder.relatedParty"
AMOUNT = "ProductOrder.productOrderItem.itemPrice.price.dutyFreeAmount"


def faults(shape: type[msgspec.Struct], document: Json) -> list[tuple[tuple[Any, ...], str]]:
    """Where pydantic finds fault with a document, and of which kind."""
    try:
        TypeAdapter(typed_dict(shape)).validate_python(document, strict=True)
    except ValidationError as error:
        return [(each["loc"], each["type"]) for each in error.errors()]
    return []


@pytest.mark.parametrize(
    ("shape", "does"), [(shapes.ProductOrder, False), (shapes_v4.ProductOrder, True), (shapes_v4.Product, True)]
)
def test_a_shape_may_hold_itself(shape: type[msgspec.Struct], does: bool) -> None:  # noqa: FBT001
    assert holds_itself(shape) is does


def test_pydantic_finds_the_faults_of_a_shape() -> None:
    assert faults(Note, {"text": "x", "author": None, "unknown": 1}) == []
    assert faults(Note, {"author": 1}) == [(("author",), "string_type"), (("text",), "missing")]


def test_pydantic_finds_the_faults_of_lines_in_lines() -> None:
    nested = {"id": "1", "action": "add", "productOrderItem": [{"id": "2", "action": "sell"}]}

    assert faults(shapes_v4.ProductOrderItem, nested) == [(("productOrderItem", 0, "action"), "literal_error")]


@pytest.mark.parametrize("shape", BOTH)
def test_an_order_may_lack_everything_where_it_is_read_leniently(shape: type[msgspec.Struct]) -> None:
    order = msgspec.convert({"productOrderItem": [{"product": {}}, {}], "note": [], "state": {"a": 1}}, lenient(shape))

    assert [each.product and each.product.id for each in order.product_order_item] == [None, None]
    assert order.product_order_item[0].product is not None
    assert order.product_order_item[1].product is None
    assert (order.note, order.state, order.external_id) == ([], {"a": 1}, None)


@pytest.mark.parametrize("value", [None, "x", 1.5, -(2**53), True, [], ["x", 1, None]])
def test_what_a_shape_leaves_open_holds_scalars_in_a_known_order(value: object) -> None:
    document = {"name": "Colour", "value": value}

    found = msgspec.convert(
        document,
        known(Characteristic, shapes.KNOWN_FIELDS, CHARACTERISTIC),
    )

    assert (found.name, found.value) == ("Colour", value)


@pytest.mark.parametrize("value", [{}, [{}], [[]], 2**53 + 1])
def test_what_a_shape_leaves_open_holds_no_objects_in_a_known_order(value: object) -> None:
    form = known(Characteristic, shapes.KNOWN_FIELDS, CHARACTERISTIC)

    with pytest.raises(msgspec.ValidationError, match="value"):
        msgspec.convert({"name": "Colour", "value": value}, form)


def test_a_known_order_has_fields_alone_that_somebody_knows() -> None:
    form = known(shapes.Amount, shapes.KNOWN_FIELDS, AMOUNT)

    assert msgspec.convert({"unit": "EUR", "value": 1}, form).value == 1
    with pytest.raises(msgspec.ValidationError, match="unknown field `currency`"):
        msgspec.convert({"currency": "EUR"}, form)


def test_fields_that_stand_in_the_shape_alone_are_not_known() -> None:
    party = {"id": "1", "@referredType": "Customer"}
    form = known(RelatedParty, shapes.KNOWN_FIELDS, PARTY)

    assert msgspec.convert(party | {"role": "x", "href": None}, form).id == "1"
    with pytest.raises(msgspec.ValidationError, match="firstName"):
        msgspec.convert(party | {"firstName": "Ana"}, form)


@pytest.mark.parametrize("form", [lenient(RelatedParty), known(RelatedParty, shapes.KNOWN_FIELDS, PARTY)])
def test_each_form_of_a_shape_tells_where_its_values_stand(form: type[RelatedParty]) -> None:
    assert form.id_at == "/id"


def test_each_form_of_a_shape_has_its_properties() -> None:
    class Party(RelatedParty, kw_only=True):
        @property
        def who(self) -> str:
            return f"{self.referred_type} {self.id}"

    party = msgspec.convert({"id": "1", "@referredType": "Customer"}, lenient(Party))

    assert party.who == "Customer 1"
