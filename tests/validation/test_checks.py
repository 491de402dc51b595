"""Checks are asked by level, with reference data where they want it, and forgiven only where a fault is named."""

from __future__ import annotations

from typing import Any, cast

import pytest
from msgspec.structs import replace

from ordercli.resources.common.values import ValidationContext
from ordercli.resources.product_order.profiles import SERVICENOW
from ordercli.resources.resource import Terms
from ordercli.rulebook.rule import Broken, Checks, Level, Rule
from support.builders import as_order, line, product_order


class Known(set[str]):
    """Reference data that knows some ids; `validated` counts the orders that were let go."""

    validated = 0

    def order_validated(self) -> None:
        self.validated += 1


def made(level: Level, answer: Any, at: str = "", says: str = "broken") -> Rule:
    def check(subject: Any, _: ValidationContext) -> Broken:
        return cast("Broken", answer(subject) if callable(answer) else answer)

    return Rule(level=level, code="ORD000", name="made", about="", at=at, says=says, source="here", check=check)


def found(*rules: Rule, reference: Known | None = None, faults: frozenset[str] = frozenset()) -> list[tuple[str, str]]:
    order = as_order(product_order(items=[line("1"), line("2")]))
    context = ValidationContext(order, Terms(SERVICENOW), faults)
    return [(each.pointer, each.message) for each in Checks(rules, reference).findings(context)]


@pytest.mark.parametrize(
    ("level", "places"),
    [
        (Level.ORDER, ["/x"]),
        (Level.ITEM, ["/productOrderItem/0/x", "/productOrderItem/1/x"]),
        (Level.RELATION, ["/x"]),
        (Level.PARTY, ["/relatedParty/x"]),
        (Level.CURRENCY, ["/x"]),
    ],
)
def test_a_check_that_says_true_is_broken_at_its_place_below_each_subject(level: Level, places: list[str]) -> None:
    assert found(made(level, answer=True, at="/x")) == [(place, "broken") for place in places]


@pytest.mark.parametrize("answer", [False, [], None, ()])
def test_a_check_that_names_no_place_is_fine(answer: Any) -> None:
    assert found(made(Level.ITEM, answer)) == []


def test_a_check_may_name_places_below_its_own_with_words_for_its_message() -> None:
    places = ["/a", ("/b", {"n": 1})]

    assert found(made(Level.ORDER, places, at="/x", says="broken")) == [("/x/a", "broken"), ("/x/b", "broken")]
    assert found(made(Level.ORDER, places[1:], says="broken {n}")) == [("/b", "broken 1")]


def test_subjects_are_order_lines_and_parties() -> None:
    def name_of(subject: Any) -> list[str]:
        return [f"/{subject.id or subject.external_id}"]

    assert found(made(Level.ORDER, name_of), made(Level.ITEM, name_of)) == [
        ("/PO-1", "broken"),
        ("/productOrderItem/0/1", "broken"),
        ("/productOrderItem/1/2", "broken"),
    ]
    assert found(made(Level.PARTY, lambda parties: [f"/{party.id}" for party in parties])) == [
        ("/relatedParty/customer-1", "broken")
    ]


def test_a_check_that_asks_reference_data_runs_where_there_is_some() -> None:
    def check(item: Any, _: ValidationContext, reference: Any) -> Broken:
        return item.id not in reference

    unknown = replace(made(Level.ITEM, answer=False), check=check, asks_reference=True)

    assert found(unknown) == []
    assert found(unknown, reference=Known({"1"})) == [("/productOrderItem/1", "broken")]
    assert found(unknown, reference=Known()) == [("/productOrderItem/0", "broken"), ("/productOrderItem/1", "broken")]


def test_reference_data_hears_when_an_order_is_validated() -> None:
    reference = Known()

    found(made(Level.ORDER, answer=True), reference=reference)

    assert reference.validated == 1


def test_a_check_that_misses_what_was_taken_out_says_nothing() -> None:
    missing = made(Level.ORDER, lambda order: order.note.gone)

    assert found(missing, made(Level.ORDER, answer=True), faults=frozenset({"/gone"})) == [("", "broken")]


def test_a_check_that_trips_over_a_well_shaped_order_is_a_bug() -> None:
    with pytest.raises(AttributeError, match="gone"):
        found(made(Level.ORDER, lambda order: order.note.gone))
