from __future__ import annotations

import pytest

from ordercli.intake.record import Problem
from ordercli.operations.import_reference import Checked, Skipped, check_record
from ordercli.reference.records import (
    Customer,
    Product,
    ProductOffering,
    ProductSpecification,
    Ref,
    Service,
    ServiceSpecification,
)
from ordercli.rulebook.rule import Applicability, Finding
from support.builders import Json, encoded, record

TYPES = (
    "ProductOffering, ProductSpecification, Product, Customer, Consumer, CustomerContact, DistributionChannel, Place,"
    " Currency, ServiceSpecification, Service"
)
NO_TYPE = "@type is missing, and neither href nor members show it: add it, or use `reference import --type TYPE`"
CREATE_BODY = ": this looks like the body of a request to create it; import the answer to that request"


@pytest.mark.parametrize(
    ("document", "code", "pointer", "message", "suggestion"),
    [
        ({"id": "1"}, "ORD501", "/@type", f"{NO_TYPE}; @type is one of {TYPES}", None),
        ({"id": "1", "@type": None}, "ORD501", "/@type", f"{NO_TYPE}; @type is one of {TYPES}", None),
        (
            {"id": "1", "@type": "Custommer"},
            "ORD501",
            "/@type",
            f"Unknown record type `Custommer`; @type is one of {TYPES}",
            "Customer",
        ),
        ({"id": "1", "@type": 1}, "ORD120", "/@type", "Invalid payload: @type must be a string", None),
        ({"@type": "Customer"}, "ORD502", "/id", f"Customer has no id{CREATE_BODY}", None),
        ({"@type": "Customer", "id": None}, "ORD502", "/id", f"Customer has no id{CREATE_BODY}", None),
        ({"@type": "Customer", "id": ""}, "ORD502", "/id", "Customer has no id", None),
        ({"@type": "Customer", "id": " \t"}, "ORD502", "/id", "Customer has no id", None),
        ({"@type": "Customer", "id": 7}, "ORD120", "/id", "Invalid payload: id must be a string", None),
        (
            {"@type": "Product", "id": "1", "quantity": "1"},
            "ORD120",
            "/quantity",
            "Invalid payload: quantity must be a number",
            None,
        ),
        (
            {"@type": "Product", "id": "1", "productSpecification": "access"},
            "ORD120",
            "/productSpecification",
            "Invalid payload: productSpecification must be an object",
            None,
        ),
        (
            {
                "@type": "ProductSpecification",
                "id": "1",
                "productSpecCharacteristic": [
                    {"name": "a/b~c", "productSpecCharRelationship": [{"name": "d"}]},
                    {"name": "d", "productSpecCharRelationship": [{"name": "a/b~c"}]},
                ],
            },
            "ORD505",
            "/productSpecCharacteristic/1/productSpecCharRelationship/0/name",
            "Cyclic characteristics: a/b~c -> d -> a/b~c",
            None,
        ),
        ([], "ORD008", "", "Not an object: an order is a JSON object, not an array", None),
        ({}, "ORD101", "", "Invalid payload: Request body missing", None),
    ],
)
def test_a_bad_record_is_refused(document: Json, code: str, pointer: str, message: str, suggestion: str | None) -> None:
    near: Applicability | None = "maybe" if suggestion else None  # Customer and CustomerContact
    assert check_record(record(document)) == [Finding(code, "error", pointer, message, suggestion, applicability=near)]


def test_all_that_is_wrong_in_a_record_is_reported() -> None:
    document = {"@type": "Product", "status": 1, "productSpecification": {"id": 2}}

    found = check_record(record(document))

    assert isinstance(found, list)
    assert [(each.code, each.pointer) for each in found] == [
        ("ORD502", "/id"),
        ("ORD120", "/status"),
        ("ORD120", "/productSpecification/id"),
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'{"@type": "Customer", "id": "1"', "ORD001"),
        (b'{"@type": "Customer", "id": "1"} {}', "ORD002"),
        (b'{"@type": "Customer", "id": "1", "name": "Caf\xe9"}', "ORD005"),
        (b'{"@type": "Customer", "id": "1", "x": ' + b"[" * 65 + b"]" * 65 + b"}", "ORD007"),
        (b'{"@type": "Customer", "id": "1", "name": "\\ud800"}', "ORD001"),
    ],
)
def test_what_is_no_json_document_is_refused_as_an_order_is(data: bytes, code: str) -> None:
    found = check_record(record(data))

    assert isinstance(found, list)
    assert [each.code for each in found] == [code]


def test_a_document_that_could_not_be_cut_out_is_refused() -> None:
    broken = record(b'{"@type"')._replace(problem=Problem("too-large", "longer than 10 bytes", 1, 1))

    assert check_record(broken) == [Finding("ORD007", "error", "", "Too large: longer than 10 bytes", line=1, column=1)]


@pytest.mark.parametrize("start", [" x", "x"])
def test_nulls_and_members_that_no_rule_uses_are_no_fault(start: str) -> None:
    document = {
        "name": [start],
        "quantity": 1.5,
        "status": None,
        "productSpecification": {"id": "access", "version": None, "name": 1},
        "externalId": "INV-1",
        "id": "1",
        "@type": "Product",
    }

    found = check_record(record(document))

    assert found == Checked(Product("1", "INV-1", quantity=1.5, product_specification=Ref("access")), encoded(document))


def test_numbers_of_any_size_are_read() -> None:
    document = encoded({"@type": "Customer", "id": "1", "credit": 10**400})

    assert check_record(record(document)) == Checked(Customer("1"), document)


def test_a_subtype_is_taken_by_its_base_type_and_kept_as_it_came() -> None:
    document = encoded({"@type": "CompositeProductSpecification", "@baseType": "ProductSpecification", "id": "1"})

    assert check_record(record(document)) == Checked(ProductSpecification("1"), document)


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"href": "https://host/catalog/v4/productOffering/1"}, ProductOffering),
        ({"href": "/productspecification/1/?fields=id"}, ProductSpecification),
        ({"productSpecCharacteristic": []}, ProductSpecification),
        ({"isSellable": True, "href": "/productOffering/1"}, ProductOffering),
        ({"productSerialNumber": "7"}, Product),
        ({"bundledGroupProductOffering": []}, ProductOffering),
        ({"specCharacteristic": []}, ServiceSpecification),
        ({"href": "/serviceInventory/v5/service/1", "serviceCharacteristic": []}, Service),
    ],
)
def test_without_a_type_href_and_members_tell_it(members: Json, kind: type[ProductOffering]) -> None:
    document = encoded({"id": "1", **members})

    found = check_record(record(document))

    assert isinstance(found, Checked)
    assert type(found.record) is kind
    assert found.body == b'{"@type":"' + kind.__name__.encode() + b'",' + document[1:]


@pytest.mark.parametrize(
    "members",
    [
        {"name": "x"},
        {"href": "1"},
        {"href": 7},
        {"href": "/something/1"},
        {"href": "/productOffering/1", "productSpecCharacteristic": []},
        {"isSellable": True, "productCharacteristic": []},
        {"@baseType": "ProductOffering"},
    ],
)
def test_what_is_not_told_without_doubt_needs_the_option(members: Json) -> None:
    document = encoded({"id": "1", **members})

    refused, taken = check_record(record(document)), check_record(record(document), "ProductOffering")

    assert isinstance(refused, list)
    assert [each.code for each in refused] == ["ORD501"]
    assert isinstance(taken, Checked)
    assert type(taken.record) is ProductOffering


def test_the_option_is_for_records_without_a_type_alone() -> None:
    found = check_record(record({"@type": "Custommer", "id": "1"}), "ProductOffering")

    assert isinstance(found, list)
    assert [(each.code, each.suggestion) for each in found] == [("ORD501", "Customer")]


def test_a_type_that_is_null_is_replaced() -> None:
    found = check_record(record(b'{"@type":null,"id":"1","price":1.10}'), "ProductOffering")

    assert found == Checked(ProductOffering("1"), b'{"@type":"ProductOffering","id":"1","price":1.10}')


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"@type": "ProductOfferingPrice"}, "ProductOfferingPrice"),
        ({"@type": "Individual", "id": None}, "Individual"),
        ({"@type": "BundledProdOfferPrice", "@baseType": "ProductOfferingPrice"}, "ProductOfferingPrice"),
        ({"href": "/catalog/category/1"}, "Category"),
    ],
)
def test_what_no_rule_uses_is_skipped(members: Json, kind: str) -> None:
    assert check_record(record({"id": "1", **members})) == Skipped(kind)
