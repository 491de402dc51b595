from __future__ import annotations

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.reference.checks import WrongType, wrong_types
from ordercli.reference.record_types import RECORD_TYPES
from ordercli.reference.records import AnyRecord, ProductOffering, ProductSpecification, Record

SHAPES: list[type[Record]] = list(get_args(AnyRecord))
MEMBERS = [
    "id",
    "externalId",
    "version",
    "internalVersion",
    "status",
    "quantity",
    "name",
    "value",
    "valueFrom",
    "extensible",
    "relationshipType",
    "productSpecification",
    "bundledProductOffering",
    "productSpecCharacteristic",
    "productSpecificationRelationship",
    "productSpecCharacteristicValue",
    "productSpecCharRelationship",
]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=3),
    max_leaves=10,
)


def test_every_value_of_the_wrong_type_is_named() -> None:
    document = {
        "id": 1,
        "version": True,
        "productSpecCharacteristic": [
            {"name": ["x"], "extensible": "yes"},
            None,
            "Colour",
            {"productSpecCharacteristicValue": [{"value": {}, "valueFrom": "1"}]},
        ],
        "productSpecificationRelationship": {"id": "x"},
        "unknown": 1,
    }

    found = list(wrong_types(document, ProductSpecification))

    assert found == [
        WrongType("/id", "id", "a string"),
        WrongType("/version", "version", "a string"),
        WrongType("/productSpecCharacteristic/0/name", "productSpecCharacteristic.name", "a string"),
        WrongType("/productSpecCharacteristic/0/extensible", "productSpecCharacteristic.extensible", "a boolean"),
        WrongType("/productSpecCharacteristic/2", "productSpecCharacteristic", "an object"),
        WrongType(
            "/productSpecCharacteristic/3/productSpecCharacteristicValue/0/valueFrom",
            "productSpecCharacteristic.productSpecCharacteristicValue.valueFrom",
            "a number",
        ),
        WrongType("/productSpecificationRelationship", "productSpecificationRelationship", "an array"),
    ]


@pytest.mark.parametrize("document", [{}, {"id": None, "version": None, "bundledProductOffering": [None]}])
def test_what_is_absent_has_no_type(document: dict[str, Any]) -> None:
    assert list(wrong_types(document, ProductOffering)) == []


@given(st.sampled_from(SHAPES), st.dictionaries(st.sampled_from(MEMBERS), VALUES))
def test_what_has_no_fault_is_what_can_be_read(shape: type[Record], members: dict[str, Any]) -> None:
    document = {**members, "@type": shape.__name__, "id": members.get("id") or "x"}

    faults = list(wrong_types(document, shape))

    assert _is_read(document, shape) is not bool(faults)


def _is_read(document: dict[str, Any], shape: type[Record]) -> bool:
    try:
        msgspec.json.decode(json.dumps(document), type=shape)
    except msgspec.ValidationError:
        return False
    return True


def test_each_type_of_record_has_a_name_and_members() -> None:
    assert tuple(each.__name__ for each in get_args(AnyRecord)) == RECORD_TYPES
