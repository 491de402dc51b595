from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ordercli.intake.json_text import shown_value
from ordercli.reference.allowed_values import AllowedValues
from ordercli.reference.records import Characteristic
from support.records import characteristic


def of(document: dict[str, Any]) -> AllowedValues:
    return AllowedValues(msgspec.convert(document, Characteristic))


@pytest.mark.parametrize(
    ("options", "value", "allowed"),
    [
        (["white", "black"], "white", True),
        (["white", "black"], "White", False),
        (["white", "black"], ["black", "white"], True),
        (["white", "black"], ["black", "mauve"], False),
        ([100], 100, True),
        ([100], 100.0, True),
        ([100], "100", True),
        (["100"], 100, True),
        ([1], True, False),
        ([True], True, True),
        ([True], "true", True),
        ([{"unit": "m", "value": 3}], {"value": 3, "unit": "m"}, True),
        ([], "anything", True),
    ],
)
def test_a_value_must_be_one_of_those_listed(options: list[Any], value: object, *, allowed: bool) -> None:
    assert of(characteristic("Colour", *options)).allow(value) is allowed


@pytest.mark.parametrize(
    ("interval", "allowed"),
    [
        (None, [10, 15, 20]),
        ("closed", [10, 15, 20]),
        ("open", [15]),
        ("closedBottom", [10, 15]),
        ("closedTop", [15, 20]),
    ],
)
def test_a_number_must_lie_in_a_range(interval: str | None, allowed: list[int]) -> None:
    wanted = of(
        {
            "name": "Speed",
            "productSpecCharacteristicValue": [{"valueFrom": 10, "valueTo": 20, "rangeInterval": interval}],
        }
    )

    assert [value for value in (9.99, 10, 15, 20, 20.01) if wanted.allow(value)] == allowed
    words: list[object] = ["9", "15", "x", None, True, {}]
    assert [word for word in words if wanted.allow(word)] == ["15"]


@pytest.mark.parametrize(
    ("option", "allowed"),
    [({"valueFrom": 10}, [10, 10**400]), ({"valueTo": 10}, [-5, 10]), ({"unitOfMeasure": "m"}, [-5, 10, 10**400])],
)
def test_a_range_may_be_open_on_one_side_or_both(option: dict[str, Any], allowed: list[int]) -> None:
    wanted = of({"name": "Speed", "productSpecCharacteristicValue": [option]})

    assert [value for value in (-5, 10, 10**400) if wanted.allow(value)] == allowed


@pytest.mark.parametrize("members", [{"extensible": True}, {"productSpecCharacteristicValue": [{"regex": "[0-9]+"}]}])
def test_extensible_values_and_patterns_allow_everything(members: dict[str, Any]) -> None:
    assert of(characteristic("Colour", "white") | members).allow("mauve")


@pytest.mark.parametrize(
    ("value", "text"), [("5 GB", "5 GB"), (5, "5"), (True, "true"), ({"a": [1, "ä"]}, '{"a":[1,"ä"]}')]
)
def test_a_value_is_shown_as_it_is_or_as_json(value: object, text: str) -> None:
    assert shown_value(value) == text


@pytest.mark.parametrize(
    ("value", "allowed"),
    [("white", True), (["white"], True), (["black", "white"], True), ("mauve", False), (["white", "mauve"], False)],
)
def test_an_array_that_is_listed_allows_its_elements(value: object, *, allowed: bool) -> None:
    option = {"@type": "StringArrayCharacteristicValueSpecification", "value": ["white", "black"]}

    assert of({"name": "Colour", "characteristicValueSpecification": [option]}).allow(value) is allowed


def test_a_value_that_says_nothing_is_passed_over() -> None:
    nothing = {"@type": "CharacteristicValueSpecification", "isDefault": True}

    some = of({"name": "Colour", "characteristicValueSpecification": [nothing, {"value": "white"}]})

    assert [some.allow(each) for each in ("white", "mauve")] == [True, False]
    assert of({"name": "Colour", "characteristicValueSpecification": [nothing]}).allow("mauve")


def test_a_pattern_of_the_characteristic_allows_everything() -> None:
    assert of({"name": "Colour", "regex": "[a-z]+", "characteristicValueSpecification": [{"value": "white"}]}).allow(
        "x"
    )
