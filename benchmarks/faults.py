"""Orders with one fault each, so that a part of a generated file is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

Json = dict[str, Any]


def _first_line(order: Json) -> Json:
    line: Json = order["productOrderItem"][0]
    return line


def _without_action(order: Json) -> None:
    del _first_line(order)["action"]


def _misspelt_action(order: Json) -> None:
    _first_line(order)["action"] = "ad"


def _without_offering(order: Json) -> None:
    del _first_line(order)["productOffering"]


def _without_parties(order: Json) -> None:
    order["relatedParty"] = []


def _quantity_as_text(order: Json) -> None:
    _first_line(order)["quantity"] = "1"


def _nothing_ordered(order: Json) -> None:
    _first_line(order)["quantity"] = 0


def _bare_date(order: Json) -> None:
    order["requestedStartDate"] = "2026-03-02"


def _other_currency(order: Json) -> None:
    _first_line(order)["itemPrice"][0]["price"]["taxIncludedAmount"]["unit"] = "CHF"


def _unknown_relation(order: Json) -> None:
    _first_line(order)["productOrderItemRelationship"] = [{"id": "999", "relationshipType": "Requires"}]


FAULTS: tuple[Callable[[Json], None], ...] = (
    _without_action,
    _misspelt_action,
    _without_offering,
    _without_parties,
    _quantity_as_text,
    _nothing_ordered,
    _bare_date,
    _other_currency,
    _unknown_relation,
)


FAULTS_OF_ITEMS = (_without_action, _misspelt_action, _without_offering, _quantity_as_text, _other_currency)


def broken(order: Json, turn: int) -> bytes:
    """Return the order as a line with one of the faults, in turn; one in ten is cut off and not JSON."""
    kind = turn % (len(FAULTS) + 1)
    if kind == len(FAULTS):
        return orjson.dumps(order)[:-20]
    FAULTS[kind](order)
    return orjson.dumps(order)


def broken_everywhere(order: Json) -> bytes:
    """Return the order as a line with a fault in each line item, in turn."""
    for n, line in enumerate(order["productOrderItem"]):
        FAULTS_OF_ITEMS[n % len(FAULTS_OF_ITEMS)]({"productOrderItem": [line]})
    return orjson.dumps(order)
