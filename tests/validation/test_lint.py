"""A second look at the bytes: names that stand twice, numbers that change, fields that nobody knows."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.resources.common.lint import lint_findings
from ordercli.resources.product_order.shapes import KNOWN_FIELDS
from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.rule import Finding, Suggestion, near_word
from support.builders import encoded, line, product_order
from validation.findings import places, short_findings


def unknown(pointer: str, message: str, suggestion: str | None) -> Finding:
    return Finding("ORD901", "warning", pointer, message, suggestion, applicability="safe" if suggestion else None)


def with_member(text: str) -> bytes:
    return encoded(product_order())[:-1] + f",{text}}}".encode()


def test_lint_is_off_by_default() -> None:
    data = with_member('"foo":1e999,"foo":1')

    assert places(data) == []
    assert places(data, lint=True) == [("ORD004", "/foo"), ("ORD901", "/foo")]


@pytest.mark.parametrize(
    ("text", "pointers"),
    [
        ('{"a": 1, "a": 2, "a": 3}', ["/a"]),
        ('{"a" :1,\n"b":2, "b"\t: 2}', ["/b"]),
        ('{"a": [{"x": 1}, {"x": 1, "x": 1}]}', ["/a/1/x"]),
        ('{"a": {"x": 1}, "a": {"y": 1, "y": 2}}', ["/a", "/a/y"]),
        ('{"~/": 1, "~/": 2}', ["/~0~1"]),
        ('{"a": "\\u0022:", "a": 1}', ["/a"]),
        ('{"\\u0061": 1, "a": 1}', ["/a"]),
        ('{"a": "x\\":", "b": "\\":"}', []),
        ('{"a": {"x": 1}, "b": {"x": 1}}', []),
    ],
)
def test_names_that_stand_twice_in_one_object_are_found(text: str, pointers: list[str]) -> None:
    findings = lint_findings(text.encode(), KNOWN_FIELDS)

    assert [finding.pointer for finding in findings if finding.code == "ORD004"] == pointers


@pytest.mark.parametrize(
    "number", ["19.90", "0", "-0.0", "1e5", "1E-7", "0.1", "9007199254740992", "100000000000000000000"]
)
def test_numbers_that_a_double_carries_are_fine(number: str) -> None:
    assert places(with_member(f'"priority": [{number}]'), lint=True) == []


@pytest.mark.parametrize(
    ("number", "double"),
    [
        ("9007199254740993", "9007199254740992.0"),
        ("0.1000000000000000055511151231257827", "0.1"),
        ("1e400", "inf"),
        ("-1e999", "-inf"),
        ("1e-400", "0.0"),
        ("4.9e-325", "0.0"),
        ("1.2345e-320", "1.2347e-320"),
        ("1.00000000000000000001", "1.0"),
        ("1e99999999999999999999999", "inf"),
    ],
)
def test_numbers_that_a_double_cannot_carry_are_named(number: str, double: str) -> None:
    assert short_findings(with_member(f'"priority":[7,{number}]'), lint=True) == [
        ("ORD006", "/priority/1", f"{number} loses precision: a double carries {double}")
    ]


@pytest.mark.parametrize("text", ['"foo":9007199254740993', '"foo":[9007199254740993]', '"foo":[0,-9007199254740993]'])
def test_a_whole_number_beyond_a_double_is_found_beside_unknown_fields(text: str) -> None:
    data = encoded(product_order(None, items=[line(product={"id": "1234567890123456e7"})]))[:-1] + f",{text}}}".encode()

    assert {finding.code for finding in lint_findings(data, KNOWN_FIELDS)} == {"ORD006", "ORD901"}


def test_a_long_number_is_shown_by_its_beginning() -> None:
    (finding,) = lint_findings(b'{"priority":' + b"1" * 5_000 + b"}", KNOWN_FIELDS)

    assert finding.message == f"{'1' * 39}… loses precision: a double carries inf"


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_precision_is_lost_where_text_and_double_differ(number: Decimal) -> None:
    findings = lint_findings(f'{{"priority":{number}}}'.encode(), KNOWN_FIELDS)

    lost = Decimal(repr(float(number))) != number
    assert [finding.code for finding in findings] == (["ORD006"] if lost else [])


def test_a_field_that_nobody_knows_is_named_with_the_nearest_that_somebody_does() -> None:
    order = product_order(
        externalid="x", items=[line(quantiti=2, product={"zzz~/": {"y": 1}, "relatedParty": [], "placee": []})]
    )

    assert OrderValidator(lint=True).validate(encoded(order)).findings == [
        unknown("/externalid", "externalid is no known field of the order", "externalId"),
        unknown("/productOrderItem/0/product/placee", "placee is no known field of product", "place"),
        unknown("/productOrderItem/0/product/zzz~0~1", "zzz~/ is no known field of product", None),
        unknown("/productOrderItem/0/quantiti", "quantiti is no known field of productOrderItem", "quantity"),
    ]


def test_fields_of_the_standard_of_the_seed_and_our_own_are_known() -> None:
    order = product_order(
        description="x",
        fulfillmentType="deliver",
        billingAccount={"id": "1", "@referredType": "BillingAccount"},
        note=[{"id": "1", "author": "x", "text": "x", "@schemaLocation": "x"}],
        items=[
            line(
                revisionOperation="cancel",
                itemTerm=[{"duration": {"amount": 1, "units": "year"}}],
                product={
                    "productRelationship": [{"id": "1", "relationshipType": "Requires"}],
                    "productCharacteristic": [{"name": "x", "value": {"any": {"thing": 1}}}],
                    "productSpecification": {"id": "1", "internalId": "1", "targetProductSchema": {"@type": "x"}},
                    "product": [{"relatedParty": [{"phone": "1", "@referredType": "OrderLineItemContact"}]}],
                },
            )
        ],
    )

    assert places(order, lint=True) == []


def test_a_field_that_is_known_elsewhere_is_not_known_here() -> None:
    order = product_order(items=[line(orderCurrency="EUR")])

    assert places(order, lint=True) == [("ORD901", "/productOrderItem/0/orderCurrency")]


def test_nothing_is_looked_into_below_an_unknown_field_but_what_is_lost_in_it() -> None:
    data = with_member('"foo":{"bar":1,"bar":2}')

    assert places(data, lint=True) == [("ORD004", "/foo/bar"), ("ORD901", "/foo")]


def test_an_unknown_field_that_is_null_is_absent() -> None:
    assert places(with_member('"foo":null'), lint=True) == []


def test_misshaped_orders_are_linted_too() -> None:
    assert places(b'{"foo":[1,1e400],"note":{"bar":1},"productOrderItem":[]}', lint=True, profile="tmf622") == [
        ("ORD006", "/foo/1"),
        ("ORD102", "/productOrderItem"),
        ("ORD120", "/note"),
        ("ORD901", "/foo"),
    ]


def test_lint_can_be_narrowed_like_other_rules() -> None:
    data = with_member('"foo":1e999,"foo":1')

    assert places(data, lint=True, ignore=["ORD004"]) == [("ORD901", "/foo")]
    assert places(data, lint=True, select=["ORD0"]) == [("ORD004", "/foo")]


@pytest.mark.parametrize(
    ("holder", "kind", "known"),
    [
        ((), "AcmeProductOrder", False),
        (("productOrderItem", 0), "MEFProductOrderItem", False),
        (("productOrderItem", 0, "product"), "AcmeProduct", False),
        ((), "ProductOrder", True),
        (("productOrderItem", 0), "ProductOrderItem", True),
        (("relatedParty", 0), "RelatedParty", True),
        (("relatedParty", 0), 7, True),
    ],
)
def test_nothing_is_unknown_in_an_object_whose_type_is_none_of_the_standard(
    holder: tuple[str | int, ...],
    kind: object,
    known: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    order = deepcopy(product_order())
    members: Any = order
    for name in holder:
        members = members[name]
    members |= {"@type": kind, "segment": "gold", "channel" if not holder else "product": [{"id": "1", "zzz": 1}]}

    found = lint_findings(encoded(order), KNOWN_FIELDS)

    pointer = "".join(f"/{name}" for name in holder)
    assert (f"{pointer}/segment" in [each.pointer for each in found]) is known
    assert bool(found) is known


def test_beside_an_object_of_a_type_of_its_own_fields_are_validated_as_ever() -> None:
    order = product_order(items=[{**line("1"), "@type": "AcmeItem", "mine": 1}, line("2", mine=1)])

    assert places(order, lint=True) == [("ORD901", "/productOrderItem/1/mine")]


MEF_ORDER: dict[str, Any] = {
    "externalId": "BuyerOrder-1",
    "projectId": "P-1",
    "productOrderItem": [
        {
            "id": "item-1",
            "action": "add",
            "expediteIndicator": False,
            "requestedItemTerm": {"name": "Term", "duration": {"amount": 1, "units": "calendarYears"}},
            "relatedContactInformation": [{"role": "buyerContact", "emailAddress": "a@example.com", "any": 1}],
            "product": {"productConfiguration": {"@type": "urn:mef:lso:spec:sonata:uni:v1:order", "speed": 1}},
            "note": [{"source": "buyer", "text": "a"}],
        }
    ],
}


@pytest.mark.parametrize(
    "declared",
    [
        {},
        {"relatedContactInformation": [{"role": "productOrderContact"}]},
        {"@type": "MEFProductOrder"},
        {"@schemaLocation": "https://github.com/MEF-GIT/MEF-LSO-Sonata-SDK/blob/main/order.json"},
    ],
)
def test_the_members_of_mef_are_known_where_an_order_declares_them(declared: dict[str, Any]) -> None:
    order = deepcopy(MEF_ORDER) | declared
    if declared:
        del order["productOrderItem"][0]["product"]

    assert places(order, lint=True, profile="tmf622") == []


def test_the_members_of_mef_are_unknown_elsewhere_and_suggest_nothing() -> None:
    order = deepcopy(MEF_ORDER)
    del order["productOrderItem"][0]["product"]["productConfiguration"]["@type"]

    found = lint_findings(encoded(order), KNOWN_FIELDS)

    assert [(each.pointer, each.suggestion) for each in found] == [
        ("/projectId", None),
        *(
            (f"/productOrderItem/0/{name}", None)
            for name in ("expediteIndicator", "requestedItemTerm", "relatedContactInformation")
        ),
        ("/productOrderItem/0/product/productConfiguration", None),
        ("/productOrderItem/0/note", None),
    ]


def test_a_misspelled_field_is_unknown_in_an_order_of_mef_too() -> None:
    order = deepcopy(MEF_ORDER) | {"projectid": "P", "externalIdd": "x"}

    found = lint_findings(encoded(order), KNOWN_FIELDS)

    assert [(each.pointer, each.suggestion) for each in found] == [
        ("/projectid", "projectId"),
        ("/externalIdd", "externalId"),
    ]


@pytest.mark.parametrize(
    ("field", "meant"),
    [
        ("externalid", "externalId"),
        ("external_id", "externalId"),
        ("EXTERNALID", "externalId"),
        ("product_order_item", "productOrderItem"),
        ("order-currency", "orderCurrency"),
        ("requestedStartDat", "requestedStartDate"),
        ("relatedPartys", "relatedParty"),
        ("requestedItemTerm", None),
        ("startDate", None),
        ("externalIdentifier", None),
        ("customer", None),
    ],
)
def test_a_field_is_suggested_for_a_likely_slip_alone(field: str, meant: str | None) -> None:
    (finding,) = lint_findings(encoded({**product_order(), field: "x"}), KNOWN_FIELDS)

    assert (finding.code, finding.suggestion) == ("ORD901", meant)


@pytest.mark.parametrize(
    ("word", "meant"),
    [("amd", Suggestion("add", "safe")), ("resumed", Suggestion("resume", "safe")), ("ed", None)],
)
def test_the_only_near_word_is_sure(word: str, meant: Suggestion | None) -> None:
    assert near_word(word, ["add", "resume"]) == meant


def test_the_nearest_of_several_words_is_not_sure() -> None:
    assert near_word("fibre-10", ["fibre-100", "fibre-1000", "dsl"]) == Suggestion("fibre-100", "maybe")


def test_letter_case_is_sure() -> None:
    (finding,) = OrderValidator().validate(encoded(product_order(items=[line(action="Suspend")]))).findings

    assert (finding.suggestion, finding.applicability) == ("suspend", "safe")
