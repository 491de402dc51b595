"""The newer form of ServiceNow's requests, whose parties stand in roles, is judged and kept like the older one."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.validator import OrderValidator
from support.builders import accepted, encoded, line, product_order
from support.records import characteristic, specification
from validation.findings import places

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

PARTY = "/relatedParty"
ITEM = "/productOrderItem/0"
ROLES = {"Customer": "Account", "Consumer": "Consumer", "CustomerContact": "Contact"}


def party(role: str | None = "Customer", party_id: str | None = "c-7", **members: Any) -> Json:
    """A party in a role."""
    reference = {"@type": "PartyRef", "id": party_id, **members}
    return {"role": role, "@type": "RelatedPartyOrPartyRole", "partyOrPartyRole": reference}


def current(*parties: Any, **members: Any) -> Json:
    """An order in the newer form."""
    return product_order(**{"relatedParty": list(parties) or [party()], **members})


def all_places(order: Json | bytes, **book: Any) -> list[tuple[str, str]]:
    """Code and pointer of each finding, lint included."""
    return places(order, lint=True, **book)


def test_what_the_vendor_shows_has_no_finding() -> None:
    item = {
        "id": "P1",
        "quantity": 1,
        "action": "add",
        "productOffering": {"id": "o-7", "name": "Line"},
        "product": {"@type": "Product", "productSpecification": {"id": "s-7"}},
        "billingAccount": {"id": "b-7", "name": "Main", "@type": "BillingAccountRef", "status": "A", "active": True},
        "payment": {"id": "p-7", "paymentMethod": "Invoice", "paymentMethodType": "x", "paymentReferenceId": "R-7"},
        "@type": "ProductOrderItem",
    }
    location = party("Location", "l-7", name="Depot", city="Brno", country="CZ")
    location["@type"] = "Location"

    order = current(party(), location, items=[item], externalSystem="CPQ-A", disableCharValueValidation=False)

    assert all_places(order) == []


@pytest.mark.parametrize("role", ["Account", "Customer", "Consumer"])
@pytest.mark.parametrize("kind", ["RelatedParty", "Contact", "AnythingElse", None])
def test_the_role_decides_who_is_the_customer(role: str, kind: str | None) -> None:
    customer = {**party(role), "@type": kind}

    assert all_places(current(party("Seller"), customer)) == []


@pytest.mark.parametrize(
    ("parties", "found"),
    [
        ([party("Contact"), party("Location")], [("ORD112", PARTY)]),
        ([party("Seller"), party("customer")], [("ORD112", f"{PARTY}/1/role")]),
        ([party("ACCOUNT"), party("consumer")], [("ORD112", f"{PARTY}/0/role")]),
        ([party("Seller")], [("ORD112", PARTY)]),
        ([party(None)], [("ORD114", f"{PARTY}/0/role")]),
        ([party("  ")], [("ORD114", f"{PARTY}/0/role")]),
        ([party("Customer", None)], [("ORD114", f"{PARTY}/0/partyOrPartyRole/id")]),
        ([party("Customer", " ")], [("ORD114", f"{PARTY}/0/partyOrPartyRole/id")]),
        ([party(), {"role": "Contact"}], [("ORD114", f"{PARTY}/1/partyOrPartyRole")]),
        ([party(), {"role": "Contact", "partyOrPartyRole": {}}], [("ORD114", f"{PARTY}/1/partyOrPartyRole")]),
        ([party(), {"id": "c-8", "@referredType": "Customer"}], [("ORD114", f"{PARTY}/1/partyOrPartyRole")]),
        ([party(), None], [("ORD114", f"{PARTY}/1/partyOrPartyRole")]),
        ([{"role": "Customer", "partyOrPartyRole": "c-7"}], [("ORD120", f"{PARTY}/0/partyOrPartyRole")]),
        ([{"role": "Customer", "partyOrPartyRole": [{"id": "1"}]}], [("ORD120", f"{PARTY}/0/partyOrPartyRole")]),
        ([party(7)], [("ORD120", f"{PARTY}/0/role")]),  # type: ignore[arg-type]
        ([party("Customer", 7)], [("ORD120", f"{PARTY}/0/partyOrPartyRole/id")]),  # type: ignore[arg-type]
        ([party(), 5], [("ORD120", f"{PARTY}/1")]),
    ],
)
def test_each_wrong_party_is_one_finding_at_its_place(parties: list[Any], found: list[tuple[str, str]]) -> None:
    assert all_places(current(*parties)) == found


@pytest.mark.parametrize(
    ("members", "found"),
    [
        ({"relatedParty": party()}, [("ORD120", PARTY)]),
        ({"relatedParty": ...}, [("ORD111", PARTY)]),
        ({"relatedParty": []}, [("ORD111", PARTY)]),
        ({"orderCurrency": ...}, [("ORD113", "/orderCurrency")]),
        ({"externalSystem": 5}, [("ORD120", "/externalSystem")]),
        ({"disableCharValueValidation": "true"}, [("ORD120", "/disableCharValueValidation")]),
        ({"items": [line(payment=[{"id": "p"}])]}, [("ORD120", f"{ITEM}/payment")]),
        ({"items": [line(payment={"id": 5})]}, [("ORD120", f"{ITEM}/payment/id")]),
        ({"items": [line(billingAccount={"active": "true"})]}, [("ORD120", f"{ITEM}/billingAccount/active")]),
        ({"items": [line(product={"productSpecification": None})]}, [("ORD107", f"{ITEM}/product")]),
        ({"items": [line(product={"productSpecification": None, "isBundle": True})]}, []),
        (
            {"items": [line(product={"productSpecification": {"name": "x"}})]},
            [("ORD109", f"{ITEM}/product/productSpecification/id")],
        ),
        (
            {"items": [line(product={"productSpecification": {}})]},
            [("ORD109", f"{ITEM}/product/productSpecification/id")],
        ),
        ({"items": [line(specfication="x")]}, [("ORD901", f"{ITEM}/specfication")]),
    ],
)
def test_beside_the_parties_the_older_rules_hold_but_for_the_specification(
    members: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert all_places(current(**members)) == found


def test_a_party_in_a_role_that_is_null_is_none() -> None:
    customer = {"id": "c-7", "@referredType": "Customer", "partyOrPartyRole": None}

    assert all_places(product_order(relatedParty=[customer])) == []


def test_the_word_elsewhere_does_not_make_an_order_newer() -> None:
    items = [line(product={"productSpecification": None, "isBundle": True})]
    order = product_order(
        note=[{"text": "partyOrPartyRole", "author": '"partyOrPartyRole"'}], items=items, x="partyOrPartyRole"
    )

    assert all_places(order) == [("ORD901", "/x"), ("ORD108", f"{ITEM}/product/productSpecification")]


RECORDS = (
    *({"@type": kind, "id": "known"} for kind in ("Customer", "Consumer", "CustomerContact", "Place")),
    specification(productSpecCharacteristic=[characteristic("Colour", "red")]),
)


@pytest.mark.parametrize(
    ("role", "code"),
    [
        ("Account", "ORD306"),
        ("Customer", "ORD306"),
        ("Consumer", "ORD305"),
        ("Contact", "ORD310"),
        ("Location", "ORD309"),
        ("Seller", None),
        ("CustomerContact", None),
        ("Place", None),
    ],
)
def test_the_role_says_which_record_a_party_is(role: str, code: str | None) -> None:
    reference = ReferenceData(HeldRecords(*RECORDS))
    customer = party("Consumer", "known")

    known = places(current(customer, party(role, "known")), reference=reference)
    unknown = places(current(customer, party(role, "nobody")), reference=reference)

    assert known == []
    assert unknown == ([(code, f"{PARTY}/1/partyOrPartyRole/id")] if code else [])


@pytest.mark.parametrize("in_roles", [True, False])
@pytest.mark.parametrize(("value", "found"), [(True, []), (False, ["ORD321"]), (None, ["ORD321"]), (..., ["ORD321"])])
def test_an_order_can_switch_the_check_of_its_values_off(in_roles: bool, value: Any, found: list[str]) -> None:  # noqa: FBT001 - parameters of the test
    items = [line(product={"productCharacteristic": [{"name": "Colour", "value": "mauve"}]})]
    members = {"items": items, "disableCharValueValidation": value}
    order = current(**members) if in_roles else product_order(**members)

    reference = ReferenceData(HeldRecords(RECORDS[-1]))

    assert [code for code, _ in places(order, reference=reference)] == found


# The same content in both forms


def in_roles(order: Json) -> Json:
    """The same order in the newer form."""
    parties = [
        {"role": ROLES[each["@referredType"]], "partyOrPartyRole": {"id": each["id"], "@type": "PartyRef"}}
        for each in order["relatedParty"]
    ]
    return {**deepcopy(order), "relatedParty": parties}


@st.composite
def orders(draw: st.DrawFn) -> Json:
    """An order in the older form, with parties of any kind, and some faults that have nothing to do with its form."""
    parties = draw(
        st.lists(
            st.fixed_dictionaries(
                {"id": st.sampled_from(["known", "a", "b"]), "@referredType": st.sampled_from(sorted(ROLES))}
            ),
            min_size=1,
            max_size=5,
        )
    )
    items = [
        line(
            str(n),
            quantity=draw(st.sampled_from([1, 0, 2.5, "x"])),
            action=draw(st.sampled_from(["add", "change", "ad"])),
            product={"place": {"id": draw(st.sampled_from(["known", "z"]))}},
        )
        for n in range(draw(st.integers(1, 3)))
    ]
    return product_order(relatedParty=parties, items=items, orderCurrency=draw(st.sampled_from(["EUR", "€", ...])))


@given(orders())
@settings(max_examples=150)
def test_both_forms_of_one_content_have_the_same_findings_each_at_its_own_place(order: Json) -> None:
    reference = ReferenceData(HeldRecords(*RECORDS))

    older = OrderValidator(lint=True, reference=reference).validate(encoded(order))
    newer = OrderValidator(lint=True, reference=reference).validate(encoded(in_roles(order)))

    assert [each._replace(pointer=each.pointer.replace("/partyOrPartyRole", "")) for each in newer.findings] == (
        older.findings
    )
    assert newer.refused == older.refused


@given(orders())
@settings(max_examples=100)
def test_both_forms_of_one_content_become_the_same_rows(order: Json) -> None:
    order["productOrderItem"] = [{**each, "action": "add", "quantity": 1} for each in order["productOrderItem"]]

    older, current = (PRODUCT_ORDER.to_rows(accepted(), encoded(each), "now") for each in (order, in_roles(order)))
    assert current == older


# Through the store


def test_both_forms_stand_in_one_file_and_are_shown_as_they_were_sent(ordercli: Ordercli) -> None:
    location = party("Location", "l-7", city="Brno", x=[{"y": 1.50}])
    sent = [product_order("OLD-1"), current(party("Account", "c-9"), location, party("Seller"), external_id="NEW-1")]
    (ordercli.folder / "orders.ndjson").write_bytes(b"\n".join(map(encoded, sent)))

    submitted = ordercli("submit", "orders.ndjson", "--async", "-o", "json")
    created = ordercli("queue", "run", "-o", "json")
    shown = [ordercli("show", each["externalId"], "-o", "json").json for each in sent]
    listed = ordercli("list", "--customer", "c-9", "-o", "ndjson").ndjson

    assert (submitted.json["accepted"], submitted.json["rejected"], created.json["completed"]) == (2, 0, 2)
    for document, order in zip(shown, sent, strict=True):
        kept = {name: document[name] for name in order if name != "productOrderItem"}
        assert kept == {name: member for name, member in order.items() if name != "productOrderItem"}
    assert [each["externalId"] for each in listed] == ["NEW-1"]


def test_a_patch_takes_parties_of_either_form(ordercli: Ordercli) -> None:
    (ordercli.folder / "order.json").write_bytes(encoded(product_order("PO-1")))
    ordercli("submit", "order.json")
    for name, parties in {"new": [party("Account", "c-9")], "bad": [party("Contact")], "half": [party(None)]}.items():
        (ordercli.folder / f"{name}.json").write_text(json.dumps({"relatedParty": parties}))

    patched = ordercli("patch", "PO-1", "new.json", "-o", "json")
    bad = ordercli("patch", "PO-1", "bad.json", "-o", "json")
    half = ordercli("patch", "PO-1", "half.json", "-o", "json")

    assert patched.json["relatedParty"] == [party("Account", "c-9")]
    assert [each["externalId"] for each in ordercli("list", "--customer", "c-9", "-o", "ndjson").ndjson] == ["PO-1"]
    assert [(each.exit_code, json.loads(each.stderr)["details"][0]["rule"]) for each in (bad, half)] == [
        (1, "ORD112"),
        (1, "ORD114"),
    ]
