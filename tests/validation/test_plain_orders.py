"""Orders that need no closer look: what the lint rules would tell must not be passed over."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.common.lint import comes_out_the_same, lint_findings
from ordercli.resources.common.reading import quick_order_reader
from ordercli.resources.product_order import profiles
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.shapes import KNOWN_FIELDS
from ordercli.rulebook.document import MAX_DEPTH
from support.builders import encoded, line, product_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.builders import Json

PROFILES = tuple(profiles.PROFILES)
QUICK = {profile: quick_order_reader(profiles.PROFILES[profile]) for profile in PROFILES}
KNOWN = {profile: profiles.PROFILES[profile].load_form().known_fields for profile in PROFILES}
Kinds = dict[str, dict[str, str | None]]
PRICE = {"priceType": "recurring", "price": {"taxRate": 19, "taxIncludedAmount": {"unit": "EUR", "value": 19.9}}}
GOOD = product_order(
    note=[{"text": "x"}],
    items=[line(itemPrice=[PRICE], product={"productCharacteristic": [{"name": "Colour", "value": "white"}]})],
)
STANDARD: Json = {
    "channel": [{"id": "1", "role": "web"}],
    "billingAccount": {"id": "1"},
    "productOrderItem": [
        {
            "id": "1",
            "action": "add",
            "product": {"place": [{"role": "x"}], "product": [{"productSpecification": {"id": "1"}}]},
            "productOrderItem": [{"id": "2", "action": "modify", "itemPrice": [PRICE], "payment": [{"id": "1"}]}],
        }
    ],
}
ORDERS: dict[str, Json] = {"servicenow": GOOD, "tmf622-v4": STANDARD, "tmf622-v5": as_v5(STANDARD)}

PLAIN = ['"x"', '"é"', "1", "-0.5", "19.90", "true", "null", "[]", '["x",1.5]', '"1.000000000000000000001"']
ODD = [
    "9007199254740993",
    "-9007199254740993",
    "100000000000000000000",
    "9007199254740993.0",
    "1E400",
    "1e5",
    "1e-400",
    "-0",
    "0.33333333333333333333333333",
    '"\\u0041"',
    '{"id":"x"}',
    '{"foo":1}',
    '{"id":"x","id":"x"}',
    "[9007199254740993]",
    "[[1]]",
]


def is_plain(text: str, profile: str = "servicenow") -> bool:
    quick = QUICK[profile](text.encode())
    return quick is not None and quick[1] and comes_out_the_same(text.encode())


def objects(value: Any, kinds: Kinds, kind: str | None = "ProductOrder") -> Iterator[tuple[Json, str]]:
    """Every object of an order with its kind, where that has known fields."""
    if isinstance(value, list):
        for each in value:
            yield from objects(each, kinds, kind)
    elif isinstance(value, dict) and kind:
        yield value, kind
        for name, member in value.items():
            yield from objects(member, kinds, kinds[kind].get(name))


def spliced(holder: Json, order: Json, name: str, value: str) -> str:
    """The order as compact JSON with one member more in an object of it, maybe a namesake of another."""
    holder[""] = ""
    text = encoded(order).decode().replace('"":""', f'"{name}":{value}')
    del holder[""]
    return text


@st.composite
def with_one_member_more(draw: st.DrawFn, profile: str) -> str:
    order = deepcopy(ORDERS[profile])
    kinds = KNOWN[profile].kinds
    holder, kind = draw(st.sampled_from(list(objects(order, kinds))))
    known = [name for name in kinds[kind] if name not in holder]
    name = draw(st.sampled_from(known or ["foo"]) | st.sampled_from([*known, *holder, "foo", "\\u0066oo"]))
    return spliced(holder, order, name, draw(st.sampled_from(PLAIN) | st.sampled_from(ODD)))


@pytest.mark.parametrize("profile", PROFILES)
@given(data=st.data())
def test_what_needs_no_closer_look_has_no_finding(profile: str, data: st.DataObject) -> None:
    text = data.draw(with_one_member_more(profile))

    assert not is_plain(text, profile) or lint_findings(text.encode(), KNOWN[profile]) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_an_order_as_programs_write_it_needs_no_closer_look(profile: str) -> None:
    order = deepcopy(ORDERS[profile])

    assert is_plain(encoded(order).decode(), profile)
    kinds = KNOWN[profile].kinds
    for holder, kind in list(objects(order, kinds)):
        for name in ("@type", "@baseType", "href", "name"):
            if name in kinds[kind] and name not in holder:
                assert is_plain(spliced(holder, order, name, '"x"'), profile), (kind, name)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("foo", "1"),
        ("externalId", '"a"'),
        ("priority", "9007199254740993"),
        ("priority", "-9007199254740993"),
        ("priority", "1E400"),
        ("priority", "0.33333333333333333333333333"),
        ("priority", '{"id":1,"id":1}'),
    ],
)
def test_what_has_a_finding_needs_the_closer_look(name: str, value: str) -> None:
    order = deepcopy(GOOD)
    text = spliced(order, order, name, value)

    assert not is_plain(text)
    assert lint_findings(text.encode(), KNOWN_FIELDS) != []


@pytest.mark.parametrize(
    "text",
    [
        encoded(GOOD).decode().replace(":", ": ", 1),
        encoded(GOOD).decode().replace("19.9", "1.99E1"),
        encoded(GOOD).decode().replace("EUR", "\\u0045UR", 1),
        spliced(GOOD, GOOD, "priority", '{"foo":1}'),
    ],
)
def test_what_is_written_otherwise_is_distinguished_by_the_closer_look(text: str) -> None:
    assert not is_plain(text)
    assert lint_findings(text.encode(), KNOWN_FIELDS) == []


@pytest.mark.parametrize("depth", [MAX_DEPTH, MAX_DEPTH + 1, 200, 5_000])
@pytest.mark.parametrize("name", ["state", "foo"])  # a value that the shape leaves open, a field that nobody knows
def test_what_is_nested_too_deep_below_the_order_is_not_read_quickly(name: str, depth: int) -> None:
    order = deepcopy(GOOD)
    text = spliced(order, order, name, "[" * (depth - 1) + "]" * (depth - 1))

    assert (QUICK["servicenow"](text.encode()) is None) is (depth > MAX_DEPTH)


@pytest.mark.parametrize("lines", [31, 32, 200, 5_000])
def test_lines_that_are_nested_too_deep_are_not_read_quickly(lines: int) -> None:
    item = '{"id":"1","action":"add"'
    text = '{"productOrderItem":[' + (item + ',"productOrderItem":[') * (lines - 1) + item + "}]" * lines + "}"

    assert (QUICK["tmf622-v4"](text.encode()) is None) is (1 + 2 * lines > MAX_DEPTH)
