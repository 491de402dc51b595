"""The same order in TMF622 v4 and v5: the same rows, and the same findings, each at the place of its version."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

from hypothesis import example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.validator import OrderValidator
from support.builders import accepted, encoded
from support.versions import place_in_v5

Json = dict[str, Any]
Path = tuple[str | int, ...]

DAYS = st.integers(1, 28).map(lambda day: f"2026-03-{day:02}T08:00:00Z")
TEXTS = st.text("aÄ1 -/~", min_size=1, max_size=6).filter(str.strip)
NUMBERS = st.one_of(st.integers(0, 10**9), st.sampled_from([0.1, 19.9, 1e-7, 12345678.25]))
VALUES = st.one_of(TEXTS, NUMBERS, st.booleans(), st.lists(TEXTS, min_size=1, max_size=2), st.just({"unit": "Mbit/s"}))


def members(required: Json | None = None, **optional: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """An object with the required members, each a strategy, and any of the optional ones."""
    return st.fixed_dictionaries(required or {}, optional=optional)


def several(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(strategy, min_size=1, max_size=2)


NOTES = several(members({"text": TEXTS}, author=TEXTS, date=DAYS))
REFS = members({"id": TEXTS}, name=TEXTS)
PLACES = several(members({"id": TEXTS, "role": TEXTS}, name=TEXTS))
CHANNELS = several(members({"id": TEXTS, "role": TEXTS}, name=TEXTS))
PARTIES = several(
    members(
        {
            "id": TEXTS,
            "role": TEXTS,
            "@referredType": st.sampled_from(["Customer", "Consumer", "CustomerContact", "Partner"]),
        },
        name=TEXTS,
    )
)
AMOUNTS = members({"value": NUMBERS, "unit": st.just("EUR")})
PRICES = several(
    members(
        {
            "priceType": st.sampled_from(["recurring", "nonRecurring", "usage"]),
            "price": members({"taxIncludedAmount": AMOUNTS}, dutyFreeAmount=AMOUNTS),
        },
        name=TEXTS,
    )
)
PRODUCTS = members(
    id=TEXTS,
    name=TEXTS,
    isBundle=st.booleans(),
    place=PLACES,
    relatedParty=PARTIES,
    productSpecification=members({"id": TEXTS}, name=TEXTS, version=TEXTS),
    productCharacteristic=several(members({"name": TEXTS, "value": VALUES})),
    productRelationship=several(
        st.fixed_dictionaries({"relationshipType": TEXTS, "product": st.fixed_dictionaries({"id": TEXTS})})
    ),
)
BARE_LINES = members(
    {"action": st.sampled_from(["add", "modify", "delete", "noChange"])},
    quantity=st.integers(1, 10**6),
    product=PRODUCTS,
    productOffering=REFS,
    itemPrice=PRICES,
    itemTotalPrice=PRICES,
    billingAccount=REFS,
    quoteItem=st.fixed_dictionaries({"quoteId": TEXTS, "id": TEXTS}),
)
LINES = st.recursive(
    BARE_LINES,
    lambda inner: st.builds(lambda line, nested: line | {"productOrderItem": nested}, BARE_LINES, several(inner)),
    max_leaves=4,
)


def lines_of(holder: Json) -> Iterator[Json]:
    """The lines of an order or of a line, each before those in it."""
    for line in holder.get("productOrderItem", ()):
        yield line
        yield from lines_of(line)


@st.composite
def orders(draw: st.DrawFn) -> Json:
    """An order of v4 without faults: its lines are numbered, and related to each other."""
    order = draw(
        members(
            {"productOrderItem": several(LINES)},
            externalId=TEXTS,
            description=TEXTS,
            category=TEXTS,
            priority=TEXTS,
            requestedStartDate=DAYS,
            requestedCompletionDate=DAYS,
            note=NOTES,
            channel=CHANNELS,
            relatedParty=PARTIES,
            orderTotalPrice=PRICES,
            billingAccount=REFS,
        )
    )
    numbers = count(1)
    for line in lines_of(order):
        line["id"] = str(next(numbers))
    ids = [line["id"] for line in lines_of(order)]
    relations = st.fixed_dictionaries({"id": st.sampled_from(ids), "relationshipType": st.just("reliesOn")})
    for line in lines_of(order):
        if related := draw(st.lists(relations, max_size=2)):
            line["productOrderItemRelationship"] = related
    return order


class Fault(NamedTuple):
    """What is wrong at the places of an order whose pointers match; without a value, the member is left out."""

    at: str
    values: tuple[Any, ...]


LEFT_OUT = object()
# How messages name a member of v5 that stands one object deeper than in v4.
IN_ITS_OBJECT = re.compile(r"\b(channel|place|relatedParty)\.(?:channel|place|partyOrPartyRole)\b")
# A characteristic of v5 needs a value because of its subtype.
WITHOUT_VALUE = ("ORD114", "error", "Invalid payload: productCharacteristic.value is missing")
WITHOUT_VALUE_IN_V5 = ("ORD126", "error", "StringCharacteristic needs a value")
FAULTS = (
    Fault(r"/(requestedStartDate|requestedCompletionDate)", ("2026-03-02", "", 7)),
    Fault(r"/note/\d+/date", ("yesterday", True)),
    Fault(r"/(channel|relatedParty)/\d+/id", (7,)),
    Fault(r"/(channel|relatedParty)/\d+/name", (7,)),
    Fault(r"(/productOrderItem/\d+)+", ({}, "x")),
    Fault(r"(/productOrderItem/\d+)+/id", (LEFT_OUT, 7, "1", "")),
    Fault(r"(/productOrderItem/\d+)+/action", (LEFT_OUT, "ad", 1)),
    Fault(r"(/productOrderItem/\d+)+/quantity", (0, -1, "1", 1.5)),
    Fault(r"(/productOrderItem/\d+)+/productOffering/id", (LEFT_OUT, " ", [])),
    Fault(r"(/productOrderItem/\d+)+/productOrderItemRelationship/\d+/id", ("none", 7)),
    Fault(r"(/productOrderItem/\d+)+/product/place/\d+/id", (7,)),
    Fault(r"(/productOrderItem/\d+)+/product/productSpecification/id", (LEFT_OUT, 7)),
    Fault(r"(/productOrderItem/\d+)+/product/productCharacteristic/\d+/name", (LEFT_OUT, 7, "", " ", None)),
    Fault(r"(/productOrderItem/\d+)+/product/productCharacteristic/\d+/value", (LEFT_OUT, None, "")),
    Fault(r"(/productOrderItem/\d+)+/product/isBundle", ("yes",)),
    Fault(r".*/taxIncludedAmount/value", ("x", True)),
    Fault(r".*/taxIncludedAmount/unit", ("EURO", 7)),
)


def pointers(value: Any, above: Path = ()) -> Iterator[Path]:
    """The path of each value in a document, in document order."""
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        yield (*above, name)
        if isinstance(member, dict | list):
            yield from pointers(member, (*above, name))


def spoil(order: Json, path: Path, value: Any) -> None:
    """Set a value in a document, or leave its member out."""
    holder: Any = order
    for name in path[:-1]:
        holder = holder[name]
    if value is LEFT_OUT:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value


@st.composite
def faulty_orders(draw: st.DrawFn) -> Json:
    """An order of v4 with one to three faults."""
    order = draw(orders())
    for _ in range(draw(st.integers(1, 3))):
        places = list(pointers(order))
        possible = [
            (path, fault)
            for path in places
            for fault in FAULTS
            if re.fullmatch(fault.at, "".join(f"/{name}" for name in path))
        ]
        if possible:
            path, fault = draw(st.sampled_from(possible))
            spoil(order, path, draw(st.sampled_from(fault.values)))
    return order


def reported(order: Json, profile: str) -> list[tuple[str, str, str, str]]:
    """Code, severity, message and place of each finding; members in messages have their names in v4."""
    findings = OrderValidator(profile).validate(encoded(order)).findings
    return sorted((each.code, each.severity, IN_ITS_OBJECT.sub(r"\1", each.message), each.pointer) for each in findings)


@given(orders())
def test_the_same_order_becomes_the_same_rows_in_both_versions(order: Json) -> None:
    now = "2026-03-01T08:00:00.000Z"
    v4 = PRODUCT_ORDER.to_rows(accepted(profile="tmf622-v4"), encoded(order), now)
    v5 = PRODUCT_ORDER.to_rows(accepted(profile="tmf622-v5"), encoded(as_v5(order)), now)

    assert v5 == v4._replace(order=replace(v4.order, profile="tmf622-v5"))


def order_with(*characteristics: Json) -> Json:
    """An order with a line that has these characteristics."""
    return {
        "productOrderItem": [{"id": "1", "action": "add", "product": {"productCharacteristic": [*characteristics]}}]
    }


@given(st.one_of(orders(), faulty_orders()))
@example(order_with({"value": "white"}, {"name": " ", "value": "white"}, {"name": "Colour"}))
def test_the_same_order_is_reported_the_same_in_both_versions(order: Json) -> None:
    expected = sorted(
        (*(WITHOUT_VALUE_IN_V5 if of_finding == WITHOUT_VALUE else of_finding), place_in_v5(pointer))
        for *rest, pointer in reported(order, "tmf622-v4")
        if (of_finding := tuple(rest))
    )

    assert reported(as_v5(order), "tmf622-v5") == expected
