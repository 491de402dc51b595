from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordercli.intake import json_text
from ordercli.orders.changes import (
    Change,
    applied,
    change_types,
    changed_lines,
    differences,
    json_patch,
    place_of,
    revisions_of,
)

pytestmark = pytest.mark.slow

Json = dict[str, Any]

NAMES = st.sampled_from(["a", "b/c", "d~e", "0"])
# Nulls count as absent, so a document has none; in a list one may stand.
VALUES = st.recursive(
    st.booleans() | st.integers(-2, 2) | st.text("xy", max_size=2),
    lambda below: st.lists(below | st.none(), max_size=3) | st.dictionaries(NAMES, below, max_size=3),
    max_leaves=10,
)
DOCUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


@given(DOCUMENTS, DOCUMENTS)
@example({"a": [False, None]}, {"a": [0, None]})
@example({"a": [{"b": 1}, None]}, {"a": [{"b": True}, None]})
def test_the_changes_lead_from_one_document_to_the_other(before: Json, after: Json) -> None:
    assert encoded(applied(before, differences(before, after))) == encoded(after)


@given(DOCUMENTS, DOCUMENTS)
def test_the_json_patch_leads_there_too(before: Json, after: Json) -> None:
    assert encoded(patched(before, list(json_patch(differences(before, after))))) == encoded(after)


@given(DOCUMENTS)
def test_a_document_does_not_differ_from_itself(document: Json) -> None:
    assert list(differences(document, json_text.decode(json_text.encode(document)))) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("19.90", "19.9"), ("1", "1.0"), ("1e2", "100"), ("0.0", "-0.0"), ("1e99999999999999999999",) * 2],
)
def test_numbers_are_the_same_by_their_value(before: str, after: str) -> None:
    assert list(differences(json_text.decode(f"[{before}]".encode()), json_text.decode(f"[{after}]".encode()))) == []


@pytest.mark.parametrize(("before", "after"), [(True, 1), (False, 0), ("1", 1), ([], {}), ({}, "")])
def test_values_of_two_types_differ(before: object, after: object) -> None:
    assert list(differences({"a": before}, {"a": after})) == [Change("/a", before, after)]


def test_a_number_keeps_its_text() -> None:
    (change,) = differences(json_text.decode(b'{"value":19.9}'), json_text.decode(b'{"value":20.10}'))

    assert json_text.encode(change) == b'["/value",19.9,20.10]'


def test_what_follows_from_other_changes_is_no_revision() -> None:
    derived = [
        "/version",
        "/ponr",
        "/expectedCompletionDate",
        "/productOrderItem/0/version",
        "/productOrderItem/1/productOrderItem/0/version",
        "/productOrderItem/0/workNote",
        "/productOrderItem/0/workNote/1",
    ]
    own = ["/state", "/productOrderItem/0/ponr", "/productOrderItem/0/product/version", "/note/0/version"]
    changes = [Change(pointer, "1", "2") for pointer in [*derived, *own]]

    assert [change.pointer for change in revisions_of(changes)] == own


def test_a_line_is_changed_by_what_is_in_it_and_not_by_lines_below() -> None:
    pointers = [
        "/productOrderItem/0/quantity",
        "/productOrderItem/1/productOrderItem/2/product/place/id",
        "/productOrderItem/3",
        "/productOrderItem/4/productOrderItem",
        "/productOrderItem/5/productOrderItem/0",
        "/note/0",
    ]

    found = changed_lines(Change(pointer, 1, 2) for pointer in pointers)

    assert found == {"/productOrderItem/0", "/productOrderItem/1/productOrderItem/2"}


@pytest.mark.parametrize(
    ("pointer", "kind"),
    [
        ("/productOrderItem/0/product/productCharacteristic/1/value", "Characteristic"),
        ("/productOrderItem/0/productOrderItem/3/product/productCharacteristic", "Characteristic"),
        ("/relatedParty/0/id", "Contact"),
        ("/productOrderItem/0/product/relatedParty/0/email", "Contact"),
        ("/productOrderItem/0/itemPrice/0/price/taxIncludedAmount/value", "Price"),
        ("/orderTotalPrice", "Price"),
        ("/productOrderItem/12/quantity", "Quantity"),
        ("/productOrderItem/0/productOrderItemRelationship/0", "Related items"),
        ("/productOrderItem/0/product/productRelationship/0/id", "Related items"),
        ("/state", "State"),
        ("/productOrderItem/0/state", "State"),
        ("/productOrderItem/0", "Other"),
        ("/productOrderItem/0/ponr", "Other"),
        ("/productOrderItem/0/product/place/state", "Other"),
        ("/stateOfMind", "Other"),
        ("/note/0", "Other"),
    ],
)
def test_a_change_is_about_what_its_place_says(pointer: str, kind: str) -> None:
    assert change_types([Change(pointer, 1, 2)]) == [kind]


def test_each_kind_is_named_once_in_the_order_of_the_contract() -> None:
    pointers = ["/note/0", "/state", "/productOrderItem/0/state", "/relatedParty"]

    assert change_types(Change(pointer, 1, 2) for pointer in pointers) == ["Contact", "State", "Other"]


def test_people_find_a_place_by_the_id_of_its_line() -> None:
    document = {"productOrderItem": [{"id": "A"}, {"id": "B", "productOrderItem": [{"id": "C"}]}]}
    pointers = ["/channel/0/id", "/productOrderItem/1/quantity", "/productOrderItem/1/productOrderItem/0/a/b", "/a~1b"]

    assert [place_of(pointer, document) for pointer in pointers] == [
        "channel.0.id",
        "line B, quantity",
        "line C, a.b",
        "a/b",
    ]


def encoded(document: Any) -> bytes:
    return msgspec.json.encode(document, order="deterministic")


def patched(document: Any, operations: list[Json]) -> Any:
    """RFC 6902, as far as it goes here, in place and apart from the program's own way."""
    root = {"": json_text.decode(json_text.encode(document))}
    for operation in operations:
        *path, last = [part.replace("~1", "/").replace("~0", "~") for part in ("/" + operation["path"]).split("/")[1:]]
        parent: Any = root
        for name in path:
            parent = parent[int(name) if isinstance(parent, list) else name]
        if operation["op"] == "remove":
            del parent[int(last) if isinstance(parent, list) else last]
        elif isinstance(parent, list) and operation["op"] == "add":
            parent.insert(int(last), operation["value"])
        else:
            parent[int(last) if isinstance(parent, list) else last] = operation["value"]
    return root[""]
