from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.document import merge_order, merge_patch
from support.builders import line, product_order

pytestmark = pytest.mark.slow

Json = dict[str, Any]

# RFC 7396, appendix A.
EXAMPLES = [
    ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
    ('{"a":"b"}', '{"a":null}', "{}"),
    ('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
    ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    ('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
    ('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
    ('["a","b"]', '["c","d"]', '["c","d"]'),
    ('{"a":"b"}', '["c"]', '["c"]'),
    ('{"a":"foo"}', "null", "null"),
    ('{"a":"foo"}', '"bar"', '"bar"'),
    ('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
    ("[1,2]", '{"a":"b","c":null}', '{"a":"b"}'),
    ("{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
]
NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.text("xy", max_size=2),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=3)


@pytest.mark.parametrize(("target", "patch", "result"), EXAMPLES)
def test_the_examples_of_the_rfc(target: str, patch: str, result: str) -> None:
    assert merge_patch(json.loads(target), json.loads(patch)) == json.loads(result)


@given(OBJECTS, OBJECTS)
def test_a_patch_said_again_changes_nothing_more(target: Json, patch: Json) -> None:
    once = merge_patch(target, patch)

    assert merge_patch(once, patch) == once


@given(OBJECTS, OBJECTS)
def test_beside_lines_and_notes_an_order_is_merged_as_the_rfc_says(members: Json, patch: Json) -> None:
    merged = merge_order({**members, "productOrderItem": []}, patch)

    assert merged == {**merge_patch(members, patch), "productOrderItem": []}


@given(OBJECTS, st.lists(st.tuples(st.integers(0, 5), OBJECTS), max_size=4, unique_by=lambda each: each[0]))
def test_each_line_is_merged_alone_and_new_ones_come_last(members: Json, patches: list[tuple[int, Json]]) -> None:
    order = {"productOrderItem": [{"id": str(n), **members} for n in range(3)]}
    items = [{**patch, "id": str(n)} for n, patch in patches]

    merged = merge_order(order, {"productOrderItem": items})

    known = {item["id"]: item for item in items}
    old = [merge_patch(item, known.get(item["id"], {})) for item in order["productOrderItem"]]
    new = [merge_patch({}, item) for item in items if int(item["id"]) > 2]
    assert merged == {"productOrderItem": [*old, *new]}
    assert order == {"productOrderItem": [{"id": str(n), **members} for n in range(3)]}


def test_a_nested_line_is_found_wherever_the_patch_names_it() -> None:
    order = product_order(items=[{**line("1"), "productOrderItem": [line("1.1"), line("1.2")]}, line("2")])

    merged = merge_order(order, {"productOrderItem": [{"id": "1.2", "quantity": 5}]})

    below = [line("1.1"), {**line("1.2"), "quantity": 5}]
    assert merged["productOrderItem"] == [{**line("1"), "productOrderItem": below}, line("2")]


def test_a_new_line_is_added_to_the_list_that_names_it() -> None:
    order = product_order(items=[line("1"), line("2")])

    merged = merge_order(order, {"productOrderItem": [{"id": "1", "productOrderItem": [line("1.1")]}, line("3")]})

    first = {**line("1"), "productOrderItem": [line("1.1")]}
    assert merged["productOrderItem"] == [first, line("2"), line("3")]


def test_notes_are_added_and_those_that_stand_there_are_not() -> None:
    order = product_order(note=[{"text": "one"}])

    merged = merge_order(order, {"note": [{"text": "two"}, {"text": "one"}]})

    assert merged["note"] == [{"text": "one"}, {"text": "two"}]


@pytest.mark.parametrize(
    ("note", "expected"),
    [(None, {}), ("a text", {"note": "a text"}), ([{"text": "first"}], {"note": [{"text": "first"}]})],
)
def test_a_note_is_otherwise_a_member_like_any_other(note: Any, expected: Json) -> None:
    order = product_order() if note else product_order(note=[{"text": "one"}])

    merged = merge_order(order, {"note": note})

    assert {name: merged[name] for name in ("note",) if name in merged} == expected
