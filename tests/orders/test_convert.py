from __future__ import annotations

import json
from decimal import Decimal, localcontext
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import astuple

from ordercli.orders.order_rows import LineRow, OrderRow, OrderWithLines
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.resource import CannotBeCreatedError
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from ordercli.resources.validator import OrderValidator
from support.builders import accepted, encoded, line, product_order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.database.statements import Row
    from support.builders import Json

NOW = "2026-03-01T09:00:00.000Z"


def converted(order: Json | bytes, **known: Any) -> OrderWithLines:
    return PRODUCT_ORDER.to_rows(accepted(**known), order if isinstance(order, bytes) else encoded(order), NOW)


def tuples(rows: Sequence[Row]) -> list[tuple[Any, ...]]:
    return [astuple(row) for row in rows]


def only_line(**members: Any) -> LineRow:
    (row,) = converted(product_order(items=[line(**members)])).lines
    return row


def priced(*prices: tuple[str | None, str]) -> LineRow:
    """The line with these prices: type, and value as it is written."""
    amounts = ",".join(
        f'{{"priceType":{json.dumps(kind)},"price":{{"taxIncludedAmount":{{"unit":"EUR","value":{value}}}}}}}'
        for kind, value in prices
    )
    document = encoded(product_order(items=[line(itemPrice="PRICES")])).replace(b'"PRICES"', f"[{amounts}]".encode())
    return converted(document).lines[0]


def test_a_small_order_becomes_one_row_and_one_line() -> None:
    rows = converted(product_order(), source="crm", filled_currency="USD", profile="servicenow")

    assert rows.order == OrderRow(
        seq=1,
        order_id="0" * 31 + "1",
        external_id="PO-1",
        source="crm",
        profile="servicenow",
        filled_currency="USD",
        state="new",
        version=1,
        fulfillment_type="deliver",
        currency="EUR",
        customer_id="customer-1",
        channel_id=None,
        requested_start_date=None,
        requested_completion_date=None,
        committed_due_date=None,
        batch_id="b" * 32,
        created_at=NOW,
        updated_at=NOW,
    )
    assert rows.lines == [
        LineRow(
            order_seq=1,
            n=0,
            item_id="1",
            parent_item_id=None,
            action="add",
            action_reason=None,
            state="new",
            version=1,
            ponr=False,
            quantity="1",
            mrc=None,
            nrc=None,
            product_offering_id="fiber",
            product_specification_id="access",
            product_id=None,
            place_id=None,
            committed_due_date=None,
            external_inventory_id=None,
        )
    ]
    assert [children for children in rows[2:] if children] == []


@pytest.mark.parametrize(
    ("members", "column", "value"),
    [
        ({"fulfillmentType": "install"}, "fulfillment_type", "install"),
        ({"fulfillmentType": ""}, "fulfillment_type", "deliver"),
        ({"fulfillmentType": None}, "fulfillment_type", "deliver"),
        ({"orderCurrency": ..., "currencyCode": "USD"}, "currency", "USD"),
        ({"orderCurrency": "EUR", "currencyCode": "USD"}, "currency", "EUR"),
        ({"orderCurrency": ...}, "currency", "SEK"),
        ({"orderCurrency": None}, "currency", "SEK"),
        ({"channel": [{"id": "web"}, {"id": "shop"}]}, "channel_id", "web"),
        ({"channel": []}, "channel_id", None),
        ({"channel": None}, "channel_id", None),
        ({"requestedStartDate": "2026-03-02T08:00:00+01:00"}, "requested_start_date", "2026-03-02T08:00:00+01:00"),
        ({"requestedCompletionDate": "2026-03-02T08:00:00Z"}, "requested_completion_date", "2026-03-02T08:00:00Z"),
        ({"committedDueDate": "2026-03-02T08:00:00Z"}, "committed_due_date", "2026-03-02T08:00:00Z"),
    ],
)
def test_members_of_the_order_have_columns(members: Json, column: str, value: str | None) -> None:
    row = converted(product_order(**members), filled_currency="SEK").order

    assert getattr(row, column) == value


@pytest.mark.parametrize(
    ("parties", "customer_id"),
    [
        ([("Customer", "a")], "a"),
        ([("Consumer", "b")], "b"),
        ([("Consumer", "b"), ("Customer", "a")], "a"),
        ([("CustomerContact", "c"), ("Consumer", "b")], "b"),
        ([("Customer", "a"), ("Customer", "d")], "a"),
        ([("CustomerContact", "c")], None),
        ([], None),
    ],
)
def test_the_customer_of_an_order_is_its_account_or_else_its_consumer(
    parties: list[tuple[str, str]], customer_id: str | None
) -> None:
    given_parties = [{"@referredType": kind, "id": party} for kind, party in parties]

    assert converted(product_order(relatedParty=given_parties)).order.customer_id == customer_id


@pytest.mark.parametrize(
    ("members", "column", "value"),
    [
        ({"action": "modify"}, "action", "change"),
        ({"action": "noChange"}, "action", "no-change"),
        ({"action": "no-change"}, "action", "no-change"),
        ({"action": "resume"}, "action", "resume"),
        ({"actionReason": "moving"}, "action_reason", "moving"),
        ({"quantity": None}, "quantity", None),
        ({"quantity": 0.1}, "quantity", "0.1"),
        ({"quantity": 100}, "quantity", "100"),
        ({"committedDueDate": "2026-03-02T08:00:00Z"}, "committed_due_date", "2026-03-02T08:00:00Z"),
        ({"product": {"id": "p"}}, "product_id", "p"),
        ({"product": {"place": {"id": "site"}}}, "place_id", "site"),
        ({"product": {"place": {}}}, "place_id", None),
        ({"product": {"place": [{"role": "x"}, {"id": "site"}, {"id": "other"}]}}, "place_id", "site"),
        ({"product": {"place": []}}, "place_id", None),
        ({"externalProductInventory": []}, "external_inventory_id", None),
        ({"externalProductInventory": None}, "external_inventory_id", None),
        (
            {"externalProductInventory": [{"externalProductInventoryId": "A"}, {}]},
            "external_inventory_id",
            '["A",null]',
        ),
        ({"productOrderItemRelationship": [{"id": "9", "relationshipType": "HasParent"}]}, "parent_item_id", "9"),
        ({"productOrderItemRelationship": [{"id": "9", "relationshipType": "HasChild"}]}, "parent_item_id", None),
        ({"productOrderItemRelationship": None}, "parent_item_id", None),
    ],
)
def test_members_of_a_line_have_columns(members: Json, column: str, value: str | None) -> None:
    assert getattr(only_line(**members), column) == value


def test_an_offering_specification_and_product_may_be_absent() -> None:
    bare = product_order(items=[{"id": "1", "action": "add"}])

    (row,) = converted(bare).lines

    assert (row.product_offering_id, row.product_specification_id, row.product_id) == (None, None, None)


@pytest.mark.parametrize(
    ("prices", "mrc", "nrc"),
    [
        ([("recurring", "0.1"), ("recurring", "0.2")], "0.3", None),
        ([("recurring", "19.90")], "19.90", None),
        ([("nonRecurring", "5"), ("nonRecurring", "-2.50")], None, "2.50"),
        ([("recurring", "1"), ("nonRecurring", "2"), ("usage", "4"), (None, "8")], "1", "2"),
        ([("recurring", "0")], "0", None),
        ([("recurring", "1e2")], "100", None),
        ([("recurring", "1E-7")], "0.0000001", None),
        ([("recurring", "1e400")], "1E+400", None),
        ([("recurring", "12345678901234567890.12"), ("recurring", "0.01")], "12345678901234567890.13", None),
    ],
)
def test_prices_are_added_exactly(prices: list[tuple[str | None, str]], mrc: str | None, nrc: str | None) -> None:
    row = priced(*prices)

    assert (row.mrc, row.nrc) == (mrc, nrc)


@pytest.mark.parametrize(
    "price",
    [
        {"priceType": "recurring"},
        {"priceType": "recurring", "price": None},
        {"priceType": "recurring", "price": {}},
        {"priceType": "recurring", "price": {"taxIncludedAmount": None}},
        {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR"}}},
        {"price": {"taxIncludedAmount": {"unit": "EUR", "value": 1}}},
    ],
)
def test_a_price_without_type_or_amount_adds_nothing(price: Json) -> None:
    row = only_line(itemPrice=[price])

    assert (row.mrc, row.nrc) == (None, None)


def test_prices_that_no_sum_can_hold_exactly_are_no_order() -> None:
    with pytest.raises(CannotBeCreatedError) as refused:
        priced(("recurring", "1e2000"), ("recurring", "1"))

    assert str(refused.value) == "the recurring prices of a line cannot be added exactly"


@pytest.mark.parametrize("number", ["2.50", "1e400", "0.1000000000000000055511151231257827", "-0.0", "1E+2"])
def test_a_number_as_value_of_a_characteristic_keeps_its_text(number: str) -> None:
    order = product_order(items=[line(product={"productCharacteristic": [{"name": "n", "value": "V"}]})])

    rows = converted(encoded(order).replace(b'"V"', b"[" + number.encode() + b"]"))

    assert tuples(rows.characteristics) == [(1, 0, 0, "n", f"[{number}]", None)]


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=3), min_size=1, max_size=6))
def test_a_sum_of_prices_is_that_of_their_decimals(values: list[Decimal]) -> None:
    row = priced(*(("recurring", f"{value:f}") for value in values))

    with localcontext(prec=1000):
        assert Decimal(str(row.mrc)) == sum(values)


def test_children_of_a_line_come_in_its_own_sequence() -> None:
    first = line(
        "10",
        product={
            "productCharacteristic": [
                {"name": "Speed", "value": "1000", "previousValue": "500"},
                {"name": "Ports", "value": 4, "previousValue": None},
                {"name": "Vlans", "value": [1, 2, {"a": None}]},
                {"value": True},
            ],
            "relatedParty": [{"@referredType": "OrderLineItemContact", "firstName": "Ana"}, {"id": "c", "phone": "+1"}],
            "productRelationship": [
                {"id": "p-1", "relationshipType": "Requires"},
                {"product": {"id": "p-2"}, "relationshipType": "Requires"},
                {"product": None},
            ],
        },
        productOrderItemRelationship=[{"id": "20", "relationshipType": "HasChild"}],
    )
    second = line("20", product={"productCharacteristic": [{"name": "Colour", "value": "white"}]})

    rows = converted(product_order(items=[first, second]), seq=7)

    assert tuples(rows.characteristics) == [
        (7, 0, 0, "Speed", "1000", "500"),
        (7, 0, 1, "Ports", "4", None),
        (7, 0, 2, "Vlans", '[1,2,{"a":null}]', None),
        (7, 0, 3, None, "true", None),
        (7, 1, 0, "Colour", "white", None),
    ]
    assert tuples(rows.contacts) == [
        (7, 0, 0, None, None, "Ana", None, None, None),
        (7, 0, 1, "c", None, None, None, None, "+1"),
    ]
    assert tuples(rows.related) == [
        (7, 0, 0, "line", "20", "HasChild"),
        (7, 0, 1, "product", "p-1", "Requires"),
        (7, 0, 2, "product", "p-2", "Requires"),
        (7, 0, 3, "product", None, None),
    ]


def test_nested_lines_follow_the_line_that_holds_them_and_name_it_as_their_parent() -> None:
    nested = product_order(
        items=[
            line("1", productOrderItem=[line("1.1", productOrderItem=[line("1.1.1")]), line("1.2")]),
            line("2"),
        ]
    )

    rows = converted(nested, profile="tmf622-v4")

    assert [(row.n, row.item_id, row.parent_item_id) for row in rows.lines] == [
        (0, "1", None),
        (1, "1.1", "1"),
        (2, "1.1.1", "1.1"),
        (3, "1.2", "1"),
        (4, "2", None),
    ]


def test_a_nested_line_may_not_have_the_id_of_another() -> None:
    with pytest.raises(CannotBeCreatedError) as refused:
        converted(product_order(items=[line("1", productOrderItem=[line("1")])]), profile="tmf622-v4")

    assert str(refused.value) == "line item '1' stands twice"


@pytest.mark.parametrize("nested", [[line("1.1")], [{"x": 1}], "text", 5])
def test_in_the_profile_servicenow_a_line_in_a_line_is_an_unknown_member(nested: Any) -> None:
    rows = converted(product_order(items=[line("1", productOrderItem=nested)]))

    assert [row.item_id for row in rows.lines] == ["1"]


def test_a_null_in_a_list_counts_as_an_empty_object() -> None:
    members: dict[str, Any] = {
        "itemPrice": [None, {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 1.50}}}],
        "externalProductInventory": [None],
        "product": {
            "productCharacteristic": [None, {"name": "Ports", "value": [None]}],
            "productRelationship": [None],
        },
    }

    rows = converted(product_order(items=[line(**members)]))

    assert (rows.lines[0].mrc, rows.lines[0].external_inventory_id) == ("1.5", "[null]")
    assert tuples(rows.characteristics) == [(1, 0, 0, None, None, None), (1, 0, 1, "Ports", "[null]", None)]
    assert tuples(rows.related) == [(1, 0, 0, "product", None, None)]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (b"", "Input data was truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b"{}", "Object missing required field `productOrderItem`"),
        (b'{"productOrderItem": []}', "the order has no line item"),
        (b'{"productOrderItem": null}', "Object missing required field `productOrderItem`"),
        (b'{"x": ' + b"[" * 100_000, "maximum recursion depth exceeded while deserializing an object"),
        (
            b'{"productOrderItem": [{"id": "\xff"}]}',
            "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte",
        ),
        (product_order(items=[{"action": "add"}]), "Object missing required field `id` - at `$.productOrderItem[0]`"),
        (
            product_order(items=[line(quantity="many")]),
            "Invalid decimal string - at `$.productOrderItem[0].quantity`",
        ),
        (product_order(items=[line("1"), line("1")]), "line item '1' stands twice"),
        (product_order(items=[line(action="build")]), "unknown action 'build'"),
        (product_order(orderCurrency=5), "Expected `str | null`, got `int` - at `$.orderCurrency`"),
    ],
)
def test_an_order_that_cannot_be_created_says_why(order: Json | bytes, reason: str) -> None:
    with pytest.raises(CannotBeCreatedError) as refused:
        converted(order)

    assert str(refused.value) == reason


V5 = {"@type": "ProductOrder", "externalId": [{"@type": "ExternalIdentifier", "id": "PO-1"}]}
PARTY_V5 = {"@type": "RelatedPartyRefOrPartyRoleRef", "role": "r", "partyOrPartyRole": {"@type": "PartyRef", "id": "c"}}
ITEM_V5 = {"@type": "ProductOrderItem", "id": "1", "action": "add"}
SERVICE_ITEM = {"id": "1", "action": "add", "service": {"serviceSpecification": {"id": "s"}}}


@pytest.mark.parametrize("value", [7, [7], {"id": 7}])
@pytest.mark.parametrize(
    ("profile", "order"),
    [
        ("tmf622-v5", V5 | {"productOrderItem": [ITEM_V5], "relatedParty": [PARTY_V5 | {"email": "OWN"}]}),
        (
            "tmf622-v5",
            V5
            | {
                "productOrderItem": [
                    ITEM_V5
                    | {"product": {"@type": "Product", "relatedParty": [PARTY_V5 | {"email": "OWN", "phone": "OWN"}]}}
                ]
            },
        ),
        ("tmf641", {"serviceOrderItem": [SERVICE_ITEM], "committedDueDate": "OWN"}),
        ("tmf641", {"serviceOrderItem": [SERVICE_ITEM | {"itemPrice": "OWN", "productOffering": "OWN"}]}),
        ("servicenow", {"serviceOrderItem": [SERVICE_ITEM | {"itemPrice": "OWN", "productOffering": "OWN"}]}),
    ],
)
def test_a_member_that_no_rule_looks_at_may_have_any_value(profile: str, order: Json, value: Any) -> None:
    resource = SERVICE_ORDER if "serviceOrderItem" in order else PRODUCT_ORDER
    with_it = encoded(order).replace(b'"OWN"', encoded(value))
    without = encoded(order).replace(b'"OWN"', b"null")

    validate = OrderValidator(profile, resource=resource).validate
    rows = resource.to_rows(accepted(profile=profile), with_it, NOW)

    assert validate(with_it).findings == validate(without).findings
    assert rows == resource.to_rows(accepted(profile=profile), without, NOW)
