"""What the rules accept can be created, shown and compared; no order is lost between two rooms of the house."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest

from builders import accepted, encoded, line, product_order
from ordercli.intake import exact
from ordercli.intake.contents import fingerprint
from ordercli.orders.convert import CannotBeCreatedError, to_rows
from ordercli.orders.document import order_document
from ordercli.orders.store import LineView, OrderView
from ordercli.validation.rulebook import Rulebook

if TYPE_CHECKING:
    from builders import Json

AMOUNT = {"unit": "EUR", "value": 1}
RICH = product_order(
    channel=[{"id": "web"}],
    note=[{"text": "hello"}],
    fulfillmentType="deliver",
    currencyCode="EUR",
    requestedStartDate="2026-03-02T08:00:00Z",
    requestedCompletionDate="2026-03-20T08:00:00Z",
    committedDueDate="2026-03-21T08:00:00Z",
    items=[
        line(
            "10",
            actionReason="moving",
            committedDueDate="2026-03-19T08:00:00Z",
            externalProductInventory=[{"externalProductInventoryId": "INV-1"}],
            itemPrice=[{"priceType": "recurring", "price": {"taxIncludedAmount": AMOUNT, "dutyFreeAmount": AMOUNT}}],
            product={
                "id": "product-1",
                "isBundle": False,
                "place": {"id": "site-1"},
                "productCharacteristic": [{"name": "Speed", "value": "1000", "previousValue": "500"}],
                "relatedParty": [{"id": "p-1", "name": "Ana", "@referredType": "OrderLineItemContact"}],
                "productRelationship": [{"id": "product-2", "relationshipType": "Requires", "product": {"id": "x"}}],
            },
            productOrderItemRelationship=[{"id": "20", "relationshipType": "HasChild"}],
            productOrderItem=[line("10.1")],
        ),
        line("20", productOrderItemRelationship=[{"id": "10", "relationshipType": "HasParent"}]),
    ],
)
STANDARD = deepcopy(RICH)
STANDARD["productOrderItem"][0]["product"]["place"] = [{"id": "site-1", "role": "installation"}]
VALUES: list[Any] = [None, "", "x", 0, -1, 1.5, True, [], {}, [None], [{}], ["x"], {"id": None}, {"x": [1]}, "NUMBER"]
NUMBERS = (b"1e400", b"1" * 5000, b"-0.0")


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*above, name)
        yield from places(member, (*above, name))


def changed(order: Json, place: tuple[Any, ...], value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    copy = deepcopy(order)
    parent: Any = copy
    for name in place[:-1]:
        parent = parent[name]
    parent[place[-1]] = value
    return encoded(copy)


def variants(order: Json) -> Iterator[bytes]:
    for place in [*places(order), ("unknown",), ("productOrderItem", 0, "unknown")]:
        for value in VALUES:
            document = changed(order, place, value)
            if value == "NUMBER":
                yield from (document.replace(b'"NUMBER"', number) for number in NUMBERS)
            else:
                yield document


def use(document: bytes, profile: str) -> None:
    """All that is done with an accepted order."""
    rows = to_rows(accepted(profile=profile), document, "2026-03-01T08:00:00.000Z")
    lines = [LineView(each.item_id, each.state, each.version, each.ponr) for each in rows.lines]
    exact.encode(order_document(OrderView(*rows.order[:8], created_at="2026"), lines, document))
    fingerprint(document)


@pytest.mark.parametrize(("profile", "order"), [("servicenow", RICH), ("tmf622", STANDARD)])
def test_whatever_the_rules_accept_can_be_created_and_shown(profile: str, order: Json) -> None:
    rulebook = Rulebook(profile)
    taken = [document for document in variants(order) if not rulebook.judge(document).refused]

    lost = {}
    for document in taken:
        try:
            use(document, profile)
        except (CannotBeCreatedError, ValueError, KeyError, TypeError, AttributeError) as error:
            lost[document[:3000]] = repr(error)

    assert lost == {}
    assert len(taken) > 250
