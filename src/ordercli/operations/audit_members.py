"""Compare what was taken from the document of an order when it was accepted: its external ids and its currency."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from ordercli.intake import json_text
from ordercli.intake.json_text import JsonValue, shown_nuls
from ordercli.orders.external_ids import ExternalIdRow
from ordercli.resources.common.values import given_currency
from ordercli.resources.registry import stored_kind

if TYPE_CHECKING:
    from ordercli.orders.order_rows import OrderRow


_Identity = tuple[str, str | None, str | None]  # as it is stored: id, owner, type


class _Members(Struct, rename="camel"):
    """What an order has, of any type: it may not have been validated, or be of a kind that does not know a member."""

    external_id: JsonValue = None
    order_currency: JsonValue = None
    currency_code: JsonValue = None

    def identifiers(self) -> list[_Identity]:
        """Return its external identifiers, in their order."""
        if isinstance(self.external_id, list):
            given = (each for each in self.external_id if isinstance(each, dict))
            found = ([_text(each.get(name)) for name in _MEMBERS] for each in given)
            return [(id_, owner, kind) for id_, owner, kind in found if id_]
        return [(self.external_id, None, None)] if _text(self.external_id) else []


_MEMBERS = ("id", "owner", "externalIdentifierType")
# A number is no text, and may be out of range.
_decode = msgspec.json.Decoder(_Members, float_hook=lambda _: None).decode


def is_as_sent(order: OrderRow, kept: Sequence[ExternalIdRow], document: bytes) -> bool:
    """Return whether the order has the external ids and the filled currency that follow from its accepted document.

    `kept` are its external ids beside its key. Most orders are recognised by the bytes of their document.
    """
    is_usual = bool(order.external_id) and not kept and order.filled_currency is None
    if is_usual and f'"externalId":"{order.external_id}"'.encode() in document:
        return True
    return not any(member_faults(order, kept, document))


def member_faults(order: OrderRow, kept: Sequence[ExternalIdRow], document: bytes) -> Iterator[str]:
    """Yield in what the external ids and the filled currency of an order differ from its accepted document."""
    members = _decode(shown_nuls(document))
    given = members.identifiers()
    released = next((each.id for each in kept if each.n == 0), None)
    key = order.external_id if released is None else released
    keys = [each for each in given if each[0] == key]
    if not keys and (key is not None or _reads_ids(order, document, given)):
        yield f"external_id of the order is {key!r}, by the document {_in_words(given)}"
    elif released is not None and order.external_id is not None:
        yield f"external_id of the order is {order.external_id!r}, and {released!r} was released"
    others = [(each.id, each.owner, each.type) for each in kept if each.n]
    if keys and all(others != _without(given, each) for each in keys):
        yield f"the other external ids in the table are {_in_words(others)}, by the document {_in_words(given)}"
    if any((each.resource, each.source) != (order.resource, order.source) for each in kept):
        yield "its external ids in the table are of another source or kind"
    named = given_currency(_text(members.order_currency), _text(members.currency_code))
    if named and order.filled_currency is not None:
        yield f"filled_currency of the order is {order.filled_currency!r}, and the document names {named[1]!r}"


def _reads_ids(order: OrderRow, document: bytes, given: Sequence[_Identity]) -> bool:
    """Return whether an order of this form has a key; one that was not validated may lack the form."""
    if all(each[0].isspace() for each in given):
        return False
    accepted = json_text.decode(document)
    try:
        msgspec.convert(accepted, stored_kind(order)[1].form_of(accepted).shape)
    except msgspec.ValidationError:
        return False
    return True


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def _without(given: list[_Identity], key: _Identity) -> list[_Identity]:
    n = given.index(key)
    return given[:n] + given[n + 1 :]


def _in_words(identifiers: Sequence[_Identity]) -> str:
    return " and ".join(repr(each[0]) for each in identifiers) or "None"
