"""A shape in the forms that its readers want."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec.structs import fields
from pydantic import TypeAdapter, ValidationError

from ordercli.intake.forms import known, lenient, shape_in, typed_dict
from ordercli.resources.common.reading import MOST_NESTING
from ordercli.resources.common.shapes import Characteristic, Note, RelatedParty
from ordercli.resources.product_order import shapes, shapes_v4
from ordercli.resources.registry import RESOURCES
from ordercli.rulebook.document import MAX_DEPTH

if TYPE_CHECKING:
    from ordercli.resources.resource import Form
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


FORMS = [
    pytest.param(load(), id=f"{kind.name}-{profile.name}{suffix}")
    for kind in RESOURCES.values()
    for profile in kind.profiles.values()
    for suffix, load in profile.forms
]


def nesting_members(shape: type[msgspec.Struct]) -> frozenset[str]:
    """The members, of this shape and those in it, by which an object may contain another one of its shape."""
    return frozenset(
        each.encode_name
        for holder in shapes_within(shape)
        for each in fields(holder)
        if (inner := shape_in(each.type)) and holder in shapes_within(inner)
    )


@cache
def shapes_within(shape: type[msgspec.Struct]) -> frozenset[type[msgspec.Struct]]:
    """A shape with those of the objects that it may contain, at any depth."""
    found: set[type[msgspec.Struct]] = set()
    waiting = [shape]
    while waiting:
        if (each := waiting.pop()) not in found:
            found.add(each)
            waiting += (inner for member in fields(each) if (inner := shape_in(member.type)))
    return frozenset(found)


@pytest.mark.parametrize("form", FORMS)
def test_a_form_names_the_members_by_which_an_object_may_contain_another_of_its_shape(form: Form) -> None:
    assert {*form.nesting} == nesting_members(form.shape)


def levels_below(shape: type[msgspec.Struct], around: frozenset[type[msgspec.Struct]] = frozenset()) -> int:
    """The most arrays and objects below an object of a shape, those at nesting members left out."""
    nesting, inside = nesting_members(shape), around | {shape}
    steps = (
        levels_below(inner, inside) + 2 * (each.encode_name not in nesting)
        for each in fields(shape)
        if (inner := shape_in(each.type)) and inner not in inside
    )
    return max(steps, default=0)


@pytest.mark.parametrize("form", FORMS)
def test_a_known_order_with_few_nesting_members_is_never_too_deep(form: Form) -> None:
    own, a_list_of_texts = 1, 1

    assert own + levels_below(form.shape) + 2 * MOST_NESTING + a_list_of_texts <= MAX_DEPTH


def test_pydantic_finds_the_faults_of_a_shape() -> None:
    assert faults(Note, {"text": "x", "author": None, "unknown": 1}) == []
    assert faults(Note, {"author": 1}) == [(("author",), "string_type"), (("text",), "missing")]


def test_pydantic_finds_the_faults_of_members_of_every_type() -> None:
    document = {"role": "x", "id": "1", "unit": 1, "value": "1"}

    assert faults(shapes.Amount, document) == [
        (("unit",), "string_type"),
        (("value", "int"), "int_type"),
        (("value", "float"), "float_type"),
    ]
    assert faults(shapes.Product, {"isBundle": 1, "productSpecification": [], "place": None}) == [
        (("isBundle",), "bool_type"),
        (("productSpecification",), "dict_type"),
    ]
    assert faults(shapes.Channel, {"id": None, "name": 1}) == [(("id",), "string_type"), (("name",), "string_type")]
    assert faults(shapes.PriceAlteration, {"price": {"taxRate": True}}) == [
        (("price", "taxRate", "int"), "int_type"),
        (("price", "taxRate", "float"), "float_type"),
    ]


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
