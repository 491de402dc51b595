"""What the quick reader accepts has no fault of shape, and comes out as the exact reading has it."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ordercli.resources.common.reading import by_missing_field, quick_order_reader, shaped_as
from ordercli.resources.product_order import profiles
from ordercli.resources.product_order.examples import GOOD_ORDER
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.product_order.rulebook import RULEBOOK
from ordercli.resources.service_order import examples as service_orders
from ordercli.resources.service_order.service_order import SERVICE_ORDER
from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.document import read
from support.builders import as_document, encoded, line, product_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.resources.resource import Resource
    from support.builders import Json

pytestmark = pytest.mark.slow

PROFILES = tuple(profiles.PROFILES)
CURRENT = "servicenow, current form"
OF_SERVICES = "servicenow, service order"
STANDARD_ORDER: Json = {
    "description": "x",
    "note": [{"text": "x"}],
    "channel": [{"id": "1", "role": "web"}],
    "productOrderItem": [
        {
            "id": "1",
            "action": "add",
            "product": {
                "place": [{"role": "x", "id": "1"}],
                "isBundle": True,
                "productCharacteristic": [{"name": "x", "value": "x"}],
                "relatedParty": [{"id": "1", "@referredType": "X"}],
            },
            "productOrderItem": [{"id": "2", "action": "modify", "itemPrice": [{"price": {"taxRate": 1.5}}]}],
        }
    ],
}
ORDERS: dict[str, Json] = {
    "servicenow": {
        **GOOD_ORDER,
        "productOrderItem": [
            *GOOD_ORDER["productOrderItem"],
            line(
                "4",
                committedDueDate=None,
                itemPrice=[{"price": {"taxRate": 1}, "priceAlteration": [{"price": {}}]}],
                externalProductInventory=[{"externalProductInventoryId": "x"}],
                product={"isBundle": False, "productRelationship": [{"id": "1", "product": {"id": "2"}}]},
            ),
        ],
    },
    "tmf622-v4": STANDARD_ORDER,
    "tmf622-v5": as_v5(STANDARD_ORDER),
    CURRENT: {
        **GOOD_ORDER,
        "externalSystem": "CPQ",
        "productOrderItem": [
            *GOOD_ORDER["productOrderItem"],
            {"id": "5", "action": "add", "product": {"isBundle": True}, "productOffering": {"id": "1"}},
            line("6", payment={"id": "1"}, billingAccount={"active": True}),
        ],
        "relatedParty": [
            {"role": role, "partyOrPartyRole": {"@type": "PartyRef", "id": "1", "city": "Brno"}}
            for role in ("Account", "Location")
        ],
    },
    OF_SERVICES: service_orders.GOOD_ORDER,
    "tmf641": {
        "note": [{"text": "x"}],
        "serviceOrderItem": [
            {
                "id": "1",
                "action": "add",
                "service": {"serviceCharacteristic": [{"name": "x", "value": "x"}, {"name": "y", "value": 2}]},
            },
            {"id": "2", "action": "add", "service": {"id": "x"}},
        ],
    },
}
VALUES: list[Any] = [
    None,
    "",
    " ",
    "\t",
    "\u00a0",
    "x",
    0,
    -1,
    1.5,
    2**70,
    True,
    [],
    {},
    [None],
    [{}],
    {"id": None},
    [[]],
]
FORMS: list[tuple[str, str]] = [
    *((profile, profile) for profile in PROFILES),
    ("servicenow", CURRENT),
    ("servicenow", OF_SERVICES),
    ("tmf641", "tmf641"),
]


def kind_of(form: str) -> Resource:
    """The kind of order that is written in a form."""
    return SERVICE_ORDER if form in {OF_SERVICES, "tmf641"} else PRODUCT_ORDER


def paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, below in steps:
        yield (*path, step)
        yield from paths(below, (*path, step))


@st.composite
def damaged(draw: st.DrawFn, form: str) -> Json:
    """A good order in which up to three values are others, or gone."""
    order = deepcopy(ORDERS[form])
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(paths(order))))
        holder: Any = order
        for step in path[:-1]:
            holder = holder[step]
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[path[-1]]
            holder[draw(st.sampled_from([path[-1], "unknown"]))] = deepcopy(draw(st.sampled_from(VALUES)))
        else:
            holder[path[-1]] = deepcopy(draw(st.sampled_from(VALUES)))
    return order


@pytest.mark.parametrize(("profile", "form"), FORMS)
def test_good_orders_are_read_in_one_step(profile: str, form: str) -> None:
    order = encoded(ORDERS[form])

    assert quick_order_reader(kind_of(form).profiles[profile])(order) is not None
    assert OrderValidator(profile=profile, resource=kind_of(form)).validate(order).findings == []


@pytest.mark.parametrize(("profile", "form"), FORMS)
@given(data=st.data())
@settings(max_examples=150)
def test_what_the_quick_order_reader_accepts_has_no_fault_of_shape(
    profile: str, form: str, data: st.DataObject
) -> None:
    document = data.draw(damaged(form))
    bytes_ = json.dumps(document, indent=data.draw(st.sampled_from([None, 2]))).encode()
    of_form = kind_of(form).profiles[profile]

    quick = quick_order_reader(of_form)(bytes_)

    exactly = read(bytes_)
    if quick is not None:
        assert isinstance(exactly, dict)
        shape = of_form.form_of(document).shape
        slow = kind_of(form).load_rulebook().shaped(exactly, of_form, lambda _: False, bytes_)
        assert slow.findings == []
        assert as_document(quick[0], shape) == as_document(slow.order, shape)


@pytest.mark.parametrize(("profile", "form"), FORMS)
@given(data=st.data())
@settings(max_examples=100)
def test_elements_that_are_set_aside_have_no_fault_and_come_back(profile: str, form: str, data: st.DataObject) -> None:
    document = data.draw(damaged(form))
    of_form = kind_of(form).profiles[profile]
    shape = of_form.form_of(document).shape
    whole = read(encoded(document))
    assume(isinstance(whole, dict))

    found = kind_of(form).load_rulebook().shaped(document, of_form, lambda _: False, encoded(document))

    missing = by_missing_field(kind_of(form).load_rulebook().rules)
    exactly = shaped_as(shape, cast("Json", whole), of_form, missing)
    assert sorted(found.findings) == sorted(exactly.findings)
    assert as_document(found.order, shape) == as_document(exactly.order, shape)


@pytest.mark.parametrize("members", [{}, {"id": None}])
def test_an_empty_object_beside_another_fault_is_missed_in_every_line_item(members: Json) -> None:
    order = deepcopy(ORDERS["tmf641"])
    order["note"][0]["text"], order["serviceOrderItem"][1]["service"] = None, members

    findings = OrderValidator("tmf641", resource=SERVICE_ORDER).validate(encoded(order)).findings

    assert [(each.code, each.pointer) for each in findings] == [
        ("ORD114", "/note/0/text"),
        ("ORD107", "/serviceOrderItem/1/service"),
    ]


@pytest.mark.parametrize(("profile", "form"), FORMS)
@given(data=st.data())
@settings(max_examples=150)
def test_damage_is_validated_without_a_slip(profile: str, form: str, data: st.DataObject) -> None:
    document = data.draw(damaged(form))

    validation = OrderValidator(profile=profile, resource=kind_of(form), lint=True).validate(encoded(document))

    assert "ORD190" not in {finding.code for finding in validation.findings}
    assert len(set(validation.findings)) == len(validation.findings)
    assert not validation.refused or validation.order is None or validation.findings


@pytest.mark.parametrize("profile", PROFILES)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(sorted(GOOD_ORDER)),
        lambda values: st.lists(values) | st.dictionaries(st.text() | st.sampled_from(sorted(GOOD_ORDER)), values),
    )
)
def test_any_json_is_validated_without_a_slip(profile: str, value: Any) -> None:
    validation = OrderValidator(profile=profile, lint=True).validate(json.dumps(value).encode())

    assert validation.refused


@pytest.mark.parametrize(
    ("once", "twice"),
    [
        ('"externalId":"PO-1"', '"externalId":"x","externalId":"PO-1"'),
        ('"externalId":"PO-1"', '"\\u0065xternalId":"PO-1","externalId":"x"'),
        ('"action":"add"', '"action":"add","action":"delete"'),
        ('"id":"1"', '"id":"1","id":"2"'),
        ('"quantity":1', '"quantity":1,"quantity":null'),
        ('"productOrderItem":', '"productOrderItem":[{}],"productOrderItem":'),
    ],
)
def test_of_members_with_one_name_both_readers_take_the_last(once: str, twice: str) -> None:
    data = encoded(product_order()).replace(once.encode(), twice.encode())
    exactly = read(data)
    assert isinstance(exactly, dict)

    quick = quick_order_reader(profiles.SERVICENOW)(data)

    slow = RULEBOOK.shaped(exactly, profiles.SERVICENOW, lambda _: False, data)
    assert quick is None or as_document(quick[0]) == as_document(slow.order)


@given(st.binary(max_size=40), st.integers(0, 2_000), st.integers(0, 3))
def test_any_bytes_are_validated_without_a_slip(noise: bytes, at: int, gone: int) -> None:
    order = encoded(product_order())
    at %= len(order)
    data = order[:at] + noise + order[at + gone :]

    validation = OrderValidator(lint=True).validate(data)

    quick = quick_order_reader(profiles.SERVICENOW)(data)
    assert quick is None or isinstance(read(data), dict)
    assert validation.order is None or isinstance(read(data.removeprefix(b"\xef\xbb\xbf")), dict)
