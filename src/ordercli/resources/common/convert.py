"""Convert an order of any kind into the rows of a customer order; no database is used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

import msgspec

from ordercli.intake import json_text
from ordercli.intake.forms import drop_absent
from ordercli.intake.json_text import JsonValue, has_nul, shown_nul, shown_nuls
from ordercli.orders.order_rows import (
    CharacteristicRow,
    ContactRow,
    LineRow,
    OrderRow,
    OrderWithLines,
    RelatedRow,
    VersionChange,
    WorkNoteRow,
)
from ordercli.orders.states import LineState, initial_state
from ordercli.resources.common.members import (
    ABSENT,
    Item,
    ItemPrice,
    Order,
    Party,
    Product,
    Ref,
    StandardItem,
)
from ordercli.resources.common.values import added
from ordercli.resources.common.words import CANONICAL_ACTIONS
from ordercli.resources.resource import Accepted, CannotBeCreatedError, Profile, Resource

Text = str | None
CUSTOMER_TYPES = ("Customer", "Consumer")
_LONGEST_PLAIN = 100
_NEW_LINE = LineState.NEW.value


_NO_PRODUCT = Product()
_NOWHERE = Ref()


@cache
def _decoder(load_members: Callable[[], Any]) -> Callable[[bytes], Order[Any]]:
    """Return the decoder of the members that have a column."""
    return msgspec.json.Decoder(load_members()).decode


_ANY_JSON = ("value", "previousValue")
_decode_text = msgspec.json.Decoder(str).decode


def to_rows(accepted: Accepted, payload: bytes, now: str, resource: Resource) -> OrderWithLines:
    """Return the rows of a new customer order: state new, version 1, every line new.

    Raises:
        CannotBeCreatedError: a member that has a column is missing or of the wrong type, a line id is repeated
            or holds U+0000, or an action is unknown. This happens only if the order was not validated.
    """
    try:
        profile = resource.profiles[accepted.profile]
        order = _decode(shown_nuls(payload), profile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise CannotBeCreatedError(str(error)) from error
    state = initial_state(profile.states, order.requested_initial_state)
    rows = OrderWithLines(
        _order_row(accepted, order, now, state, resource.name), [], [], [], [], _work_notes(accepted, now), []
    )
    seen: set[str] = set()
    for n, (item, parent) in enumerate(_flat(order.product_order_item)):
        if has_nul(item.id, payload):
            raise CannotBeCreatedError("the id of a line item holds U+0000")
        if item.id in seen:
            raise CannotBeCreatedError(f"line item {item.id!r} stands twice")
        seen.add(item.id)
        rows.lines.append(_line_row(accepted.seq, n, item, parent))
        _append_children(rows, accepted.seq, n, item)
    if not rows.lines:
        raise CannotBeCreatedError("the order has no line item")
    return rows


def _decode(payload: bytes, profile: Profile) -> Order[Any]:
    other = profile.other_form
    decode = _decoder(other.load_members if other and other.sign in payload else profile.load_members)
    try:
        return decode(payload)
    except msgspec.ValidationError:
        document = _without_null_elements(json_text.decode(payload))
    try:
        return decode(json_text.encode(document))
    except msgspec.ValidationError:
        if isinstance(
            document, dict
        ):  # a member that the form does not know may have any value, as no rule looks at it
            drop_absent(document, profile.form_of(document).shape)
        return decode(json_text.encode(document))


def _without_null_elements(value: JsonValue) -> JsonValue:
    """Return the same value with `{}` for every null in a list, as the rules see it."""
    if isinstance(value, list):
        return [{} if element is None else _without_null_elements(element) for element in value]
    if isinstance(value, dict):
        return {name: member if name in _ANY_JSON else _without_null_elements(member) for name, member in value.items()}
    return value


def _flat(items: list[Item]) -> Iterator[tuple[Item, str | None]]:
    """Yield the lines in document order, a nested line after its parent, each with the id of its parent."""
    waiting: list[tuple[Item, str | None]] = [(item, None) for item in reversed(items)]
    while waiting:
        item, parent = waiting.pop()
        yield item, parent
        if isinstance(item, StandardItem) and item.product_order_item:
            waiting += [(child, item.id) for child in reversed(item.product_order_item)]


def _order_row(accepted: Accepted, order: Order[Any], now: str, state: str, resource: str) -> OrderRow:
    return OrderRow(
        seq=accepted.seq,
        order_id=accepted.order_id,
        external_id=accepted.external_id,
        source=accepted.source,
        profile=accepted.profile,
        filled_currency=accepted.filled_currency,
        state=state,
        version=1,
        fulfillment_type=order.fulfillment_type or "deliver",
        currency=order.order_currency or order.currency_code or accepted.filled_currency,
        customer_id=_customer_id(order.related_party or []),
        channel_id=order.channel[0].id if order.channel else None,
        requested_start_date=order.requested_start_date,
        requested_completion_date=order.requested_completion_date,
        committed_due_date=order.committed_due_date,
        batch_id=accepted.batch_id,
        created_at=now,
        updated_at=now,
        resource=resource,
    )


def _customer_id(parties: list[Party]) -> str | None:
    """Return the customer account of the order, else its consumer."""
    by_type = {party.referred_type: party.id for party in reversed(parties)}
    return next((by_type[kind] for kind in CUSTOMER_TYPES if by_type.get(kind)), None)


def _line_row(seq: int, n: int, item: Item, parent: str | None) -> LineRow:
    action = CANONICAL_ACTIONS.get(item.action)
    if action is None:
        raise CannotBeCreatedError(f"unknown action {item.action!r}")
    product = item.product or _NO_PRODUCT
    return LineRow(
        seq,
        n,
        item.id,
        parent or _parent_id(item),
        action,
        item.action_reason,
        _NEW_LINE,
        1,
        False,
        None if item.quantity is None else _plain(item.quantity),
        _sum(item.item_price, "recurring"),
        _sum(item.item_price, "nonRecurring"),
        (item.product_offering or _NOWHERE).id,
        (product.product_specification or _NOWHERE).id,
        product.id,
        _place_id(product.place),
        item.committed_due_date,
        _inventory_ids(item),
    )


def _parent_id(item: Item) -> str | None:
    for relationship in item.product_order_item_relationship or ():
        if relationship.relationship_type == "HasParent":
            return relationship.id
    return None


def _place_id(place: Ref | list[Ref] | None) -> str | None:
    if isinstance(place, list):
        return next((each.id for each in place if each.id), None)
    return place.id if place else None


def _inventory_ids(item: Item) -> str | None:
    """Return the caller's inventory ids as a JSON list; None if there are none."""
    if not item.external_product_inventory:
        return None
    return msgspec.json.encode(
        [each.external_product_inventory_id for each in item.external_product_inventory]
    ).decode()


def _sum(prices: Iterable[ItemPrice] | None, price_type: str) -> str | None:
    """Return the exact sum of the prices of one type, as decimal text; None if there are none."""
    total: Decimal | None = None
    for each in prices or ():
        amount = each.price.tax_included_amount if each.price and each.price_type == price_type else None
        if amount and amount.value is not None:
            total = amount.value if total is None else added(total, amount.value)
            if total is None:
                raise CannotBeCreatedError(f"the {price_type} prices of a line cannot be added exactly")
    return None if total is None else _plain(total)


def _plain(number: Decimal) -> str:
    """Return the number as decimal text, without an exponent if the text stays short."""
    text = str(number)
    return format(number, "f") if "E" in text and abs(number.adjusted()) < _LONGEST_PLAIN else text


def _append_children(rows: OrderWithLines, seq: int, n: int, item: Item) -> None:
    product = item.product or _NO_PRODUCT
    for m, each in enumerate(product.product_characteristic or ()):
        value, previous = _text(each.value), _text(each.previous_value)
        rows.characteristics.append(CharacteristicRow(seq, n, m, each.name, value, previous))
    if rows.lines[n].action == "change":
        rows.version_changes.extend(_version_change(n, product))
    for m, party in enumerate(product.related_party or ()):
        names = party.name, party.first_name, party.last_name
        rows.contacts.append(ContactRow(seq, n, m, party.id, *names, party.email, party.phone))
    lines = item.product_order_item_relationship or ()
    for m, line in enumerate(lines):
        rows.related.append(RelatedRow(seq, n, m, "line", line.id, line.relationship_type))
    for m, other in enumerate(product.product_relationship or (), start=len(lines)):
        # ServiceNow names a product by its id, TMF622 by `product`.
        product_id = other.id or (other.product or _NOWHERE).id
        rows.related.append(RelatedRow(seq, n, m, "product", product_id, other.relationship_type))


def _version_change(n: int, product: Product) -> Iterator[VersionChange]:
    """Yield the specification version that a line names for the product that it changes, if any."""
    named = product.product_specification
    if product.id and named and (named.internal_version or named.version):
        yield VersionChange(n, product.id, named.id, named.internal_version, named.version)


def _work_notes(accepted: Accepted, now: str) -> list[WorkNoteRow]:
    """Return the work notes, numbered on each line."""
    numbers: defaultdict[int, Iterator[int]] = defaultdict(count)
    return [
        WorkNoteRow(accepted.seq, line_n, next(numbers[line_n]), now, shown_nul(text))
        for line_n, text in accepted.work_notes
    ]


def _text(value: msgspec.Raw) -> str | None:
    """Return the value of a characteristic: a string as it is, other values as JSON (TMF622 v4.0.0, Characteristic)."""
    if value is ABSENT:
        return None
    written = bytes(value)
    if written.startswith(b'"'):
        return _decode_text(written)
    return None if written == b"null" else json_text.encode(json_text.decode(written)).decode()
