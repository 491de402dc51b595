"""The operations of RFC 6902 by themselves: its examples, and what holds for any document and any patch."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.operations.json_patch import JsonPatch, OperationError, Patching
from ordercli.operations.json_patch_reading import read_operations
from ordercli.orders.changes import differences, json_patch
from ordercli.rulebook.rule import Finding
from support.builders import line, product_order

pytestmark = pytest.mark.slow

Json = dict[str, Any]

# RFC 6902, appendix A; None where the patch is refused.
EXAMPLES = [
    ('{"foo":"bar"}', '{"op":"add","path":"/baz","value":"qux"}', '{"baz":"qux","foo":"bar"}'),
    ('{"foo":["bar","baz"]}', '{"op":"add","path":"/foo/1","value":"qux"}', '{"foo":["bar","qux","baz"]}'),
    ('{"baz":"qux","foo":"bar"}', '{"op":"remove","path":"/baz"}', '{"foo":"bar"}'),
    ('{"foo":["bar","qux","baz"]}', '{"op":"remove","path":"/foo/1"}', '{"foo":["bar","baz"]}'),
    ('{"baz":"qux"}', '{"op":"replace","path":"/baz","value":"boo"}', '{"baz":"boo"}'),
    (
        '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}',
        '{"op":"move","from":"/foo/waldo","path":"/qux/thud"}',
        '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}',
    ),
    (
        '{"foo":["all","grass","cows","eat"]}',
        '{"op":"move","from":"/foo/1","path":"/foo/3"}',
        '{"foo":["all","cows","eat","grass"]}',
    ),
    ('{"baz":"qux"}', '{"op":"test","path":"/baz","value":"qux"}', '{"baz":"qux"}'),
    ('{"baz":"qux"}', '{"op":"test","path":"/baz","value":"bar"}', None),
    ('{"foo":"bar"}', '{"op":"add","path":"/child","value":{"a":{}}}', '{"foo":"bar","child":{"a":{}}}'),
    ('{"foo":"bar"}', '{"op":"add","path":"/baz","value":"qux","xyz":123}', '{"foo":"bar","baz":"qux"}'),
    ('{"foo":"bar"}', '{"op":"add","path":"/baz/bat","value":"qux"}', None),
    ('{"/":9,"~1":10}', '{"op":"test","path":"/~01","value":10}', '{"/":9,"~1":10}'),
    ('{"/":9,"~1":10}', '{"op":"test","path":"/~01","value":"10"}', None),
    ('{"foo":["bar"]}', '{"op":"add","path":"/foo/-","value":["abc","def"]}', '{"foo":["bar",["abc","def"]]}'),
    ('{"foo":1}', '{"op":"replace","path":"","value":[2]}', "[2]"),
    ("[1,2]", '{"op":"copy","from":"/0","path":"/-"}', "[1,2,1]"),
    ('{"foo":1}', '{"op":"move","from":"/foo","path":"/foo"}', '{"foo":1}'),
]
NAMES = st.sampled_from(["a", "b", "note", "productOrderItem", "id", "/", "~", "", "0", "1", "-"])
VALUES = st.recursive(
    st.booleans() | st.integers(0, 3) | st.text("xy", max_size=2),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)
STEPS = st.sampled_from(
    ["a", "b", "note", "productOrderItem", "id", "~1", "~0", "", "0", "1", "2", "9", "-", "01", "x"]
)
POINTERS = st.lists(STEPS, max_size=4).map(lambda steps: "".join(f"/{step}" for step in steps))
OPERATIONS = st.fixed_dictionaries(
    {
        "op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]),
        "path": POINTERS,
        "from": POINTERS,
        "value": VALUES | st.none(),
    }
)
PATCHES = st.lists(OPERATIONS, min_size=1, max_size=6)
WORDS: st.SearchStrategy[Any] = st.sampled_from([None, 1, "", "add", "copy", "/a", "a", "/a?a.b=1", "~", [], {}])
MEMBERS = st.sampled_from(["op", "path", "from", "value", "x"])
ANYTHING = st.lists(WORDS | st.dictionaries(MEMBERS, WORDS, max_size=4), min_size=1, max_size=3)


def result_of(document: Any, operations: list[Any], max_bytes: int = 10_000) -> Any:
    """The document after the operations."""
    patch = read_operations(operations)
    assert isinstance(patch, JsonPatch), patch
    patching = Patching(document, max_bytes)
    for operation in patch.operations:
        patching.apply(operation)
    return patching.document


@pytest.mark.parametrize(("document", "operation", "result"), EXAMPLES)
def test_the_examples_of_the_rfc(document: str, operation: str, result: str | None) -> None:
    if result is None:
        with pytest.raises(OperationError):
            result_of(json.loads(document), [json.loads(operation)])
    else:
        assert result_of(json.loads(document), [json.loads(operation)]) == json.loads(result)


@given(DOCUMENTS, DOCUMENTS)
def test_the_differences_between_two_documents_lead_from_one_to_the_other(before: Json, after: Json) -> None:
    operations = list(json_patch(differences(before, after)))

    found = result_of(before, operations) if operations else before

    assert list(differences(found, after)) == []


@given(DOCUMENTS, PATCHES)
def test_a_patch_is_applied_or_refused_and_its_document_stays(document: Json, operations: list[Json]) -> None:
    before, sent = deepcopy(document), deepcopy(operations)
    patch = read_operations(operations)
    found = patch.patched(document, 10_000) if isinstance(patch, JsonPatch) else patch[0]

    assert (document, operations) == (before, sent)
    if isinstance(found, Finding):
        assert found.code in {"ORD007", "ORD406", "ORD409", "ORD412", "ORD413"}
        assert found.pointer.split("/")[2] in {"path", "from"}


@given(PATCHES)
def test_lines_their_ids_and_notes_stay_whatever_a_patch_says(operations: list[Json]) -> None:
    order = product_order(note=[{"text": "one"}], items=[{**line("10"), "productOrderItem": [line("11")]}, line("20")])
    patch = read_operations(operations)

    found = patch.patched(order, 10_000) if isinstance(patch, JsonPatch) else patch[0]

    if not isinstance(found, Finding):
        first, second = found["productOrderItem"][:2]
        assert (first["id"], first["productOrderItem"][0]["id"], second["id"]) == ("10", "11", "20")
        assert found["note"][0] == {"text": "one"}


@given(ANYTHING)
def test_whatever_a_list_holds_it_is_a_patch_or_malformed(document: list[Any]) -> None:
    found = read_operations(document)

    if isinstance(found, list):
        assert {each.code for each in found} == {"ORD412"}
    else:
        assert len(found.operations) == len(document)


def test_later_operations_change_the_document_and_not_the_values_of_the_patch() -> None:
    operations: list[Json] = [
        {"op": "add", "path": "/a", "value": {}},
        {"op": "add", "path": "/a/x", "value": 1},
        {"op": "replace", "path": "/b", "value": []},
        {"op": "copy", "from": "/b", "path": "/c"},
        {"op": "add", "path": "/b/-", "value": 2},
    ]
    sent = deepcopy(operations)

    assert result_of({"b": 0}, operations) == {"a": {"x": 1}, "b": [2], "c": []}
    assert operations == sent


def test_copies_count_towards_the_limit_and_other_operations_do_not() -> None:
    copies = [{"op": "copy", "from": "/a", "path": f"/{n}"} for n in range(3)]
    moves = [{"op": "move", "from": "/a", "path": "/b"}, {"op": "move", "from": "/b", "path": "/a"}]

    assert set(result_of({"a": "x" * 98}, [*moves * 100, *copies], max_bytes=300)) == {"a", "0", "1", "2"}
    with pytest.raises(OperationError, match="the copies are longer than an order may be"):
        result_of({"a": "x" * 98}, copies, max_bytes=299)


def test_a_long_path_is_cut_off_in_messages() -> None:
    patch = read_operations([{"op": "replace", "path": "/" + "x" * 300, "value": 1}])
    assert isinstance(patch, JsonPatch)

    with pytest.raises(OperationError) as refused:
        Patching({}, 1000).apply(patch.operations[0])

    assert refused.value.finding.message == f"replace /{'x' * 199}…: there is no {'x' * 200}…"
