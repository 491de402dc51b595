"""Rules are selected, ignored and made more or less severe by configuration."""

from __future__ import annotations

from typing import Any

import pytest

from ordercli.errors import UsageError
from ordercli.resources.all_rules import all_rules
from ordercli.resources.validator import OrderValidator
from ordercli.rulebook.selection import Selection
from support.builders import as_document, encoded, line, product_order
from validation.findings import places

BAD = product_order("", state="new", items=[line(quantity=0)], relatedParty=...)
PARTY = "/relatedParty"
ALL = [
    ("ORD125", "/externalId"),
    ("ORD903", "/state"),
    ("ORD209", "/productOrderItem/0/quantity"),
    ("ORD111", "/relatedParty"),
]


def test_all_rules_apply_unless_told_otherwise() -> None:
    assert places(BAD) == ALL


@pytest.mark.parametrize(
    ("select", "ignore", "kept"),
    [
        (["ORD209"], [], ["ORD209"]),
        (["ORD1"], [], ["ORD125", "ORD111"]),
        (["ORD9", "ORD2"], [], ["ORD903", "ORD209"]),
        ([], ["ORD1"], ["ORD903", "ORD209"]),
        ([], ["ORD111", "ORD903"], ["ORD125", "ORD209"]),
        (["ORD1"], ["ORD125"], ["ORD111"]),
        (["ORD3"], [], []),
        ([], ["ORD"], []),
    ],
)
def test_codes_and_their_beginnings_select_and_ignore(select: list[str], ignore: list[str], kept: list[str]) -> None:
    assert [code for code, _ in places(BAD, select=select, ignore=ignore)] == kept


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"x", "ORD001"),
        (b"{} x", "ORD002"),
        (b"\xff", "ORD005"),
        (b"[" * 65, "ORD007"),
        (b"1", "ORD008"),
        (b"", "ORD101"),
    ],
)
def test_what_makes_an_order_unreadable_always_counts(data: bytes, code: str) -> None:
    assert places(data, select=["ORD209"], ignore=["ORD0", "ORD1"]) == [(code, "")]


@pytest.mark.parametrize("code", ["ORD001", "ORD002", "ORD005", "ORD007", "ORD008", "ORD101"])
def test_what_makes_an_order_unreadable_cannot_be_ignored_nor_made_a_warning(code: str) -> None:
    with pytest.raises(UsageError) as ignored:
        OrderValidator(ignore=[code])
    with pytest.raises(UsageError) as warned:
        OrderValidator(severity={code: "warning"})

    assert ignored.value.message == f"{code} cannot be ignored: without it there is no order to look at"
    assert warned.value.message == f"{code} cannot be made a warning: without it there is no order to look at"


def test_an_ignored_fault_of_shape_is_not_told_and_nothing_trips_over_it() -> None:
    order = product_order(items=[line("1") | {"action": None}, line("2", quantity=0) | {"product": 5}, {}])
    ignored = ["ORD103", "ORD104", "ORD105", "ORD107", "ORD120"]

    validation = OrderValidator(ignore=[*ignored, "ORD209"]).validate(encoded(order))

    assert places(order, ignore=ignored) == [("ORD209", "/productOrderItem/1/quantity")]
    assert validation.findings == []
    assert as_document(validation.order) == product_order(
        items=[
            {name: member for name, member in line("1").items() if name != "action"},
            {name: member for name, member in line("2", quantity=0).items() if name != "product"},
            {},
        ]
    )


def test_severity_decides_whether_an_order_is_refused() -> None:
    order = encoded(product_order("", state="new"))

    by_default = OrderValidator().validate(order)
    turned = OrderValidator(severity={"ORD125": "warning", "ORD903": "error"}).validate(order)
    lowered = OrderValidator(severity={"ORD125": "warning"}).validate(order)

    assert [(f.code, f.severity) for f in by_default.findings] == [("ORD125", "error"), ("ORD903", "warning")]
    assert [(f.code, f.severity) for f in turned.findings] == [("ORD125", "warning"), ("ORD903", "error")]
    assert (by_default.refused, turned.refused, lowered.refused) == (True, True, False)


def test_a_misshaped_order_is_an_order_where_its_fault_is_a_warning() -> None:
    validation = OrderValidator(severity={"ORD120": "warning"}).validate(encoded(product_order(note="x")))

    assert [(f.code, f.severity) for f in validation.findings] == [("ORD120", "warning")]
    assert as_document(validation.order) == product_order()


@pytest.mark.parametrize(
    ("book", "message"),
    [
        ({"select": ["ORD8"]}, "there is no rule ORD8"),
        ({"ignore": ["E501"]}, "there is no rule E501"),
        ({"severity": {"ORD999": "error"}}, "there is no rule ORD999"),
        ({"severity": {"ORD125": "info"}}, "the severity of ORD125 can be error or warning, not info"),
    ],
)
def test_words_that_name_no_rule_are_refused(book: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        OrderValidator(**book)

    assert caught.value.message == message


@pytest.mark.parametrize(
    ("select", "ignore", "kept"),
    [
        ([], ["ORD114:@referredType"], [("ORD114", f"{PARTY}/0/id"), ("ORD114", "/channel/0/id")]),
        ([], ["ORD1:id"], [("ORD114", f"{PARTY}/1/@referredType")]),
        (["ORD114:id"], [], [("ORD114", f"{PARTY}/0/id"), ("ORD114", "/channel/0/id")]),
        (["ORD114:id"], ["ORD1:id"], []),
        (["ORD114:@referredType", "ORD2"], [], [("ORD114", f"{PARTY}/1/@referredType")]),
        (
            [],
            ["ORD114:nothing"],
            [("ORD114", f"{PARTY}/0/id"), ("ORD114", f"{PARTY}/1/@referredType"), ("ORD114", "/channel/0/id")],
        ),
    ],
)
def test_the_last_member_of_the_pointer_selects_too(
    select: list[str], ignore: list[str], kept: list[tuple[str, str]]
) -> None:
    parties = [{"@referredType": "Customer"}, {"id": "p-1"}]
    document = product_order(relatedParty=parties, channel=[{"name": "web"}])

    assert sorted(places(document, select=select, ignore=ignore)) == sorted(kept)


def test_of_an_element_the_name_of_its_list_selects() -> None:
    items = [line("1", productOrderItemRelationship=[{"id": "2", "relationshipType": "HasChild"}]), line("2")]
    order = product_order(items=items)

    assert places(order) == [("ORD203", "/productOrderItem/0/productOrderItemRelationship/0")]
    assert places(order, ignore=["ORD203:productOrderItemRelationship"]) == []


def test_what_makes_an_order_unreadable_counts_whatever_member_is_selected() -> None:
    assert places(b"{", select=["ORD114:id"]) == [("ORD001", "")]


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("ORD999:id", "there is no rule ORD999"),
        ("ORD114:", "ORD114: names no code and member"),
        (":id", ":id names no code and member"),
        ("ORD001:id", "ORD001 cannot be ignored: without it there is no order to look at"),
    ],
)
def test_a_member_without_a_rule_is_a_usage_error(word: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        OrderValidator(ignore=[word])

    assert raised.value.message == message


def test_a_severity_may_be_for_one_member() -> None:
    parties = [{"@referredType": "Customer"}, {"id": "p-1"}]
    document = encoded(product_order(relatedParty=parties, channel=[{"name": "web"}]))
    book = OrderValidator(severity={"ORD114": "warning", "ORD114:@referredType": "error"})

    reported = sorted((each.severity, each.pointer) for each in book.validate(document).findings)

    assert reported == [
        ("error", f"{PARTY}/1/@referredType"),
        ("warning", "/channel/0/id"),
        ("warning", f"{PARTY}/0/id"),
    ]


@pytest.mark.parametrize(
    ("severity", "message"),
    [
        ({"ORD114:": "error"}, "ORD114: names no code and member"),
        ({"ORD1:id": "error"}, "there is no rule ORD1"),
        ({"ORD114:id": "info"}, "the severity of ORD114:id can be error or warning, not info"),
        ({"ORD001:id": "warning"}, "ORD001 cannot be made a warning: without it there is no order to look at"),
    ],
)
def test_a_severity_for_a_member_without_a_rule_is_a_usage_error(severity: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError) as raised:
        OrderValidator(severity=severity)

    assert raised.value.message == message


def test_a_rule_of_another_kind_of_order_may_be_named() -> None:
    own, other = all_rules()["ORD209"], all_rules()["ORD312"]

    selection = Selection(
        [own], "servicenow", select=["ORD312", "ORD209"], severity={"ORD312": "error"}, all_rules=all_rules
    )
    nothing = Selection([own], "servicenow", select=[other.code], all_rules=all_rules)

    assert (selection.rules, nothing.rules) == ([own], [])
