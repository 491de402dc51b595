"""The rules of quotes: what keeps a quote from becoming an order, and what is reported about one that does.

A fault that orders have too has the same code, in the words of quotes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.resources.common.reading import by_missing_field
from ordercli.resources.common.rules.order import NOT_A_DATE_TIME
from ordercli.resources.common.values import instant
from ordercli.resources.quote.case import LEFT_OUT, ORDERED
from ordercli.rulebook.rule import INVALID_FIELD, MISSING_FIELD, Broken, Level, Rule, by_code

if TYPE_CHECKING:
    from ordercli.resources.quote.case import QuoteCase
    from ordercli.resources.quote.shapes import Quote

_STANDARD = "TMF648 v4.0.0, Quote"
_ITEM = "TMF648 v4.0.0, QuoteItem"
_PLACE = "/quoteItem/0"

QUOTE_ITEM_MISSING = Rule(
    level=Level.ORDER,
    code="ORD102",
    name="quote-item-missing",
    about="""The quote has no item.

    An order is made of the items of a quote. An empty list counts as missing. If the document is a page or an event,
    name the place of the quotes with `--at`.
    """,
    says="Invalid payload: quoteItem is missing",
    source=_STANDARD,
    bad={"/quoteItem": None},
    good={},
    error=MISSING_FIELD,
    missing="quoteItem",
)

QUOTE_ITEM_ID_MISSING = Rule(
    level=Level.ITEM,
    code="ORD103",
    name="quote-item-id-missing",
    about="""An item of the quote has no id.

    The line item of the order gets the id of the quote item and refers to it. Give each item an id that is unique in
    the quote.
    """,
    at="/id",
    says="Invalid payload: quoteItem id is missing",
    source=_ITEM,
    bad={f"{_PLACE}/id": None},
    good={f"{_PLACE}/id": "10"},
    error=MISSING_FIELD,
    missing="quoteItem.id",
)

QUOTE_ITEM_ACTION_MISSING = Rule(
    level=Level.ITEM,
    code="ORD104",
    name="quote-item-action-missing",
    about="""An item of the quote has no action.

    Give `action`: add, modify, remove, delete or noChange. The order has `delete` for `remove`.
    """,
    at="/action",
    says="Invalid payload: quoteItem action is missing",
    source=_ITEM,
    bad={f"{_PLACE}/action": None},
    good={f"{_PLACE}/action": "add"},
    error=MISSING_FIELD,
    missing="quoteItem.action",
)


def _not_a_date_time(quote: Quote, _: QuoteCase) -> Broken:
    period = quote.valid_for
    dates = (("startDateTime", period.start_date_time), ("endDateTime", period.end_date_time)) if period else ()
    return [
        (f"/validFor/{name}", {"field": name, "value": text}) for name, text in dates if text and instant(text) is None
    ]


VALIDITY_NOT_A_DATE_TIME = Rule(
    level=Level.ORDER,
    code=NOT_A_DATE_TIME.code,
    name=NOT_A_DATE_TIME.name,
    about="""A date of the quote's validity is not written as date and time with an offset.

    It is not clear whether the quote is still valid. Write the date like `2026-03-20T17:00:00Z`.
    """,
    says=NOT_A_DATE_TIME.says,
    source="RFC 3339, section 5.6; TMF648 v4.0.0, TimePeriod",
    bad={"/validFor/endDateTime": "2099-12-31"},
    good={"/validFor/endDateTime": "2099-12-31T23:59:59Z"},
    error=INVALID_FIELD,
    check=_not_a_date_time,
)


def _not_accepted(quote: Quote, case: QuoteCase) -> Broken:
    if quote.state == "accepted" or (case.approved_too and quote.state == "approved"):
        return [
            (f"{line.pointer}/state", {"detail": "item", "id": line.item.id, "state": line.item.state})
            for line in case.ordered
            if line.item.state is not None and line.item.state not in ORDERED
        ]
    if quote.state is None:
        return [("/state", {"detail": "missing"})]
    return [("/state", {"detail": "approved"} if quote.state == "approved" else {"state": quote.state})]


NOT_ACCEPTED = Rule(
    level=Level.ORDER,
    code="ORD601",
    name="quote-not-accepted",
    about="""The customer has not accepted the quote, or an item of it is still open.

    Only an accepted quote is ordered: its `state` must be `accepted`. `ordercli quote convert --approved` also takes a
    quote that was approved and is not accepted yet. Items that are accepted or approved, or have no state, are ordered;
    rejected and cancelled ones are left out. Have the quote accepted, then export it again.
    """,
    says="The quote is {state}; only an accepted quote becomes an order",
    details={
        "approved": "The quote is approved, not accepted; --approved converts such quotes",
        "missing": "The quote has no state; only an accepted quote becomes an order",
        "item": "Item {id} is {state}; an item that is ordered is accepted or approved",
    },
    source="TMF648 v4.0.0, QuoteStateType",
    bad={"/state": "inProgress"},
    good={"/state": "accepted"},
    error=INVALID_FIELD,
    check=_not_accepted,
)


def _not_valid(quote: Quote, case: QuoteCase) -> Broken:
    period = quote.valid_for
    start, end = (period.start_date_time, period.end_date_time) if period else (None, None)
    if end and (last := instant(end)) and last < case.now:
        return [("/validFor/endDateTime", {"date": end})]
    if start and (first := instant(start)) and first > case.now:
        return [("/validFor/startDateTime", {"detail": "early", "date": start})]
    return False


NOT_VALID = Rule(
    level=Level.ORDER,
    code="ORD602",
    name="quote-not-valid",
    about="""The quote is not valid any more, or not yet.

    Its prices no longer hold after `validFor.endDateTime`. Ask for a new version of the quote, or have its validity
    extended.
    """,
    says="The quote was valid until {date}",
    details={"early": "The quote is valid from {date} on"},
    source="TMF648 v4.0.0, Quote, validFor",
    bad={"/validFor/endDateTime": "2020-01-31T23:59:59Z"},
    good={"/validFor/endDateTime": "2099-12-31T23:59:59Z"},
    error=INVALID_FIELD,
    check=_not_valid,
)


def _not_one_account(quote: Quote, _: QuoteCase) -> Broken:
    accounts = len(quote.billing_account or ())
    if accounts == 1:
        return False
    return [("/billingAccount", {"count": accounts} if accounts else {"detail": "missing"})]


NOT_ONE_ACCOUNT = Rule(
    level=Level.ORDER,
    code="ORD603",
    name="not-one-billing-account",
    about="""The quote does not have exactly one billing account.

    A quote may name several billing accounts, an order has one. Which of them pays is a decision that no program can
    make: leave one in the quote, or split the quote.
    """,
    says="The quote has {count} billing accounts, and an order has one",
    details={"missing": "The quote has no billing account"},
    source="TMF648 v4.0.0, Quote, billingAccount; TMF622 v4.0.0, ProductOrder, billingAccount",
    bad={"/billingAccount": [{"id": "account-88"}, {"id": "account-89"}]},
    good={"/billingAccount": [{"id": "account-88"}]},
    error=INVALID_FIELD,
    check=_not_one_account,
)


def _has_prices(case: QuoteCase) -> bool:
    return any(line.item.quote_item_price for line in case.ordered)


def _not_one_currency(_: Quote, case: QuoteCase) -> Broken:
    if not case.units:
        return [("/quoteItem", {"detail": "missing"})] if _has_prices(case) else False
    first, _at = case.units[0]
    return [(pointer, {"unit": unit, "first": first}) for unit, pointer in case.units if unit != first]


NOT_ONE_CURRENCY = Rule(
    level=Level.ORDER,
    code="ORD604",
    name="not-one-currency",
    about="""The prices of the quote are not all in one currency, or have none.

    A quote has no currency of its own. The order takes the one `unit` of all its prices, those of the total included;
    prices of items that are left out do not count. Write a quote for each currency.
    """,
    says="The price is in {unit}, others of the quote are in {first}; an order has one currency",
    details={"missing": "No price of the quote has a currency (unit)"},
    source="TMF648 v4.0.0, Money",
    bad={f"{_PLACE}/quoteItemPrice/0/price/taxIncludedAmount/unit": "USD"},
    good={f"{_PLACE}/quoteItemPrice/0/price/taxIncludedAmount/unit": "EUR"},
    error=INVALID_FIELD,
    check=_not_one_currency,
)


def _without_prices(_: Quote, case: QuoteCase) -> Broken:
    return ["/quoteItem"] if case.ordered and not _has_prices(case) else False


WITHOUT_PRICES = Rule(
    level=Level.ORDER,
    code="ORD605",
    name="quote-without-prices",
    about="""No item of the quote that would be ordered has a price.

    A quote is a promise of prices, and an order without them would be billed as the catalogue says. The quote was
    probably exported before it was priced. An order at catalogue prices is written as an order, not as a quote.
    """,
    says="No item that would be ordered has a price (quoteItemPrice)",
    source="TMF648 v4.0.0, QuoteItem, quoteItemPrice",
    bad={f"{_PLACE}/quoteItemPrice": None, "/quoteItem/1/quoteItem/0/quoteItemPrice": None},
    good={},
    error=MISSING_FIELD,
    check=_without_prices,
)


def _nothing_left(_: Quote, case: QuoteCase) -> Broken:
    return ["/quoteItem"] if case.lines and not case.ordered else False


NOTHING_LEFT = Rule(
    level=Level.ORDER,
    code="ORD606",
    name="no-item-left",
    about="""Every item of the quote is rejected or cancelled.

    Nothing is left to order. If the customer wants it after all, have the items accepted, then export the quote again.
    """,
    says="Every item of the quote is rejected or cancelled",
    source="TMF648 v4.0.0, QuoteItem, state",
    bad={f"/quoteItem/{n}/state": state for n, state in enumerate(("rejected", "cancelled", "rejected"))},
    good={},
    error=INVALID_FIELD,
    check=_nothing_left,
)


def _item_left_out(_: Quote, case: QuoteCase) -> Broken:
    if not case.ordered:
        return False  # ORD606 says so
    return [
        (line.pointer, {"id": line.item.id, "state": line.item.state})
        if line.item.state in LEFT_OUT
        else (line.pointer, {"id": line.item.id, "detail": "nested"})
        for line in case.left_out
    ]


ITEM_LEFT_OUT = Rule(
    level=Level.ORDER,
    code="ORD607",
    name="quote-item-left-out",
    severity="warning",
    about="""A rejected or cancelled item of the quote is not ordered.

    The order has the other items. What is nested in such an item is left out with it, whatever its own state.
    """,
    says="Item {id} is {state}, so it is not ordered",
    details={"nested": "Item {id} is nested in an item that is not ordered, so it is not ordered either"},
    source="TMF648 v4.0.0, QuoteItem, state",
    bad={"/quoteItem/2/state": "rejected"},
    good={"/quoteItem/2/state": "accepted"},
    error=INVALID_FIELD,
    check=_item_left_out,
)

MEMBER_LEFT_OUT = Rule(
    level=Level.ORDER,
    code="ORD608",
    name="quote-member-left-out",
    severity="warning",
    is_about_key=True,
    about="""A member of the quote has no place in an order.

    The order is made without it. Examples are authorizations, contact mediums, and the notes, parties and attachments
    of an item. The rule also reports names that TMF648 does not have; they may be misspelled. It does not report
    members of the quote's own process, such as its dates and states; the how-to page about quotes lists them.
    """,
    says="{field} has no place in an order, so the order is made without it",
    details={"several": "{field} has {count} elements, and a line item has one, so the order is made without them"},
    source="TMF648 v4.0.0, Quote and QuoteItem; TMF622 v4.0.0, ProductOrder and ProductOrderItem",
    bad={f"{_PLACE}/note": [{"id": "1", "text": "Second floor"}]},
    good={},
    error=INVALID_FIELD,
)

RELATIONSHIP_LEFT_OUT = Rule(
    level=Level.ORDER,
    code="ORD609",
    name="relationship-left-out",
    severity="warning",
    about="""An item is related to an item that is not ordered.

    The line item is ordered without this relationship. Check that it can be delivered without the other item.
    """,
    says="Item {id} is not ordered, so the relationship to it is left out",
    source="TMF648 v4.0.0, QuoteItemRelationship",
    bad={
        f"{_PLACE}/quoteItemRelationship": [{"id": "30", "relationshipType": "reliesOn"}],
        "/quoteItem/2/state": "rejected",
    },
    good={},
    error=INVALID_FIELD,
)

RULES: tuple[Rule, ...] = (
    QUOTE_ITEM_MISSING,
    QUOTE_ITEM_ID_MISSING,
    QUOTE_ITEM_ACTION_MISSING,
    VALIDITY_NOT_A_DATE_TIME,
    NOT_ACCEPTED,
    NOT_VALID,
    NOT_ONE_ACCOUNT,
    NOT_ONE_CURRENCY,
    WITHOUT_PRICES,
    NOTHING_LEFT,
    ITEM_LEFT_OUT,
    MEMBER_LEFT_OUT,
    RELATIONSHIP_LEFT_OUT,
)
BY_CODE = by_code(RULES)
MISSING = by_missing_field(RULES)
