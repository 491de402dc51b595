from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ordercli.reference.lookup import ReferenceData
from ordercli.reference.memory import HeldRecords
from ordercli.resources.all_rules import error_body, rule_of
from ordercli.resources.product_order.examples import example_document, example_options
from ordercli.resources.validator import OrderValidator
from support.builders import encoded, line, product_order
from support.records import characteristic, currency, customer, offering, product, specification
from validation.findings import places, short_findings

if TYPE_CHECKING:
    from support.builders import Json

CATALOGUE = (offering(externalId="OFF-1", version="v1", internalVersion="1"), specification(externalId="SPEC-1"))
LINE = "/productOrderItem/0"


def asking(*records: Json, strict: bool = False) -> dict[str, Any]:
    """A book that asks these records."""
    return {"reference": ReferenceData(HeldRecords(*records), strict=strict)}


def changing(action: str = "change", name: str = "inventory-1", **members: Any) -> Json:
    """An order whose one line acts on a product."""
    return product_order(items=[line(action=action, product={"id": name}, **members)])


@pytest.mark.parametrize("name", ["fiber", "OFF-1"])
@pytest.mark.parametrize("versions", [{}, {"version": "v1"}, {"internalVersion": "1", "version": "v1"}])
def test_an_offering_is_known_by_either_id_and_its_versions(name: str, versions: Json) -> None:
    order = product_order(items=[line(productOffering={"id": name, **versions})])

    assert short_findings(order, **asking(*CATALOGUE)) == []


@pytest.mark.parametrize(
    ("reference", "member"),
    [
        ({"id": "nothing"}, "id"),
        ({"id": "fiber", "version": "v2"}, "version"),
        ({"id": "OFF-1", "internalVersion": "2", "version": "v2"}, "internalVersion"),
    ],
)
def test_an_unknown_offering_is_reported_alone(reference: Json, member: str) -> None:
    order = product_order(items=[line("1"), line("2", specification="SPEC-1", productOffering=reference)])

    assert short_findings(order, **asking(*CATALOGUE)) == [
        (
            "ORD301",
            f"/productOrderItem/1/productOffering/{member}",
            "Invalid payload: Product offering does not exist",
        )
    ]


@pytest.mark.parametrize(
    ("reference", "member"), [({"id": "nothing"}, "id"), ({"id": "access", "version": "v7"}, "version")]
)
def test_an_unknown_specification_is_reported_alone(reference: Json, member: str) -> None:
    records = [offering(), specification("access", version="v1", productSpecCharacteristic=[])]
    product_members = {"productSpecification": reference, "productCharacteristic": [{"name": "Colour", "value": "x"}]}
    order = product_order(items=[line(product=product_members)])

    assert short_findings(order, **asking(*records)) == [
        (
            "ORD302",
            f"{LINE}/product/productSpecification/{member}",
            "Invalid payload: Product specification does not exist",
        )
    ]


def test_the_nearest_record_is_suggested_to_be_confirmed() -> None:
    named: Json = {"productOffering": {"id": "fibre"}, "product": {"productSpecification": {"id": "OFF-1"}}}
    validator = OrderValidator(**asking(offering(externalId="OFF-1"), specification("SPEC-10"), specification("off-2")))
    first = validator.validate(encoded(product_order(items=[line(**named)])))
    named["product"] = {"productSpecification": {"id": "SPEC-1"}}
    second = validator.validate(encoded(product_order(items=[line(**named)])))

    assert [(each.code, each.named, each.suggestion, each.applicability) for each in first.findings] == [
        ("ORD301", "fibre", "fiber", "maybe"),
        ("ORD302", "OFF-1", None, None),
    ]
    assert [each.suggestion for each in second.findings] == ["fiber", "SPEC-10"]


def test_an_unknown_version_suggests_nothing() -> None:
    order = product_order(items=[line(productOffering={"id": "fiber", "version": "v2"})])
    found = OrderValidator(**asking(*CATALOGUE)).validate(encoded(order)).findings

    assert [(each.named, each.suggestion) for each in found if each.code == "ORD301"] == [("fiber version v2", None)]


@pytest.mark.parametrize("action", ["add", "change", "delete", "no-change", "resume", "suspend"])
def test_an_unknown_product_is_reported_for_every_action(action: str) -> None:
    order = changing(action, "nothing", quantity=5)

    assert short_findings(order, **asking(product())) == [
        ("ORD303", f"{LINE}/product/id", "Invalid payload: Product Inventory does not exist")
    ]


@pytest.mark.parametrize(
    ("ordered", "in_stock", "refused"),
    [(3, 2, True), (2, 2, False), (2.0, 2, False), (0.3, 0.3, False), (2.5, 2.25, True), (9, None, False)],
)
def test_a_change_of_more_than_there_is_is_refused(ordered: float, in_stock: float | None, *, refused: bool) -> None:
    order = changing(quantity=ordered)

    found = short_findings(order, **asking(product(quantity=in_stock)))

    message = "Invalid payload: Product Inventory does not exist"
    assert found == ([("ORD303", f"{LINE}/quantity", message)] if refused else [])


@pytest.mark.parametrize("action", ["add", "delete", "no-change", "suspend"])
def test_only_a_change_is_limited_by_the_quantity_on_record(action: str) -> None:
    assert short_findings(changing(action, quantity=3), **asking(product(quantity=2))) == []


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ("active", ["resume"]),
        ("suspended", ["change", "suspend"]),
        ("terminated", ["change", "delete", "resume", "suspend"]),
        (None, []),
    ],
)
def test_the_status_of_a_product_says_what_can_be_done_with_it(status: str | None, refused: list[str]) -> None:
    actions = ("add", "change", "delete", "no-change", "resume", "suspend")

    found = {action: short_findings(changing(action), **asking(product(status=status))) for action in actions}

    finding = ("ORD304", f"{LINE}/product/id", "Invalid payload: Sold Product is inactive")
    assert found == {action: [finding] if action in refused else [] for action in actions}


def test_a_blank_product_id_is_missing_and_not_unknown() -> None:
    assert places(changing(name="  "), **asking(product())) == [("ORD110", f"{LINE}/product/id")]


@pytest.mark.parametrize(
    ("kind", "code", "message"),
    [
        ("Consumer", "ORD305", "Invalid payload: Consumer does not exist"),
        ("Customer", "ORD306", "Invalid payload: Customer Account does not exist"),
        ("CustomerContact", "ORD310", "Customer contact nobody does not exist"),
    ],
)
def test_an_unknown_party_is_reported_by_its_type(kind: str, code: str, message: str) -> None:
    known = [{"@type": each, "id": "somebody"} for each in ("Consumer", "Customer", "CustomerContact")]
    parties = [
        {"id": "somebody", "@referredType": "Customer"},
        {"id": "somebody", "@referredType": kind},
        {"id": "nobody", "@referredType": kind},
    ]

    found = short_findings(product_order(relatedParty=parties), **asking(*known))

    assert found == [(code, "/relatedParty/2/id", message)]


@pytest.mark.parametrize(
    ("members", "pointer"),
    [
        ({"orderCurrency": "HRK"}, "/orderCurrency"),
        ({"orderCurrency": ..., "currencyCode": "HRK"}, "/currencyCode"),
        ({"orderCurrency": "XXX"}, "/orderCurrency"),
        ({"orderCurrency": ...}, "/orderCurrency"),
    ],
)
def test_an_inactive_or_unknown_currency_is_reported_where_it_stands(members: Json, pointer: str) -> None:
    book = asking(currency("EUR"), currency("HRK", "inactive"), currency("DEM", "retired"))
    code = members.get("orderCurrency", "HRK")
    code = "DEM" if code is ... and "currencyCode" not in members else members.get("currencyCode", code)

    found = short_findings(product_order(**members), ignore=["ORD902"], default_currency="DEM", **book)

    assert found == [("ORD307", pointer, f"Inactive Currency Code: {code}")]


@pytest.mark.parametrize("status", ["active", None])
def test_a_currency_that_is_not_said_to_be_inactive_is_fine(status: str | None) -> None:
    assert short_findings(product_order(), **asking(currency("EUR", status))) == []


def test_a_malformed_currency_is_not_looked_up() -> None:
    assert places(product_order(orderCurrency="euro"), **asking(currency())) == [("ORD124", "/orderCurrency")]


def test_an_unknown_channel_is_reported() -> None:
    order = product_order(channel=[{"id": "web"}, {"id": "telex"}])

    assert short_findings(order, **asking({"@type": "DistributionChannel", "id": "1", "externalId": "web"})) == [
        ("ORD308", "/channel/1/id", "Distribution channel telex does not exist")
    ]


@pytest.mark.parametrize(
    ("profile", "place", "pointer"),
    [
        ("servicenow", {"id": "nowhere"}, "/id"),
        ("tmf622", [{"id": "here", "role": "site"}, {"role": "x"}, {"id": "nowhere", "role": "site"}], "/2/id"),
    ],
)
def test_an_unknown_place_is_reported(profile: str, place: Any, pointer: str) -> None:
    order = product_order(items=[line(product={"place": place})])

    assert short_findings(order, profile=profile, **asking({"@type": "Place", "id": "here"})) == [
        ("ORD309", f"{LINE}/product/place{pointer}", "Place nowhere does not exist")
    ]


def test_a_specification_that_the_offering_does_not_contain_is_reported() -> None:
    order = product_order(items=[line("1"), line("2", specification="tv")])

    assert short_findings(order, **asking(*CATALOGUE, specification("tv"))) == [
        (
            "ORD311",
            "/productOrderItem/1/product/productSpecification/id",
            "Product specification tv is not part of product offering fiber",
        )
    ]


@pytest.mark.parametrize(
    ("named", "installed", "member"),
    [
        ({"version": "v2"}, {"version": "v1"}, "version"),
        ({"internalVersion": "2"}, {"internalVersion": "1", "version": "v1"}, "internalVersion"),
        ({"internalVersion": "1", "version": "v2"}, {"internalVersion": "1", "version": "v1"}, None),
        ({"internalVersion": "2", "version": "v1"}, {"version": "v1"}, None),
        ({"version": "v2"}, {}, None),
        ({}, {"version": "v1"}, None),
    ],
)
@pytest.mark.parametrize("action", ["change", "suspend"])
def test_a_change_to_another_version_than_is_installed_is_reported(
    named: Json, installed: Json, member: str | None, action: str
) -> None:
    sold = product(productSpecification={"id": "access", **installed})
    item = line(action=action, product={"id": "inventory-1", "productSpecification": {"id": "access", **named}})

    found = short_findings(product_order(items=[item]), **asking(sold))

    given, known = named.get(member or ""), installed.get(member or "")
    message = f"Specification version {given} differs from version {known} of the product inventory"
    reported = ("ORD312", f"{LINE}/product/productSpecification/{member}", message)
    assert found == ([reported] if member and action == "change" else [])


def related(parent: str = "access", child: str = "router") -> Json:
    """An order with a line below another."""
    return product_order(
        items=[
            line("1", specification=parent, productOrderItemRelationship=[{"id": "2", "relationshipType": "HasChild"}]),
            line("2", specification=child, productOrderItemRelationship=[{"id": "1", "relationshipType": "HasParent"}]),
        ]
    )


@pytest.mark.parametrize(
    "catalogue",
    [
        [specification("access", children=["router"]), specification("router")],
        [specification("access", children=["ROUTER"]), specification("router", externalId="ROUTER")],
        [specification("access", externalId="ACCESS"), specification("router", parents=["ACCESS"])],
        [specification("access"), specification("router")],
        [specification("access", children=["router"])],
    ],
)
def test_a_line_may_stand_below_one_whose_specification_is_related_or_unrelated_in_an_unrelated_catalogue(
    catalogue: list[Json],
) -> None:
    assert short_findings(related(), ignore=["ORD302"], **asking(*catalogue)) == []


@pytest.mark.parametrize(
    "catalogue",
    [
        [specification("access"), specification("router", children=["access"])],
        [specification("access", parents=["router"]), specification("router")],
        [
            specification("access", children=["box"]),
            specification("box", children=["router"]),
            specification("router"),
        ],
    ],
)
def test_a_line_below_one_whose_specification_is_not_related_is_reported(catalogue: list[Json]) -> None:
    assert short_findings(related(), **asking(*catalogue)) == [
        (
            "ORD313",
            "/productOrderItem/1/product/productSpecification/id",
            "Product specification router is not part of access, the specification of the parent line item",
        )
    ]


def test_a_line_that_is_its_own_parent_is_no_stranger_to_itself() -> None:
    order = product_order(items=[line("1", productOrderItemRelationship=[{"id": "1", "relationshipType": "HasChild"}])])

    found = places(order, **asking(specification("access", children=["router"]), specification("router")))

    assert found == [("ORD204", f"{LINE}/productOrderItemRelationship")]


def described(*characteristics: Json) -> Json:
    return product_order(items=[line(), line("2", product={"productCharacteristic": list(characteristics)})])


def test_an_unknown_characteristic_and_an_invalid_value_are_remarked() -> None:
    catalogue = specification(productSpecCharacteristic=[characteristic("Colour", "white", "black")])
    order = described(
        {"name": "Colour", "value": "black"},
        {"name": "Colour", "value": ["mauve", 1]},
        {"name": "Flavour", "value": "mint"},
        {"name": "Colour"},
        {"value": "white"},
    )

    found = short_findings(order, **asking(catalogue))

    place = "/productOrderItem/1/product/productCharacteristic"
    assert found == [
        (
            "ORD320",
            f"{place}/2/name",
            (
                "The following Order Item characteristics does not exist: Review specification Flavour and correct the"
                " characteristic and characteristic option in the order line item prior to approving the order."
            ),
        ),
        (
            "ORD321",
            f"{place}/1/value",
            (
                'Order Item characteristic: Colour with characteristic value: ["mauve",1] is invalid. Correct the'
                " characteristic values before approving the order."
            ),
        ),
    ]


@pytest.mark.parametrize(
    ("members", "codes"),
    [({}, []), ({"productSpecCharacteristic": None}, []), ({"productSpecCharacteristic": []}, ["ORD320"])],
)
def test_a_record_that_says_nothing_of_characteristics_is_not_asked(members: Json, codes: list[str]) -> None:
    order = described({"name": "Colour", "value": "white"})

    assert [code for code, _, _ in short_findings(order, **asking(specification(**members)))] == codes


@pytest.mark.parametrize(
    ("record", "codes"),
    [
        (customer("other"), ["ORD306"]),
        (offering("other"), ["ORD301"]),
        (specification("other"), ["ORD302"]),
        (product("other"), ["ORD303"]),
        (currency("USD"), ["ORD307"]),
        ({"@type": "Place", "id": "other"}, ["ORD309"]),
        ({"@type": "DistributionChannel", "id": "other"}, ["ORD308"]),
        ({"@type": "Consumer", "id": "other"}, []),
    ],
)
def test_a_rule_runs_as_soon_as_there_is_a_record_of_its_type(record: Json, codes: list[str]) -> None:
    item = line(product={"id": "inventory-1", "place": {"id": "site"}})
    order = product_order(items=[item], channel=[{"id": "web"}])

    assert [code for code, _, _ in short_findings(order, **asking(record))] == codes


def test_strictly_all_rules_run_and_none_without_reference_data() -> None:
    item = line(product={"id": "inventory-1", "place": {"id": "site"}})
    order = product_order(items=[item], channel=[{"id": "web"}])

    strictly = [code for code, _, _ in short_findings(order, **asking(strict=True))]

    assert strictly == ["ORD308", "ORD301", "ORD302", "ORD303", "ORD309", "ORD306", "ORD307"]
    assert short_findings(order) == []


@pytest.mark.parametrize("profile", ["servicenow", "tmf622"])
def test_an_order_in_pieces_is_validated_as_far_as_it_goes(profile: str) -> None:
    order = {
        "productOrderItem": [
            {"id": "1", "productOffering": {"id": 5}, "product": {"id": "nothing", "place": "here"}},
            {"id": "2", "action": "add", "product": None, "productOffering": {"id": "nothing"}},
            7,
        ],
        "channel": [{}, {"id": "telex"}],
        "relatedParty": [{"@referredType": "Customer"}, {"id": "nobody", "@referredType": "Customer"}],
        "orderCurrency": 1,
    }

    found = places(order, profile=profile, select=["ORD3"], **asking(strict=True))

    assert found == [
        ("ORD308", "/channel/1/id"),
        ("ORD303", "/productOrderItem/0/product/id"),
        ("ORD301", "/productOrderItem/1/productOffering/id"),
        ("ORD306", "/relatedParty/1/id"),
    ]


def test_nested_lines_of_the_standard_are_looked_up_too() -> None:
    inner = {"id": "2", "action": "modify", "product": {"id": "nothing"}, "productOffering": {"id": "nothing"}}
    order = {"productOrderItem": [{"id": "1", "action": "add", "productOrderItem": [inner]}]}

    found = places(order, profile="tmf622", **asking(offering(), product()))

    assert found == [
        ("ORD301", "/productOrderItem/0/productOrderItem/0/productOffering/id"),
        ("ORD303", "/productOrderItem/0/productOrderItem/0/product/id"),
    ]


@pytest.mark.parametrize(
    ("code", "named"),
    [
        ("ORD301", "home-fibre-9000"),
        ("ORD302", "fibre-access version 7"),
        ("ORD303", "inventory-1"),
        ("ORD304", "inventory-4712"),
        ("ORD305", "consumer-1"),
        ("ORD306", "customer-1"),
    ],
)
def test_a_finding_whose_message_is_fixed_names_the_id_in_question(code: str, named: str) -> None:
    rule = rule_of(code)
    assert rule.bad is not None

    findings = OrderValidator(**example_options(rule)).validate(example_document(rule.bad)).findings

    (found,) = [finding for finding in findings if finding.code == code]
    assert (found.named, error_body([found])["details"][0]["value"]) == (named, named)
