"""The quick look at the bytes must not pass over what the closer look would tell."""

from __future__ import annotations

from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import product_order
from ordercli.validation.lint import closer_look
from ordercli.validation.quick_lint import is_plainly_clean

GOOD = orjson.dumps(product_order())


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + ",".join(f'"{name}":{value}' for name, value in members) + "}"


names = st.sampled_from(
    ["id", "priority", "note", "product", "productOrderItem", "value", "quantity", "foo", "\\u0061"]
)
numbers = st.one_of(
    st.integers(-(2**54), 2**54).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-9, 9, places=18).map(str),
    st.sampled_from(["-0", "1.0", "1e5", "1E400", "0.1", "9007199254740993", "100000000000000000000"]),
)
texts = st.sampled_from(['""', '"x"', '"\\u0022:"', '"\\":"', '"\\/"', '"é"', '"1.000000000000000000001"'])
values = st.recursive(
    st.one_of(numbers, texts, st.sampled_from(["true", "null"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda each: f"[{','.join(each)}]"),
        st.lists(st.tuples(names, inner), max_size=4).map(_object),
    ),
    max_leaves=12,
)


@given(st.lists(st.tuples(names, values), max_size=4).map(_object))
def test_what_the_quick_look_lets_pass_has_no_finding(text: str) -> None:
    data = text.encode()

    assert not is_plainly_clean(data) or closer_look(data) == []


def test_an_order_as_programs_write_it_needs_no_closer_look() -> None:
    assert is_plainly_clean(GOOD)


@pytest.mark.parametrize(
    "text",
    [
        '{"foo":1}',
        '{"id":"a","id":"b"}',
        '{"productOrderItem":[{"product":{"foo":1}}]}',
        '{"productOrderItem":[{"product":{"id":1,"id":1}}]}',
        '{"priority":9007199254740993}',
        '{"note":[{"text":-9007199254740993}]}',
        '{"priority":1E400}',
        f'{{"priority":{Decimal(1) / 3}}}',
    ],
)
def test_what_has_a_finding_needs_the_closer_look(text: str) -> None:
    data = text.encode()

    assert not is_plainly_clean(data)
    assert closer_look(data) != []


@pytest.mark.parametrize("depth", [60, 200, 5_000])
def test_deep_nesting_is_left_to_the_closer_look(depth: int) -> None:
    data = b'{"productOrderItem":[' * depth + b"]}" * depth

    assert not is_plainly_clean(data) or closer_look(data) == []


@pytest.mark.parametrize("text", ['{"id": "a"}', '{"priority":1E5}', '{"id":"\\u0061"}', '{"priority":{"foo":1}}'])
def test_what_is_written_otherwise_is_told_apart_by_the_closer_look(text: str) -> None:
    data = text.encode()

    assert not is_plainly_clean(data)
    assert closer_look(data) == []
