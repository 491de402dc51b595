"""The relations of an order: cycles, parents, one-sided relations, in any number."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.validator import OrderValidator
from support.builders import encoded, line, product_order
from validation.findings import places

pytestmark = pytest.mark.slow

RELATIONS = "productOrderItemRelationship"
Pairs = list[tuple[int, int]]


def family(size: int, pairs: Pairs) -> dict[str, Any]:
    """An order of so many lines in which the parents and the children of the pairs name each other."""
    relations: dict[int, list[dict[str, str]]] = {n: [] for n in range(size)}
    for parent, child in dict.fromkeys(pairs):
        relations[parent].append({"id": str(child), "relationshipType": "HasChild"})
        relations[child].append({"id": str(parent), "relationshipType": "HasParent"})
    return product_order(items=[line(str(n), productOrderItemRelationship=relations[n]) for n in range(size)])


def at(n: int) -> str:
    return f"/productOrderItem/{n}/{RELATIONS}"


@pytest.mark.parametrize("pairs", [[], [(0, 1)], [(0, 1), (0, 2), (2, 3)], [(3, 2), (2, 1), (1, 0)]])
def test_a_tree_is_fine(pairs: Pairs) -> None:
    assert places(family(4, pairs)) == []


def test_a_cycle_is_named_once_where_it_closes() -> None:
    assert places(family(3, [(0, 1), (1, 2), (2, 0)])) == [("ORD204", at(0))]
    assert places(family(4, [(3, 1), (1, 2), (2, 3)])) == [("ORD204", at(1))]


def test_two_cycles_are_two_findings() -> None:
    assert places(family(4, [(0, 1), (1, 0), (2, 3), (3, 2)])) == [("ORD204", at(0)), ("ORD204", at(2))]


def test_a_way_into_a_cycle_is_a_second_parent() -> None:
    assert places(family(3, [(0, 1), (1, 2), (2, 1)])) == [("ORD204", at(1)), ("ORD205", at(1))]


def test_a_relation_said_twice_is_one_relation() -> None:
    twice = [{"id": "1", "relationshipType": "HasChild"}] * 2
    back = [{"id": "0", "relationshipType": "HasParent"}]

    assert (
        places(
            product_order(
                items=[line("0", productOrderItemRelationship=twice), line("1", productOrderItemRelationship=back)]
            )
        )
        == []
    )


def test_of_many_parents_the_first_five_are_named() -> None:
    order = family(8, [(parent, 7) for parent in range(7)])

    (finding,) = OrderValidator().validate(encoded(order)).findings

    assert finding.message == "Line item 7 has several parents: 0, 1, 2, 3, 4, …"


def test_relations_of_lines_that_share_an_id_are_not_validated_for_nobody_knows_whose_they_are() -> None:
    order = family(3, [(0, 1), (1, 2)])
    order["productOrderItem"][2]["id"] = "0"

    assert places(order) == [("ORD201", "/productOrderItem/2/id"), ("ORD202", f"{at(1)}/1/id")]


@pytest.mark.parametrize("closing", [[], [(9_999, 0)]])
def test_a_chain_of_ten_thousand_lines_is_followed(closing: Pairs) -> None:
    order = family(10_000, [(n, n + 1) for n in range(9_999)] + closing)

    assert places(order) == [("ORD204", at(0)) for _ in closing]


def test_ten_thousand_lines_in_one_circle_of_friends_are_validated_in_good_time() -> None:
    order = family(2_000, [(0, n) for n in range(1, 2_000)] + [(n, 0) for n in range(1, 2_000)])

    assert places(order) == [("ORD204", at(0)), ("ORD205", at(0))]


@given(st.integers(1, 7).flatmap(lambda size: st.lists(st.tuples(*[st.integers(0, size - 1)] * 2), max_size=14)))
def test_cycles_and_parents_are_those_that_a_slow_search_finds(pairs: Pairs) -> None:
    codes = {code for code, _ in places(family(7, pairs))}

    ancestors = {child: {parent for parent, each in pairs if each == child} for child in range(7)}
    parents = {child: names - {child} for child, names in ancestors.items()}
    for _ in range(7):
        ancestors = {child: names.union(*(ancestors[name] for name in names)) for child, names in ancestors.items()}
    assert ("ORD204" in codes) == any(child in names for child, names in ancestors.items())
    assert ("ORD205" in codes) == any(len(names) > 1 for names in parents.values())
    assert codes <= {"ORD204", "ORD205"}


@given(
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.sampled_from(["HasChild", "HasParent"])), max_size=10)
)
def test_one_sided_relations_are_those_whose_mirror_is_nowhere(reported: list[tuple[int, int, str]]) -> None:
    relations: dict[int, list[dict[str, str]]] = {n: [] for n in range(5)}
    for own, other, kind in reported:
        relations[own].append({"id": str(other), "relationshipType": kind})
    order = product_order(items=[line(str(n), productOrderItemRelationship=relations[n]) for n in range(5)])

    mirror = {"HasChild": "HasParent", "HasParent": "HasChild"}
    expected = [
        ("ORD203", f"{at(own)}/{n}")
        for own, each in relations.items()
        for n, relation in enumerate(each)
        if (target := int(relation["id"])) != own
        and {"id": str(own), "relationshipType": mirror[relation["relationshipType"]]} not in relations[target]
    ]
    assert [place for place in places(order) if place[0] == "ORD203"] == expected
