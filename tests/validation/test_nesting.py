"""Documents may be nested 64 levels deep, however their brackets are hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.document import is_too_deep, too_deep_at
from support.builders import encoded, product_order


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]", core: bytes = b"") -> bytes:
    return opening * depth + core + closing * depth


def depth_of(value: Any) -> int:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if below is None else 1 + max((depth_of(each) for each in below), default=0)


@pytest.mark.parametrize("core", [b"", b'"]]]"', b'"\\"]]"', b'"\\\\"', b'"[[["', b'"\\\\\\"[[["', b'[],{},"}"'])
def test_64_levels_are_fine_and_65_are_not(core: bytes) -> None:
    inside = 1 if core.startswith(b"[") else 0

    assert not is_too_deep(nested(64 - inside, core=core))
    assert is_too_deep(nested(65 - inside, core=core))


def test_objects_and_arrays_count_alike() -> None:
    assert not is_too_deep(nested(32, b'[{"a":', b"}]", b"1"))
    assert is_too_deep(nested(32, b'[{"a":', b"}]", b"{}"))


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert not is_too_deep(b"[" + b",".join([b'{"a":[{}]}'] * 10_000) + b"]")


def test_brackets_in_text_are_not_levels() -> None:
    order = product_order(note=[{"text": "[" * 500}, {"text": "\\" + "{" * 500 + '"'}])

    assert OrderValidator().validate(encoded(order)).findings == []


@given(
    st.recursive(
        st.text('{}[]"\\a', max_size=6) | st.none(),
        lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text('[}"', max_size=2), values, max_size=3),
        max_leaves=30,
    ),
    st.integers(55, 70),
)
def test_depth_is_counted_by_brackets_as_from_values(value: Any, around: int) -> None:
    data = b"[" * around + json.dumps(value).encode() + b"]" * around

    assert is_too_deep(data) == (around + depth_of(value) > 64)


def test_the_place_is_the_bracket_that_opens_a_level_too_many() -> None:
    data = b'{"text": "[[[", "a":\n' + nested(64) + b"}"

    (finding,) = OrderValidator().validate(data).findings

    assert (finding.code, finding.line, finding.column) == ("ORD007", 2, 64)
    assert too_deep_at(data) == data.index(b"\n") + 64


@pytest.mark.parametrize(
    "data",
    [
        nested(100_000),
        nested(100_000, b'{"a":', b"}", b"1"),
        b'{"unknown":' + nested(100_000) + b"}",
        b"[" * 100_000,
        encoded(product_order())[:-1] + b',"unknown":' + nested(100_000) + b"}",
    ],
)
def test_a_hundred_thousand_levels_are_refused(data: bytes) -> None:
    codes = [finding.code for finding in OrderValidator().validate(data).findings]

    assert codes == ["ORD007"]


def test_65_levels_in_a_member_that_nobody_knows_are_refused_too() -> None:
    order = encoded(product_order())[:-1]

    assert OrderValidator().validate(order + b',"unknown":' + nested(63) + b"}").findings == []
    assert [f.code for f in OrderValidator().validate(order + b',"unknown":' + nested(64) + b"}").findings] == [
        "ORD007"
    ]
