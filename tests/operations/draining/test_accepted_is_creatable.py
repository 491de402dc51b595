"""What the rules accept can be created, shown and compared; no order is lost between the steps."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ordercli.intake import json_text
from ordercli.orders.order_rows import LineView
from ordercli.resources.document import fingerprint, order_document
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.resource import CannotBeCreatedError
from ordercli.resources.validator import OrderValidator
from support.builders import accepted, encoded, line, ndjson, product_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.orders.order_rows import OrderWithLines
    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.slow

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
FREE = [("unknown",), ("productOrderItem", 0, "unknown")]  # unknown members take any value


def places(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield (*above, name)
        yield from places(member, (*above, name))


def changed(order: Json, place: tuple[Any, ...], value: Any) -> bytes:
    copy = deepcopy(order)
    parent: Any = copy
    for name in place[:-1]:
        parent = parent[name]
    parent[place[-1]] = value
    return encoded(copy)


def documents(order: Json, place: tuple[Any, ...], value: Any) -> Iterator[bytes]:
    """The order with this value at the place; the value NUMBER stands for each of NUMBERS."""
    document = changed(order, place, value)
    if value == "NUMBER":
        yield from (document.replace(b'"NUMBER"', number) for number in NUMBERS)
    else:
        yield document


def variants(order: Json) -> Iterator[bytes]:
    yield encoded(order)
    for place in [*places(order), *FREE]:
        for value in VALUES:
            yield from documents(order, place, value)


def use(document: bytes, profile: str) -> OrderWithLines:
    """All that is done with an accepted order; return its rows."""
    rows = PRODUCT_ORDER.to_rows(accepted(profile=profile), document, "2026-03-01T08:00:00.000Z")
    lines = [LineView(each.item_id, each.state, each.version, each.ponr) for each in rows.lines]
    json_text.encode(order_document(rows.order, lines, document))
    fingerprint(document)
    return rows


@pytest.mark.parametrize(
    ("profile", "order"), [("servicenow", RICH), ("tmf622-v4", STANDARD), ("tmf622-v5", as_v5(STANDARD))]
)
def test_whatever_the_rules_accept_can_be_created_and_shown(profile: str, order: Json) -> None:
    rulebook = OrderValidator(profile)
    taken = [document for document in variants(order) if not rulebook.validate(document).refused]

    lost = {}
    for document in taken:
        try:
            use(document, profile)
        except (CannotBeCreatedError, ValueError, KeyError, TypeError, AttributeError) as error:
            lost[document[:3000]] = repr(error)

    assert lost == {}
    unknown = {document for place in FREE for value in VALUES for document in documents(order, place, value)}
    assert {encoded(order), *unknown} <= set(taken)


DIGITS = st.text("0123456789", min_size=1, max_size=8)
LONG = st.sampled_from(["", "0" * 300, "1" * 999, "9" * 1001, "0" * 1500 + "1"])
EXPONENTS = st.sampled_from(
    ["", "e5", "E-7", "e99", "e-101", "e308", "e-320", "e990", "e-1000", "e2000", "e-999999", "e9" + "9" * 20]
)
NUMBERS_AS_TEXT = st.builds(
    lambda sign, whole, long, fraction, exponent: (
        f"{sign}{(whole + long).lstrip('0') or '0'}.{fraction}{long}{exponent}"
    ),
    st.sampled_from(["", "-"]),
    DIGITS,
    LONG,
    DIGITS,
    EXPONENTS,
)


def with_prices(prices: list[tuple[str, str]], quantity: str = "1") -> bytes:
    """An order whose one line has these prices, each a type and a number as it is written."""
    written = ",".join(
        f'{{"priceType":"{kind}","price":{{"taxIncludedAmount":{{"unit":"EUR","value":{number}}}}}}}'
        for kind, number in prices
    )
    order = encoded(product_order(items=[line(itemPrice="PRICES", quantity="QUANTITY")]))
    return order.replace(b'"PRICES"', f"[{written}]".encode()).replace(b'"QUANTITY"', quantity.encode())


@given(
    st.lists(st.tuples(st.sampled_from(["recurring", "nonRecurring", "usage"]), NUMBERS_AS_TEXT), max_size=4),
    NUMBERS_AS_TEXT,
)
@example([("recurring", "1e2000"), ("recurring", "1")], "1")
@example([("recurring", "1." + "0" * 1200 + "1"), ("recurring", "1")], "1")
@example([("recurring", "1" * 1500 + "e-1490"), ("recurring", "1")], "1")
@example([("usage", "1e-99999999999999999999")], "1")
@example([("recurring", "0e-99999999999999999999")], "1")
def test_prices_that_the_rules_accept_can_be_added(prices: list[tuple[str, str]], quantity: str) -> None:
    document = with_prices(prices, quantity)
    kinds = {kind for kind, _ in prices}

    for profile in ("servicenow", "tmf622-v4"):
        if not OrderValidator(profile).validate(document).refused:
            (stored,) = use(document, profile).lines
            assert (stored.mrc is not None, stored.nrc is not None) == ("recurring" in kinds, "nonRecurring" in kinds)


@given(st.lists(NUMBERS_AS_TEXT, min_size=1, max_size=3))
def test_prices_are_refused_only_where_their_sum_cannot_be_kept(numbers: list[str]) -> None:
    document = with_prices([("recurring", number) for number in numbers])

    codes = {each.code for each in OrderValidator().validate(document).findings if each.severity == "error"}

    if codes == {"ORD211"}:
        with pytest.raises(CannotBeCreatedError):
            use(document, "servicenow")


@pytest.mark.every_engine
@pytest.mark.parametrize("mode", [(), ("--async",)])
def test_a_sum_that_cannot_be_kept_is_refused_at_once_in_either_mode(ordercli: Ordercli, mode: tuple[str, ...]) -> None:
    huge = with_prices([("recurring", "19.90"), ("nonRecurring", "5"), ("recurring", "1e-1200")])
    fine = with_prices([("recurring", "19.90"), ("recurring", "1e-12")]).replace(b"PO-1", b"PO-2")

    submitted = ordercli("submit", *mode, "-o", "ndjson", "--rejects", "none", stdin=ndjson(huge, fine))
    processed = ordercli("queue", "run", "-o", "json")

    (error,) = submitted.ndjson[0]["errors"]
    pointer = "/productOrderItem/0/itemPrice/2/price/taxIncludedAmount/value"
    assert (error["code"], error["pointer"]) == ("ORD211", pointer)
    assert [each["statusCode"] for each in submitted.ndjson] == [400, 202 if mode else 201]
    assert processed.exit_code == 0
    assert ordercli("list", "-o", "ndjson").ndjson[0]["externalId"] == "PO-2"
