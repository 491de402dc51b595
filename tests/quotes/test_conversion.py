"""What becomes of a quote: the whole order, or the findings with their places; the rules of TMF622 accept the order."""

from __future__ import annotations

import json
import sys
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.quote.convert import Additions
from ordercli.resources.quote.examples import GOOD_QUOTE, NOW, example_document
from ordercli.resources.quote.quote import Conversion, QuoteConverter, Terms
from ordercli.resources.quote.rules import RULES
from ordercli.resources.validator import OrderValidator
from support.builders import encoded

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Rule
    from support.builders import Json

VALIDATOR = OrderValidator("tmf622-v4")
ACCOUNT = [{"id": "account-1"}]
PARTY = {"id": "customer-1", "role": "Customer", "@referredType": "Customer"}


def converted(quote: Json | bytes, now: datetime = NOW, *, approved: bool = False, **additions: Any) -> Conversion:
    converter = QuoteConverter(
        Terms(now, approved, Additions(**additions)), lambda order: VALIDATOR.validate(order).findings
    )
    return converter.convert(quote if isinstance(quote, bytes) else encoded(quote))


def order_of(conversion: Conversion) -> Json:
    assert conversion.order is not None, conversion.findings
    order: Json = json.loads(conversion.order)
    return order


def found(conversion: Conversion) -> list[tuple[str, str, str, str]]:
    return [(each.code, each.severity, each.pointer, each.message) for each in conversion.findings]


def errors(conversion: Conversion) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in conversion.findings if each.severity == "error"]


def changed(**edits: Any) -> Json:
    return {name: value for name, value in (GOOD_QUOTE | edits).items() if value is not ...}


def item(item_id: str = "1", **members: Any) -> Json:
    price = {"price": {"taxIncludedAmount": {"unit": "EUR", "value": 1}}}
    return {"id": item_id, "action": "add", "quoteItemPrice": [price], **members}


def quote_of(*items: Json, **members: Any) -> Json:
    return {"id": "Q-1", "state": "accepted", "billingAccount": ACCOUNT, "quoteItem": list(items), **members}


def test_every_member_that_both_standards_have_is_taken_over() -> None:
    price = {"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 5}}}
    qualification = {"id": "pq-1"}
    quote = {
        "id": "Q-1",
        "href": "https://quotes.example.com/Q-1",
        "version": "3",
        "externalId": "CRM-1",
        "state": "accepted",
        "category": "enterprise",
        "description": "Two sites",
        "expectedFulfillmentStartDate": "2026-04-01T08:00:00Z",
        "agreement": [{"id": "agreement-1"}],
        "billingAccount": [{"id": "account-1", "name": "Main"}],
        "note": [{"id": "1", "text": "Ring first"}],
        "productOfferingQualification": [qualification],
        "relatedParty": [PARTY],
        "quoteTotalPrice": [{**price, "@type": "QuotePrice"}],
        "@type": "Quote",
        "quoteItem": [
            {
                "id": "1",
                "action": "modify",
                "quantity": 2,
                "state": "approved",
                "appointment": [{"id": "visit-1"}],
                "product": {"id": "product-1"},
                "productOffering": {"id": "offering-1"},
                "productOfferingQualificationItem": {"id": "1", "productOfferingQualificationId": "pq-1"},
                "quoteItemPrice": [{**price, "@type": "QuotePrice"}],
                "quoteItemRelationship": [
                    {"id": "2", "relationshipType": "reliesOn", "@type": "QuoteItemRelationship"}
                ],
                "@type": "QuoteItem",
            },
            {"id": "2", "action": "remove", "product": {"id": "product-2"}},
        ],
    }

    conversion = converted(quote, channel="online", completion_date="2026-05-01T08:00:00Z")

    assert (found(conversion), conversion.external_id) == ([], "CRM-1")
    assert order_of(conversion) == {
        "externalId": "CRM-1",
        "quote": [{"id": "Q-1", "href": "https://quotes.example.com/Q-1"}],
        "category": "enterprise",
        "description": "Two sites",
        "requestedStartDate": "2026-04-01T08:00:00Z",
        "requestedCompletionDate": "2026-05-01T08:00:00Z",
        "orderCurrency": "EUR",
        "agreement": [{"id": "agreement-1"}],
        "billingAccount": {"id": "account-1", "name": "Main"},
        "channel": [{"id": "online"}],
        "note": [{"id": "1", "text": "Ring first"}],
        "productOfferingQualification": [qualification],
        "relatedParty": [PARTY],
        "orderTotalPrice": [price],
        "productOrderItem": [
            {
                "id": "1",
                "action": "modify",
                "quantity": 2,
                "appointment": {"id": "visit-1"},
                "product": {"id": "product-1"},
                "productOffering": {"id": "offering-1"},
                "productOfferingQualificationItem": {"id": "1", "productOfferingQualificationId": "pq-1"},
                "itemPrice": [price],
                "productOrderItemRelationship": [{"id": "2", "relationshipType": "reliesOn"}],
                "quoteItem": {"id": "1", "quoteId": "Q-1"},
            },
            {
                "id": "2",
                "action": "delete",
                "product": {"id": "product-2"},
                "quoteItem": {"id": "2", "quoteId": "Q-1"},
            },
        ],
    }


def test_an_order_is_one_line_in_which_numbers_stand_as_in_the_quote() -> None:
    quote = encoded(quote_of(item())).replace(b'"value":1', b'\n "value": 10.50\r\n,"rate":123456789012345678.90')

    conversion = converted(quote)

    assert conversion.order is not None
    assert not {*b"\r\n"} & {*conversion.order}
    assert b'{"unit":"EUR","value":10.50,"rate":123456789012345678.90}' in conversion.order


@pytest.mark.parametrize(
    ("members", "external_id"),
    [
        ({"externalId": "CRM-1", "version": "2"}, "CRM-1"),
        ({"version": "2"}, "quote:Q-1:2"),
        ({}, "quote:Q-1"),
        ({"externalId": None, "version": None}, "quote:Q-1"),
    ],
)
def test_a_quote_without_external_id_gives_its_order_one(members: Json, external_id: str) -> None:
    conversion = converted(quote_of(item(), **members))

    assert (order_of(conversion)["externalId"], conversion.external_id) == (external_id, external_id)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_the_bad_example_of_a_rule_breaks_it_and_the_good_one_breaks_none(rule: Rule) -> None:
    assert rule.bad is not None
    assert rule.good is not None

    bad, good = converted(example_document(rule.bad)), converted(example_document(rule.good))

    also = ["ORD607"] if rule.code == "ORD609" else []  # a relationship is left out with the item that it leads to
    assert [each.code for each in bad.findings] == [rule.code, *also]
    assert (bad.order is None) == (rule.severity == "error")
    assert (good.order is not None, good.findings) == (True, [])


@pytest.mark.parametrize(
    ("state", "approved", "expected"),
    [
        ("accepted", False, []),
        ("accepted", True, []),
        ("approved", True, []),
        ("approved", False, ["The quote is approved, not accepted; --approved converts such quotes"]),
        ("inProgress", True, ["The quote is inProgress; only an accepted quote becomes an order"]),
        ("pending", False, ["The quote is pending; only an accepted quote becomes an order"]),
        ("rejected", False, ["The quote is rejected; only an accepted quote becomes an order"]),
        ("cancelled", True, ["The quote is cancelled; only an accepted quote becomes an order"]),
        (..., True, ["The quote has no state; only an accepted quote becomes an order"]),
        (None, False, ["The quote has no state; only an accepted quote becomes an order"]),
    ],
)
def test_only_an_accepted_quote_is_converted(state: Any, approved: bool, expected: list[str]) -> None:  # noqa: FBT001
    conversion = converted(changed(state=state), approved=approved)

    assert found(conversion) == [("ORD601", "error", "/state", message) for message in expected]
    assert (conversion.order is None) == bool(expected)


def test_a_state_that_the_standard_does_not_have_is_refused_with_the_nearest_word() -> None:
    conversion = converted(changed(state="Accepted"))

    (finding,) = conversion.findings
    assert (finding.code, finding.pointer, finding.suggestion) == ("ORD121", "/state", "accepted")


@pytest.mark.parametrize("state", ["pending", "inProgress"])
def test_an_open_item_of_an_accepted_quote_is_refused(state: str) -> None:
    conversion = converted(quote_of(item("1", quoteItem=[item("1.1", state=state)])))

    message = f"Item 1.1 is {state}; an item that is ordered is accepted or approved"
    assert found(conversion) == [("ORD601", "error", "/quoteItem/0/quoteItem/0/state", message)]


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ({}, []),
        (None, []),
        ({"endDateTime": "2026-03-01T12:00:00Z"}, []),
        ({"endDateTime": "2026-03-01T11:59:59Z"}, [("ORD602", "/validFor/endDateTime")]),
        ({"endDateTime": "2026-03-01T13:00:00+01:00"}, []),
        ({"startDateTime": "2026-03-01T12:00:00Z"}, []),
        ({"startDateTime": "2026-03-01T12:00:01Z"}, [("ORD602", "/validFor/startDateTime")]),
        ({"endDateTime": "2026-03-01"}, [("ORD123", "/validFor/endDateTime")]),
        ({"endDateTime": 7}, [("ORD120", "/validFor/endDateTime")]),
        ("always", [("ORD120", "/validFor")]),
    ],
)
def test_a_quote_is_converted_while_it_is_valid(period: Any, expected: list[tuple[str, str]]) -> None:
    conversion = converted(changed(validFor=period), datetime(2026, 3, 1, 12, tzinfo=UTC))

    assert errors(conversion) == expected


@pytest.mark.parametrize(
    ("accounts", "message"),
    [
        (..., "The quote has no billing account"),
        ([], "The quote has no billing account"),
        ([{"id": "1"}, {"id": "2"}, {"id": "3"}], "The quote has 3 billing accounts, and an order has one"),
    ],
)
def test_a_quote_needs_exactly_one_billing_account(accounts: Any, message: str) -> None:
    conversion = converted(changed(billingAccount=accounts))

    assert found(conversion) == [("ORD603", "error", "/billingAccount", message)]


def priced(*units: str | None) -> Json:
    return {
        "quoteItemPrice": [
            {"price": {"dutyFreeAmount": {"value": 1, **({"unit": unit} if unit else {})}}} for unit in units
        ]
    }


def test_prices_in_two_currencies_are_refused_at_each_price_that_differs() -> None:
    alteration = {"priceType": "discount", "price": {"taxIncludedAmount": {"unit": "GBP", "value": 1}}}
    with_discount = {"quoteItemPrice": [{"priceAlteration": [alteration]}]}
    quote = quote_of(item("1", **priced("EUR", "USD")), item("2", quoteItem=[item("2.1", **with_discount)]))

    conversion = converted(quote)

    there = "/quoteItem/1/quoteItem/0/quoteItemPrice/0/priceAlteration/0/price/taxIncludedAmount/unit"
    in_two = "others of the quote are in EUR; an order has one currency"
    assert found(conversion) == [
        (
            "ORD604",
            "error",
            "/quoteItem/0/quoteItemPrice/1/price/dutyFreeAmount/unit",
            f"The price is in USD, {in_two}",
        ),
        ("ORD604", "error", there, f"The price is in GBP, {in_two}"),
    ]


def test_prices_without_currency_and_items_without_prices_are_refused() -> None:
    without_unit, without_prices = quote_of(item(**priced(None))), quote_of(item(quoteItemPrice=[]), item("2"))
    without_prices["quoteItem"][1]["state"] = "rejected"

    assert found(converted(without_unit)) == [
        ("ORD604", "error", "/quoteItem", "No price of the quote has a currency (unit)")
    ]
    assert errors(converted(without_prices)) == [("ORD605", "/quoteItem")]


def test_a_currency_that_is_none_is_refused_at_the_first_price() -> None:
    conversion = converted(quote_of(item(**priced("Euro"))))

    assert errors(conversion) == [("ORD124", "/quoteItem/0/quoteItemPrice/0/price/dutyFreeAmount/unit")]


def test_the_currency_of_an_item_that_is_left_out_does_not_count() -> None:
    conversion = converted(quote_of(item("1"), item("2", state="cancelled", **priced("USD"))))

    assert (order_of(conversion)["orderCurrency"], errors(conversion)) == ("EUR", [])


def test_rejected_and_cancelled_items_are_left_out_with_what_is_nested_in_them_and_told() -> None:
    related = [{"id": "2", "relationshipType": "reliesOn"}, {"id": "3", "relationshipType": "reliesOn"}]
    quote = quote_of(
        item("1", quoteItemRelationship=related, quoteItem=[item("1.1", state="rejected"), item("1.2")]),
        item("2", state="cancelled", quoteItem=[item("2.1", state="accepted")]),
        item("3"),
    )

    conversion = converted(quote)

    lines = order_of(conversion)["productOrderItem"]
    assert [(line["id"], [below["id"] for below in line.get("productOrderItem", [])]) for line in lines] == [
        ("1", ["1.2"]),
        ("3", []),
    ]
    assert lines[0]["productOrderItemRelationship"] == [{"id": "3", "relationshipType": "reliesOn"}]
    nested = "Item 2.1 is nested in an item that is not ordered, so it is not ordered either"
    assert found(conversion) == [
        (
            "ORD609",
            "warning",
            "/quoteItem/0/quoteItemRelationship/0",
            "Item 2 is not ordered, so the relationship to it is left out",
        ),
        ("ORD607", "warning", "/quoteItem/0/quoteItem/0", "Item 1.1 is rejected, so it is not ordered"),
        ("ORD607", "warning", "/quoteItem/1", "Item 2 is cancelled, so it is not ordered"),
        ("ORD607", "warning", "/quoteItem/1/quoteItem/0", nested),
    ]


def test_a_quote_of_which_nothing_is_left_is_refused_once() -> None:
    conversion = converted(quote_of(item("1", state="rejected"), item("2", state="cancelled")))

    assert errors(conversion) == [("ORD606", "/quoteItem")]


def test_members_without_a_place_in_an_order_are_told() -> None:
    quote = quote_of(
        item("1", note=[{"id": "1", "text": "Second floor"}], appointment=[{"id": "a"}, {"id": "b"}], attachment=[]),
        authorization=[{"name": "Discount"}],
        contactMedium=[{"mediumType": "email"}],
        relatedPartys=[PARTY],
        **{"x/y": 1, "nothing": None},
        quoteDate="2026-02-01T00:00:00Z",
        instantSyncQuote=False,
    )

    conversion = converted(quote)

    told = "has no place in an order, so the order is made without it"
    assert found(conversion) == [
        ("ORD608", "warning", "/authorization", f"authorization {told}"),
        ("ORD608", "warning", "/contactMedium", f"contactMedium {told}"),
        ("ORD608", "warning", "/relatedPartys", f"relatedPartys {told}"),
        ("ORD608", "warning", "/x~1y", f"x/y {told}"),
        (
            "ORD608",
            "warning",
            "/quoteItem/0/appointment",
            "appointment has 2 elements, and a line item has one, so the order is made without them",
        ),
        ("ORD608", "warning", "/quoteItem/0/note", f"note {told}"),
    ]
    assert [each.suggestion for each in conversion.findings] == [None, None, "relatedParty", None, None, None]
    assert order_of(conversion).keys() == {
        "externalId",
        "quote",
        "billingAccount",
        "orderCurrency",
        "productOrderItem",
    }


def test_an_item_without_id_or_action_or_with_another_action_is_refused() -> None:
    quote = quote_of(item(), {**item("2"), "action": "change"}, {"quoteItem": [{}]})

    conversion = converted(quote)

    assert found(conversion)[0][:3] == ("ORD121", "error", "/quoteItem/1/action")
    assert conversion.findings[0].suggestion == "modify"
    assert errors(conversion)[1:] == [
        ("ORD103", "/quoteItem/2/id"),
        ("ORD104", "/quoteItem/2/action"),
        ("ORD103", "/quoteItem/2/quoteItem/0/id"),
        ("ORD104", "/quoteItem/2/quoteItem/0/action"),
    ]


def test_what_the_rules_of_orders_find_is_told_at_its_place_in_the_quote() -> None:
    """Items that are left out stand before the faulty one, so the indexes of quote and order differ."""
    faulty = item("3", quantity=0, quoteItemRelationship=[{"id": "nowhere", "relationshipType": "reliesOn"}])
    quote = quote_of(
        item("1", state="rejected"),
        item("2", quoteItem=[item("2.1", state="cancelled"), faulty]),
        item("2"),
        expectedFulfillmentStartDate="tomorrow",
        billingAccount=[{"id": "account-1", "@type": "x"}],
    )

    conversion = converted(quote)

    assert conversion.order is None
    assert errors(conversion) == [
        ("ORD123", "/expectedFulfillmentStartDate"),
        ("ORD209", "/quoteItem/1/quoteItem/1/quantity"),
        ("ORD201", "/quoteItem/2/id"),
        ("ORD202", "/quoteItem/1/quoteItem/1/quoteItemRelationship/0/id"),
    ]


def test_a_name_that_stands_twice_is_refused_because_one_of_its_values_would_be_lost() -> None:
    twice = encoded(quote_of(item())).replace(b'"id":"Q-1"', b'"id":"Q-1","note":[],"note":[{"text":"x"}]')

    assert errors(converted(twice)) == [("ORD004", "/note")]


@pytest.mark.parametrize(
    ("document", "code"),
    [(b"{}", "ORD101"), (b"7", "ORD008"), (b"{", "ORD001"), (b'{"a":"\xff"}', "ORD005"), (b'{"a":' * 70, "ORD007")],
)
def test_a_document_that_is_no_quote_is_refused(document: bytes, code: str) -> None:
    conversion = converted(document)

    assert ([each.code for each in conversion.findings], conversion.order) == ([code], None)


def test_an_order_is_no_quote() -> None:
    assert errors(converted(b'{"productOrderItem": [{"id": "1", "action": "add"}]}')) == [
        ("ORD102", "/quoteItem"),
        ("ORD114", "/id"),
        ("ORD601", "/state"),
        ("ORD603", "/billingAccount"),
    ]


def test_a_nested_quote_becomes_a_nested_order_of_the_same_depth() -> None:
    quote_item = item("20")
    for n in range(19, 0, -1):
        quote_item = item(str(n), quoteItem=[quote_item])

    lines = order_of(converted(quote_of(quote_item)))["productOrderItem"]
    found_ids = []
    while lines:
        (line,) = lines
        found_ids.append(line["id"])
        lines = line.get("productOrderItem")

    assert found_ids == [str(n) for n in range(1, 21)]


def calls_for(count: int) -> int:
    quote = encoded(quote_of(*(item(str(n), quoteItemRelationship=[{"id": "0"}]) for n in range(count))))
    calls = 0

    def count_call(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count_call)
    try:
        conversion = converted(quote)
    finally:
        sys.setprofile(None)
    assert len(order_of(conversion)["productOrderItem"]) == count
    return calls


def test_a_quote_of_a_thousand_items_takes_calls_in_proportion() -> None:
    calls_for(1)  # what is made once
    small, large = calls_for(500), calls_for(1000)

    assert large < 2.1 * small


_TEXT = st.text("abc-1 ", max_size=4)
_ACTIONS = st.sampled_from(["add", "modify", "remove", "delete", "noChange", "other"])
_STATES = st.sampled_from([..., "accepted", "approved", "rejected", "cancelled", "pending"])
_PRICES = st.lists(
    st.builds(
        lambda unit, value: {"price": {"taxIncludedAmount": {"unit": unit, "value": value}}, "@type": "QuotePrice"},
        st.sampled_from(["EUR", "EUR", "EUR", "USD", None]),
        st.integers(-5, 1000) | st.decimals(0, 10, places=2).map(float),
    ),
    max_size=2,
)


def _members(**members: Any) -> Json:
    return {name: value for name, value in members.items() if value is not ...}


def _an_item(nested: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    return st.builds(
        _members,
        id=st.sampled_from([*map(str, range(30)), "", ...]),
        action=_ACTIONS,
        quantity=st.sampled_from([..., 0, 1, 2, "1", None]),
        state=_STATES,
        product=st.sampled_from([..., {}, {"id": "p"}, {"startDate": "soon"}, "p"]),
        quoteItemPrice=_PRICES,
        quoteItemRelationship=st.sampled_from([..., [{"id": "1", "relationshipType": "HasChild"}], [{"id": "2"}]]),
        appointment=st.sampled_from([..., [{"id": "a"}], [{"id": "a"}, {}], [None]]),
        note=st.sampled_from([..., [{"text": "x"}]]),
        quoteItem=nested,
    )


_ITEMS = st.recursive(_an_item(st.just(...)), lambda below: _an_item(st.lists(below, max_size=2)), max_leaves=4)
_GOOD_ITEMS = st.builds(
    lambda number, action, state: item(str(number), action=action, **_members(state=state)),
    st.integers(0, 5),
    st.sampled_from(["add", "modify", "remove", "noChange"]),
    st.sampled_from([..., "accepted", "rejected"]),
)
_QUOTES = st.builds(
    _members,
    id=st.sampled_from(["Q-1", "Q-1", " ", "x" * 1200]),
    version=st.sampled_from([..., "1", None, 2]),
    externalId=_TEXT | st.just(...),
    state=st.sampled_from(["accepted", "accepted", "approved", "pending"]),
    billingAccount=st.sampled_from([ACCOUNT, ACCOUNT, [None], [{"id": ""}], []]),
    expectedFulfillmentStartDate=st.sampled_from([..., "2026-04-01T08:00:00Z", "soon", ""]),
    relatedParty=st.sampled_from([..., [PARTY], [{"id": "x"}], [], [None]]),
    note=st.sampled_from([..., [{"text": "x"}], [{"text": " "}], [{"date": "x", "text": "y"}]]),
    quoteTotalPrice=_PRICES | st.just(...),
    quoteItem=st.lists(_ITEMS | _GOOD_ITEMS | _GOOD_ITEMS, max_size=3),
)


@given(_QUOTES | st.builds(lambda items: quote_of(*items), st.lists(_GOOD_ITEMS, max_size=4)), st.booleans())
def test_every_order_that_comes_out_passes_the_rules_of_tmf622_v4(quote: Json, approved: bool) -> None:  # noqa: FBT001
    before = deepcopy(quote)

    conversion = converted(quote, approved=approved, channel="online")

    assert quote == before
    assert (conversion.order is None) == any(each.severity == "error" for each in conversion.findings)
    if conversion.order is not None:
        validation = OrderValidator("tmf622-v4", lint=True).validate(conversion.order)
        assert [each for each in validation.findings if each.severity == "error"] == []
