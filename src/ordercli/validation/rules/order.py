"""Rules for the order as a whole, and for fields that stand at several levels of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.intake.keys import LONGEST_KEY_BYTES, fits_index
from ordercli.tmf622 import server_owned
from ordercli.tmf622.absence import is_blank
from ordercli.tmf622.instants import instant
from ordercli.validation.case import Limits
from ordercli.validation.rule import SERVICENOW, Broken, Level, rule

if TYPE_CHECKING:
    from collections.abc import Collection

    from ordercli.tmf622.shapes import Product, ProductOrder
    from ordercli.validation.case import OrderCase

_LINE = "/productOrderItem/0"
_LONGEST_ITEM_ID = 40
_TABLE = "Product Order Open API (seed 003), table 45"
_ORDER_DATES = ("requestedStartDate", "requestedCompletionDate", "committedDueDate", "cancellationDate")
_OF_THE_ORDER = frozenset(server_owned.ORDER_MEMBERS)
_OF_THE_LINE = frozenset(server_owned.LINE_MEMBERS)
_PRODUCT_DATES = frozenset({"startDate", "terminationDate"})


@rule(
    Level.ORDER,
    "ORD122",
    "too-long",
    says="{field} is longer than {limit}",
    source=f"{_TABLE}; of externalId an extension",
    bad={"/productOrderItem/2/id": "4b1c6a9e-0f7d-4f6e-9a55-2d1f0c3b7e88-line-30"},
    good={"/productOrderItem/2/id": "4b1c6a9e-0f7d-4f6e-9a55-2d1f0c3b7e88"},
)
def too_long(order: ProductOrder, case: OrderCase) -> Broken:
    """The id of a line item or an external id does not fit into its column.

    Systems behind this one keep 40 characters of a line item's id and would no longer tell two lines apart. An external
    id stands in an index, and takes at most 2,000 bytes in UTF-8. Use a shorter id.
    """
    places = []
    if (key := order.get("externalId")) and not fits_index(key):
        places.append(("/externalId", {"field": "externalId", "limit": f"{LONGEST_KEY_BYTES} bytes"}))
    for line in case.lines:
        if len(line.item.get("id") or "") > _LONGEST_ITEM_ID:
            limit = f"{_LONGEST_ITEM_ID} characters"
            places.append((f"{line.pointer}/id", {"field": "productOrderItem id", "limit": limit}))
    return places


@rule(
    Level.ORDER,
    "ORD123",
    "not-a-date-time",
    says="{field} `{value}` is not a date-time (RFC 3339, as in 2026-03-20T17:00:00Z)",
    source="RFC 3339, section 5.6; TMF622 v4, format date-time",
    bad={"/requestedStartDate": "2026-03-02"},
    good={"/requestedStartDate": "2026-03-02T08:00:00+01:00"},
)
def not_a_date_time(order: ProductOrder, case: OrderCase) -> Broken:
    """A date is not written as date and time with an offset.

    A bare date, or a time without `Z` or an offset, is another moment in every time zone, and 30 February is none.
    Write it like `2026-03-20T17:00:00Z`. Fractions of a second, `t` and `z` in small letters and leap seconds are
    understood.
    """
    wrong = _wrong_dates(order, "", _ORDER_DATES)
    for n, note in enumerate(order.get("note") or ()):
        if (text := note.get("date")) and _is_wrong(text):
            wrong.append((f"/note/{n}/date", text))
    for line in case.lines:
        if (text := line.item.get("committedDueDate")) and _is_wrong(text):
            wrong.append((f"{line.pointer}/committedDueDate", text))
        product = line.item.get("product")
        if product and not _PRODUCT_DATES.isdisjoint(product):
            wrong += _wrong_dates(product, f"{line.pointer}/product", _PRODUCT_DATES)
    return [(pointer, {"field": pointer.rpartition("/")[2], "value": text}) for pointer, text in wrong]


def _wrong_dates(holder: Any, pointer: str, names: Collection[str]) -> list[tuple[str, str]]:  # noqa: ANN401 - any shape
    return [(f"{pointer}/{name}", text) for name in names if (text := holder.get(name)) and _is_wrong(text)]


def _is_wrong(text: str) -> bool:
    return instant(text) is None and not is_blank(text)


@rule(
    Level.ORDER,
    "ORD125",
    "blank",
    says="{field} is blank",
    source=_TABLE,
    bad={"/externalId": "  "},
    good={"/externalId": "CRM-1007"},
)
def blank(order: ProductOrder, case: OrderCase) -> Broken:
    """An external id or the name of a characteristic is given, but holds nothing.

    Nothing can be found under a blank name, and orders with a blank external id would all be the same one. Fill the
    field or leave it out.
    """
    places = []
    if (external_id := order.get("externalId")) is not None and is_blank(external_id):
        places.append(("/externalId", {"field": "externalId"}))
    for line in case.lines:
        product: Product | None = line.item.get("product")
        for n, characteristic in enumerate(product.get("productCharacteristic") or () if product else ()):
            if (name := characteristic.get("name")) is not None and is_blank(name):
                pointer = f"{line.pointer}/product/productCharacteristic/{n}/name"
                places.append((pointer, {"field": "productCharacteristic.name"}))
    return places


@rule(
    Level.ORDER,
    "ORD207",
    "committed-date-before-line",
    at="/committedDueDate",
    says="The order's committedDueDate is earlier than that of a line item",
    source=_TABLE,
    profiles=SERVICENOW,
    bad={"/committedDueDate": "2026-03-17T17:00:00Z"},
    good={"/committedDueDate": "2026-03-18T18:00:00+01:00"},
)
def committed_date_before_line(order: ProductOrder, case: OrderCase) -> Broken:
    """The order is promised for an earlier time than one of its line items.

    It cannot be complete before its last line. Move the date of the order to the latest date of its lines, or later.
    """
    promised = instant(order.get("committedDueDate") or "")
    if promised is None:
        return False
    for line in case.lines:
        text = line.item.get("committedDueDate")
        if text and (date := instant(text)) and promised < date:
            return True
    return False


@rule(
    Level.ORDER,
    "ORD208",
    "completion-before-start",
    at="/requestedCompletionDate",
    says="requestedCompletionDate is earlier than requestedStartDate",
    source=_TABLE,
    bad={"/requestedCompletionDate": "2026-03-01T17:00:00Z"},
    good={"/requestedCompletionDate": "2026-03-02T09:00:00+01:00"},
)
def completion_before_start(order: ProductOrder, _case: OrderCase) -> Broken:
    """The order shall be complete before it may begin.

    One of the two dates is wrong; they are compared as moments, each with its own offset.
    """
    completion = instant(order.get("requestedCompletionDate") or "")
    start = instant(order.get("requestedStartDate") or "")
    return bool(completion and start and completion < start)


@rule(
    Level.ORDER,
    "ORD210",
    "too-many-items",
    at="/productOrderItem",
    says="{count} line items are more than limits.max_items_{mode} = {limit} allows{advice}",
    source="ordercli limits",
    bad={},
    good={},
    options={"limits": Limits(max_items_async=1)},
)
def too_many_items(_order: ProductOrder, case: OrderCase) -> Broken:
    """The order has more line items than the limit for its mode allows.

    A large order keeps everything else waiting while it is created at once: submit it with `--async`, split it, or
    raise the limit (0 is none).
    """
    mode, limits = case.terms.mode, case.terms.limits
    limit = limits.max_items_sync if mode == "sync" else limits.max_items_async
    if not 0 < limit < len(case.lines):
        return False
    advice = "; submit it with --async" if mode == "sync" else ""
    return [("", {"count": len(case.lines), "mode": mode, "limit": limit, "advice": advice})]


@rule(
    Level.ORDER,
    "ORD903",
    "server-owned-field",
    says="{field} is set by the order system; the value is ignored",
    source="TMF622 v4, ProductOrder_Create (skipped properties)",
    severity="warning",
    bad={"/state": "completed"},
    good={},
)
def server_owned_field(order: ProductOrder, case: OrderCase) -> Broken:
    """A field is given that only the order system sets.

    It is ignored, so that an exported order can be sent in again. Leave it out to be rid of the warning.
    """
    places = [] if _OF_THE_ORDER.isdisjoint(order) else _owned(order, "", _OF_THE_ORDER)
    for line in case.lines:
        if not _OF_THE_LINE.isdisjoint(line.item):
            places += _owned(line.item, line.pointer, _OF_THE_LINE)
    return [(pointer, {"field": pointer.rpartition("/")[2]}) for pointer in places]


def _owned(holder: Any, pointer: str, names: Collection[str]) -> list[str]:  # noqa: ANN401 - an order or a line item
    return [f"{pointer}/{name}" for name in names if holder.get(name) is not None]
