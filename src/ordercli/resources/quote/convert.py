"""Convert a quote of TMF648 v4 to a product order of TMF622 v4.

What both standards have is taken over byte by byte, so that no number loses a digit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Raw

from ordercli.resources.quote.case import LEFT_OUT
from ordercli.resources.quote.rules import MEMBER_LEFT_OUT, RELATIONSHIP_LEFT_OUT
from ordercli.rulebook.rule import near_word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.resources.quote.case import QuoteCase
    from ordercli.rulebook.rule import Finding

Members = dict[str, Raw]

# Members of the quote by their names in the order; what is not here is looked at one by one below.
_OF_QUOTE = {
    "category": "category",
    "description": "description",
    "expectedFulfillmentStartDate": "requestedStartDate",
    "agreement": "agreement",
    "note": "note",
    "productOfferingQualification": "productOfferingQualification",
    "relatedParty": "relatedParty",
}
_OF_ITEM = {
    "id": "id",
    "quantity": "quantity",
    "product": "product",
    "productOffering": "productOffering",
    "productOfferingQualificationItem": "productOfferingQualificationItem",
}
_TYPES = frozenset({"@type", "@baseType", "@schemaLocation"})  # they name types of quotes
# Members of the quote's own process. They are neither written nor reported; docs/how-to/quotes.md lists them.
PROCESS_OF_QUOTE = _TYPES | {
    "effectiveQuoteCompletionDate",
    "expectedQuoteCompletionDate",
    "instantSyncQuote",
    "quoteDate",
    "requestedQuoteCompletionDate",
    "state",
    "validFor",
    "version",
}
PROCESS_OF_ITEM = _TYPES | {"state"}
_READ_OF_QUOTE = frozenset({"id", "href", "externalId", "billingAccount", "quoteItem", "quoteTotalPrice"})
_READ_OF_ITEM = frozenset({"action", "appointment", "quoteItem", "quoteItemPrice", "quoteItemRelationship"})
_KNOWN_OF_QUOTE = frozenset(_OF_QUOTE) | PROCESS_OF_QUOTE | _READ_OF_QUOTE
_KNOWN_OF_ITEM = frozenset(_OF_ITEM) | PROCESS_OF_ITEM | _READ_OF_ITEM

_ACTIONS = {"remove": "delete"}
_NOTHING = (b"null", b"[]", b"{}")
_TYPO_RATIO = 0.85

_members = msgspec.json.Decoder(Members).decode
_list = msgspec.json.Decoder(list[Raw]).decode
_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode


class Additions(NamedTuple):
    """Members of the order that no quote has: the id of its channel, and the requested completion date."""

    channel: str | None = None
    completion_date: str | None = None


class Converted(NamedTuple):
    """An order on one line, what its quote had beyond it, and for places of the order those of the quote."""

    order: bytes
    findings: list[Finding]
    places: Mapping[str, str]

    def place(self, pointer: str) -> str:
        """Return the place in the quote that a place in the order was made from."""
        rest = ""
        while pointer not in self.places:
            pointer, _, name = pointer.rpartition("/")
            rest = f"/{name}{rest}"
        return self.places[pointer] + rest


def convert(data: bytes, case: QuoteCase, additions: Additions) -> Converted:
    """Return the order that a well-shaped quote becomes."""
    return _Conversion(case, additions).of_quote(_members(data))


def default_external_id(quote_id: str, version: str | None) -> str:
    """Return the external id of the order of a quote without one."""
    return f"quote:{quote_id}:{version}" if version else f"quote:{quote_id}"


class _Conversion:
    def __init__(self, case: QuoteCase, additions: Additions) -> None:
        self._quote = case.order
        self._units = case.units
        self._additions = additions
        self._left_out = {line.item.id for line in case.left_out} - {line.item.id for line in case.ordered}
        self._findings: list[Finding] = []
        self._places = {"": ""}

    def of_quote(self, quote: Members) -> Converted:
        order: dict[str, object] = {}
        id_ = self._quote.id
        given = self._quote.external_id
        order["externalId"] = given or default_external_id(id_, self._quote.version)
        self._places["/externalId"] = "/externalId" if given else "/id"
        order["quote"] = [_without_nothing({"id": quote["id"], "href": quote.get("href")})]
        self._places |= {"/quote": "/id", "/quote/0/href": "/href"}
        self._copy(quote, order, _OF_QUOTE, "", "")
        accounts = _elements(quote.get("billingAccount"))
        if len(accounts) == 1:
            order["billingAccount"] = accounts[0]
            self._places["/billingAccount"] = "/billingAccount/0"
        if len({unit for unit, _ in self._units}) == 1:
            order["orderCurrency"], self._places["/orderCurrency"] = self._units[0]
        if prices := _elements(quote.get("quoteTotalPrice")):
            order["orderTotalPrice"] = [_untyped(each) for each in prices]
            self._places["/orderTotalPrice"] = "/quoteTotalPrice"
        if self._additions.channel:
            order["channel"] = [{"id": self._additions.channel}]
            self._places["/channel"] = ""
        if self._additions.completion_date:
            order["requestedCompletionDate"] = self._additions.completion_date
            self._places["/requestedCompletionDate"] = ""
        order["productOrderItem"] = self._items(quote["quoteItem"], "", "")
        self._report_left_out(quote, _KNOWN_OF_QUOTE, "")
        return Converted(msgspec.json.format(_encode(order), indent=-1), self._findings, self._places)

    def _items(self, items: Raw, here: str, there: str) -> list[dict[str, object]]:
        """Return the line items of a list of quote items; `here` is its holder in the quote, `there` in the order."""
        found: list[dict[str, object]] = []
        self._places[f"{there}/productOrderItem"] = f"{here}/quoteItem"
        for n, each in enumerate(_list(items)):
            item = _members(each)
            if not _is_left_out(item):
                place = f"{there}/productOrderItem/{len(found)}"
                found.append(self._item(item, f"{here}/quoteItem/{n}", place))
        return found

    def _item(self, item: Members, here: str, there: str) -> dict[str, object]:
        self._places[there] = here
        line: dict[str, object] = {}
        self._copy(item, line, _OF_ITEM, here, there)
        action = _text(item["action"])
        line["action"] = _ACTIONS.get(action, action)
        line["quoteItem"] = {"id": item["id"], "quoteId": self._quote.id}
        self._places[f"{there}/quoteItem"] = f"{here}/id"
        appointments = _elements(item.get("appointment"))
        if len(appointments) == 1:
            line["appointment"] = appointments[0]
            self._places[f"{there}/appointment"] = f"{here}/appointment/0"
        elif appointments:
            several = {"detail": "several", "field": "appointment", "count": len(appointments)}
            self._findings.append(MEMBER_LEFT_OUT.finding(f"{here}/appointment", **several))
        if prices := _elements(item.get("quoteItemPrice")):
            line["itemPrice"] = [_untyped(each) for each in prices]
            self._places[f"{there}/itemPrice"] = f"{here}/quoteItemPrice"
        self._relate(item, line, here, there)
        if nested := item.get("quoteItem"):
            below = self._items(nested, here, there) if bytes(nested) not in _NOTHING else []
            if below:
                line["productOrderItem"] = below
        self._report_left_out(item, _KNOWN_OF_ITEM, here)
        return line

    def _relate(self, item: Members, line: dict[str, object], here: str, there: str) -> None:
        kept: list[Members] = []
        for n, each in enumerate(_elements(item.get("quoteItemRelationship"))):
            relation, place = _untyped(each), f"{here}/quoteItemRelationship/{n}"
            other = relation.get("id")
            if other and (id_ := _text(other)) in self._left_out:
                self._findings.append(RELATIONSHIP_LEFT_OUT.finding(place, id=id_))
            else:
                self._places[f"{there}/productOrderItemRelationship/{len(kept)}"] = place
                kept.append(relation)
        if kept:
            line["productOrderItemRelationship"] = kept
            self._places[f"{there}/productOrderItemRelationship"] = f"{here}/quoteItemRelationship"

    def _copy(
        self, source: Members, target: dict[str, object], names: Mapping[str, str], here: str, there: str
    ) -> None:
        for name, new in names.items():
            value = source.get(name)
            if value is not None and bytes(value) not in _NOTHING:
                target[new] = value
                if new != name:
                    self._places[f"{there}/{new}"] = f"{here}/{name}"

    def _report_left_out(self, members: Members, known: frozenset[str], pointer: str) -> None:
        for name, value in members.items():
            if name not in known and bytes(value) not in _NOTHING:
                place = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
                self._findings.append(
                    MEMBER_LEFT_OUT.finding(place, field=name, suggestion=near_word(name, known, _TYPO_RATIO))
                )


def _is_left_out(item: Members) -> bool:
    state = item.get("state")
    return state is not None and bytes(state) != b"null" and _text(state) in LEFT_OUT


def _elements(value: Raw | None) -> list[Raw]:
    """Return the elements of a list that are not null."""
    if value is None or bytes(value) == b"null":
        return []
    return [each for each in _list(value) if bytes(each) != b"null"]


def _untyped(value: Raw) -> Members:
    """Return an object without the members that name its type, which is one of quotes, and without nulls."""
    return {name: member for name, member in _members(value).items() if name not in _TYPES and bytes(member) != b"null"}


def _without_nothing(members: dict[str, Raw | None]) -> Members:
    return {name: value for name, value in members.items() if value is not None and bytes(value) != b"null"}
