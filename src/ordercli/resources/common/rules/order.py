"""Rules for the order as a whole, for each line item, and for parties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.intake.json_text import LONGEST_KEY_BYTES, fits_index, is_blank
from ordercli.resources.common.values import instant
from ordercli.resources.common.words import BEFORE_V5, CANONICAL_ACTIONS, ONLY_SERVICENOW, TMF622
from ordercli.resources.resource import LINE_MEMBERS, Limits
from ordercli.rulebook.rule import INVALID_FIELD, MISSING_FIELD, Broken, Level, Rule, Suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ordercli.resources.common.protocols import Item, Order, Party
    from ordercli.resources.common.values import ValidationContext


_LINE = "/productOrderItem/0"
_TABLE = "ServiceNow Product Order Open API, POST /order/productOrder, table 45"
# The attributes by the names of the members. Some dates exist in one profile only.
_ORDER_DATES = {
    "requestedStartDate": "requested_start_date",
    "requestedCompletionDate": "requested_completion_date",
    "committedDueDate": "committed_due_date",
    "cancellationDate": "cancellation_date",
}
_NOTHING = (None,) * len(LINE_MEMBERS)
_Values = dict[str, str]


def _too_long(order: Order, context: ValidationContext) -> Broken:
    places: list[tuple[str, _Values]] = []
    if (key := order.external_id) and not fits_index(key):
        places.append((order.external_id_at, {"field": "externalId", "limit": f"{LONGEST_KEY_BYTES} bytes"}))
    profile = context.terms.profile
    if longest := profile.longest_item_id:
        places += _long_item_ids(context, longest, {})
    elif profile.advised_item_id and TOO_LONG.code in context.terms.asked_for:
        places += _long_item_ids(context, profile.advised_item_id, {"severity": "warning"})
    return places


def _long_item_ids(context: ValidationContext, longest: int, severity: _Values) -> list[tuple[str, _Values]]:
    values = {"field": f"{context.order.items} id", "limit": f"{longest} characters", **severity}
    return [(f"{line.pointer}/id", values) for line in context.lines if len(line.item.id or "") > longest]


TOO_LONG = Rule(
    level=Level.ORDER,
    code="ORD122",
    name="too-long",
    about="""The id of a line item or an external id is too long for its column.

    ServiceNow keeps 40 characters of the id of a line item, so that two longer ids can become the same. The standard
    sets no limit: in the tmf622 profiles a long id is a warning, which is off unless ORD122 is selected or given a
    severity. An external id has at most 2,000 bytes in UTF-8 in every profile, because it is indexed. Use a shorter id.
    """,
    says="{field} is longer than {limit}",
    source=f"{_TABLE}; ordercli sets the limit of externalId",
    bad={"/productOrderItem/2/id": "4b1c6a9e-0f7d-4f6e-9a55-2d1f0c3b7e88-line-30"},
    bad_v5={"/externalId/0/id": "é" * 1001},
    good={"/productOrderItem/2/id": "4b1c6a9e-0f7d-4f6e-9a55-2d1f0c3b7e88"},
    error=INVALID_FIELD,
    check=_too_long,
)


def _not_a_date_time(order: Order, context: ValidationContext) -> Broken:
    product_dates = context.terms.profile.product_dates
    wrong = _wrong_dates(order, "", _ORDER_DATES)
    for n, note in enumerate(order.note or ()):
        if (text := note.date) and instant(text) is None and not is_blank(text):
            wrong.append((f"/note/{n}/date", text))
    for line in context.lines:
        if (text := line.item.committed_due_date) and instant(text) is None and not is_blank(text):
            wrong.append((f"{line.pointer}/committedDueDate", text))
        if product_dates and line.item.product:
            wrong += _wrong_dates(line.item.product, f"{line.pointer}{line.item.product_at}", product_dates)
    if load := context.terms.profile.load_more_dates:
        more = load()(order, context.lines)
        wrong += [(at, text) for at, text in more if text and instant(text) is None and not is_blank(text)]
    return [(pointer, {"field": pointer.rpartition("/")[2], "value": text}) for pointer, text in wrong]


NOT_A_DATE_TIME = Rule(
    level=Level.ORDER,
    code="ORD123",
    name="not-a-date-time",
    about="""A date is not written as date and time with an offset.

    A date alone, or a time without `Z` or an offset, means another moment in each time zone; 30 February does not
    exist. Write it like `2026-03-20T17:00:00Z`. Fractions of a second, `t` and `z` in lower case and leap seconds are
    accepted.
    """,
    says="{field} `{value}` is not a date-time (RFC 3339, as in 2026-03-20T17:00:00Z)",
    source="RFC 3339, section 5.6; TMF622 v4.0.0, format date-time",
    bad={"/requestedStartDate": "2026-03-02"},
    good={"/requestedStartDate": "2026-03-02T08:00:00+01:00"},
    error=INVALID_FIELD,
    check=_not_a_date_time,
)


def _wrong_dates(holder: object, pointer: str, dates: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (f"{pointer}/{name}", text)
        for name, attribute in dates.items()
        if (text := getattr(holder, attribute, None)) and instant(text) is None and not is_blank(text)
    ]


def _blank(order: Order, context: ValidationContext) -> Broken:
    places = []
    if (external_id := order.external_id) is not None and is_blank(external_id):
        places.append((order.external_id_at, {"field": "externalId"}))
    for line in context.lines:
        product = line.item.product
        for n, characteristic in enumerate(product.product_characteristic or () if product else ()):
            if (name := characteristic.name) is not None and is_blank(name):
                at = line.item.characteristics_at
                places.append((f"{line.pointer}{at}/{n}/name", {"field": f"{at.rpartition('/')[2]}.name"}))
    return places


BLANK = Rule(
    level=Level.ORDER,
    code="ORD125",
    name="blank",
    about="""An external id or the name of a characteristic is blank.

    Nothing can be found by a blank name, and all orders with a blank external id would count as the same order. Fill in
    the field or leave it out. TMF622 requires the name of a characteristic, v5 also that of an external identifier; a
    blank one is missing there (ORD114).
    """,
    says="{field} is blank",
    source=_TABLE,
    profiles=BEFORE_V5,
    bad={"/externalId": "  "},
    good={"/externalId": "CRM-1007"},
    error=INVALID_FIELD,
    check=_blank,
)


def _committed_date_before_line(order: Order, context: ValidationContext) -> Broken:
    promised = instant(order.committed_due_date or "")
    if promised is None:
        return False
    for line in context.lines:
        text = line.item.committed_due_date
        if text and (date := instant(text)) and promised < date:
            return True
    return False


COMMITTED_DATE_BEFORE_LINE = Rule(
    level=Level.ORDER,
    code="ORD207",
    name="committed-date-before-line",
    about="""The order is promised for an earlier time than one of its line items.

    The order cannot be complete before its last line item. Set the date of the order to the latest date of its line
    items, or later.
    """,
    at="/committedDueDate",
    says="The order's committedDueDate is earlier than that of a line item",
    source=_TABLE,
    profiles=ONLY_SERVICENOW,
    bad={"/committedDueDate": "2026-03-17T17:00:00Z"},
    good={"/committedDueDate": "2026-03-18T18:00:00+01:00"},
    error=INVALID_FIELD,
    check=_committed_date_before_line,
)


def _completion_before_start(order: Order, _: ValidationContext) -> Broken:
    completion = instant(order.requested_completion_date or "")
    start = instant(order.requested_start_date or "")
    return bool(completion and start and completion < start)


COMPLETION_BEFORE_START = Rule(
    level=Level.ORDER,
    code="ORD208",
    name="completion-before-start",
    about="""The requested completion of the order is before its requested start.

    The dates are compared as moments, each with its own offset. The standard allows it: in the tmf622 profiles it is a
    warning, which is off unless ORD208 is selected or given a severity. Correct the wrong date.
    """,
    at="/requestedCompletionDate",
    says="requestedCompletionDate is earlier than requestedStartDate",
    source=_TABLE,
    warns_in=TMF622,
    bad={"/requestedCompletionDate": "2026-03-01T17:00:00Z"},
    good={"/requestedCompletionDate": "2026-03-02T09:00:00+01:00"},
    error=INVALID_FIELD,
    check=_completion_before_start,
)


def _too_many_items(_order: Order, context: ValidationContext) -> Broken:
    mode, limits = context.terms.mode, context.terms.limits
    limit = limits.max_items_sync if mode == "sync" else limits.max_items_async
    if not 0 < limit < len(context.lines):
        return False
    advice = "; submit it with --async" if mode == "sync" else ""
    return [("", {"count": len(context.lines), "mode": mode, "limit": limit, "advice": advice})]


TOO_MANY_ITEMS = Rule(
    level=Level.ORDER,
    code="ORD210",
    name="too-many-items",
    about="""The order has more line items than the limit of its mode allows.

    All other orders wait while a large order is created at once. Submit it with `--async`, split it, or raise the limit
    (0 means no limit).
    """,
    at="/productOrderItem",
    says="{count} line items are more than limits.max_items_{mode} = {limit} allows{advice}",
    source="ordercli, docs/settings.md, limits",
    bad={},
    good={},
    options={"limits": Limits(max_items_async=1)},
    error=INVALID_FIELD,
    check=_too_many_items,
)


def _server_owned_field(order: Order, context: ValidationContext) -> Broken:
    # In the order of ORDER_MEMBERS and LINE_MEMBERS; spelled out for speed, as this runs for every line of every order.
    of_order = (
        order.id,
        order.href,
        order.state,
        order.order_date,
        order.version,
        order.ponr,
        order.expected_completion_date,
        order.completion_date,
    )
    places = _given(context.terms.profile.server_owned, of_order, "")
    for line in context.lines:
        item = line.item
        of_line = (item.state, item.version, item.ponr, item.work_note)
        if of_line != _NOTHING:
            places += _given(LINE_MEMBERS, of_line, line.pointer)
    return [(pointer, {"field": pointer.rpartition("/")[2]}) for pointer in places]


SERVER_OWNED_FIELD = Rule(
    level=Level.ORDER,
    code="ORD903",
    name="server-owned-field",
    about="""A field is given that only the order system sets.

    It is ignored, so that an exported order can be submitted again. Leave it out to avoid the warning.
    """,
    says="{field} is set by the order system; the value is ignored",
    source="TMF622 v4.0.0, ProductOrder_Create: the fields that it leaves out",
    severity="warning",
    bad={"/state": "completed"},
    good={},
    is_about_key=True,
    check=_server_owned_field,
)


def _given(names: Iterable[str], members: Iterable[object], pointer: str) -> list[str]:
    return [f"{pointer}/{name}" for name, member in zip(names, members, strict=True) if member is not None]


_LINE = "/productOrderItem/0"
_OURS = frozenset({"change", "delete", "suspend", "resume"})
_ON_A_SOLD_PRODUCT = frozenset(name for name, ours in CANONICAL_ACTIONS.items() if ours in _OURS)


def _has_doubtful_items(context: ValidationContext, _: object) -> bool:
    """Return False if no line item acts on a sold product, and no quantity is below 1."""
    return any(
        line.item.action in _ON_A_SOLD_PRODUCT or (line.item.quantity is not None and line.item.quantity <= 0)
        for line in context.lines
    )


def _product_inventory_id_missing(item: Item, _: ValidationContext) -> Broken:
    return item.action in _ON_A_SOLD_PRODUCT and is_blank(item.product.id or "")


PRODUCT_INVENTORY_ID_MISSING = Rule(
    level=Level.ITEM,
    code="ORD110",
    name="product-inventory-id-missing",
    about="""A line item changes, deletes, suspends or resumes a product, but does not say which one.

    These actions apply to a product that was sold before. Give its inventory id as `product.id`.
    """,
    at="/product/id",
    says="Invalid payload: Product inventory ID is missing",
    source="ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48",
    profiles=ONLY_SERVICENOW,
    bad={f"{_LINE}/action": "change"},
    good={f"{_LINE}/action": "change", f"{_LINE}/product/id": "inventory-4711"},
    error=MISSING_FIELD,
    may_break=_has_doubtful_items,
    check=_product_inventory_id_missing,
)


def _quantity_not_positive(item: Item, _: ValidationContext) -> Broken:
    quantity = item.quantity
    return [("", {"quantity": quantity})] if quantity is not None and quantity <= 0 else False


QUANTITY_NOT_POSITIVE = Rule(
    level=Level.ITEM,
    code="ORD209",
    name="quantity-not-positive",
    about="""The quantity of a line item is 0 or negative.

    To remove a product use the action `delete`. Leave the quantity out, or give a number above 0.
    """,
    at="/quantity",
    says="The quantity of a line item must be more than 0, not {quantity}",
    source="ServiceNow Product Order Open API, POST /order/productOrder, table 45",
    bad={f"{_LINE}/quantity": 0},
    good={f"{_LINE}/quantity": 1},
    error=INVALID_FIELD,
    may_break=_has_doubtful_items,
    check=_quantity_not_positive,
)


_WHO_CAN_BE_BILLED = ("Customer", "Consumer")
_ROLES = {role.lower(): role for role in ("Account", *_WHO_CAN_BE_BILLED)}


def _customer_or_consumer_missing(parties: list[Party], _: ValidationContext) -> Broken:
    types = {party.referred_type for party in parties}
    if None in types or not types.isdisjoint(_WHO_CAN_BE_BILLED):
        return False
    # Only parties of the current form have a role.
    named = ((n, _ROLES.get((getattr(party, "role", None) or "").lower())) for n, party in enumerate(parties))
    return next(([(f"/{n}/role", {"suggestion": Suggestion(role, "safe")})] for n, role in named if role), True)


CUSTOMER_OR_CONSUMER_MISSING = Rule(
    level=Level.PARTY,
    code="ORD112",
    name="customer-or-consumer-missing",
    about="""The order has parties, but none of them can be its customer.

    A contact alone cannot be billed. Add a party whose `@referredType` is Customer or Consumer. If a party has
    `partyOrPartyRole`, the roles decide: add a party whose `role` is Account, Customer or Consumer. Letter case
    matters; if a role is wrong only in its case, the finding points to it.
    """,
    says="Invalid payload: Customer Account or Consumer is missing",
    source="ServiceNow Product Order Open API, POST /order/productOrder, tables 45 and 48",
    profiles=ONLY_SERVICENOW,
    bad={"/relatedParty": [{"id": "contact-88", "@referredType": "CustomerContact"}]},
    good={"/relatedParty": [{"id": "customer-12", "@referredType": "Customer"}]},
    error=MISSING_FIELD,
    check=_customer_or_consumer_missing,
)
