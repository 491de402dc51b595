from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ordercli.reference.checks import Circle, find_circle
from ordercli.reference.records import ProductSpecification

pytestmark = pytest.mark.slow

PLACE = "/productSpecCharacteristic/{}/productSpecCharRelationship/{}/name"


def specification(**related: list[Any]) -> ProductSpecification:
    """A specification whose characteristics lead to others: a name, or the members of a relation."""
    return msgspec.convert(
        {
            "@type": "ProductSpecification",
            "id": "access",
            "externalId": "ACCESS",
            "productSpecCharacteristic": [
                {
                    "id": f"id-of-{name}",
                    "name": name,
                    "productSpecCharRelationship": [
                        {"name": each, "relationshipType": "dependency"} if isinstance(each, str) else each
                        for each in others
                    ],
                }
                for name, others in related.items()
            ],
        },
        ProductSpecification,
    )


@pytest.mark.parametrize(
    ("related", "circle"),
    [
        ({"a": ["b"], "b": ["a"]}, Circle(["a", "b", "a"], PLACE.format(1, 0))),
        ({"a": ["a"]}, Circle(["a", "a"], PLACE.format(0, 0))),
        ({"a": ["b"], "b": ["c", "d"], "c": [], "d": ["b"]}, Circle(["b", "d", "b"], PLACE.format(3, 0))),
        ({"a": [], "b": ["a", "c"], "c": ["b"]}, Circle(["b", "c", "b"], PLACE.format(2, 0))),
    ],
)
def test_characteristics_that_come_round_are_a_circle(related: dict[str, list[str]], circle: Circle) -> None:
    assert find_circle(specification(**related)) == circle


@pytest.mark.parametrize(
    "related",
    [
        {},
        {"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []},
        {"a": ["nothing"]},
        {"a": [{"name": "b", "relationshipType": "exclusivity"}], "b": ["a"]},
        {"a": [{"name": "a", "id": "another specification", "relationshipType": "dependency"}]},
        {"a": [None, {}]},
    ],
)
def test_others_are_none(related: dict[str, list[Any]]) -> None:
    assert find_circle(specification(**related)) is None


@pytest.mark.parametrize("name", ["access", "ACCESS", "id-of-a", None])
def test_a_relation_may_name_its_own_specification(name: str | None) -> None:
    itself = {"name": "a", "id": name, "relationshipType": "dependency"}

    assert find_circle(specification(a=[itself])) == Circle(["a", "a"], PLACE.format(0, 0))


def test_a_long_chain_is_walked_without_recursion() -> None:
    related = {f"c{n}": [f"c{n + 1}"] for n in range(20_000)} | {"c20000": ["c0"]}

    circle = find_circle(specification(**related))

    assert circle is not None
    assert (circle.names[0], len(circle.names), circle.names[-1]) == ("c0", 20_002, "c0")
