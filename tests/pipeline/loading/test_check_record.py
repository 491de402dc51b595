from __future__ import annotations

import pytest

from builders import Json, encoded, record
from ordercli.intake.record import Problem
from ordercli.pipeline.loading.check_record import check_record
from ordercli.reference.records import Customer, Product, Ref
from ordercli.validation.finding import Finding

TYPES = (
    "ProductOffering, ProductSpecification, Product, Customer, Consumer, CustomerContact, DistributionChannel, Place,"
    " Currency"
)


@pytest.mark.parametrize(
    ("document", "code", "pointer", "message", "suggestion"),
    [
        ({"id": "1"}, "ORD501", "/@type", f"@type is missing; @type is one of {TYPES}", None),
        ({"id": "1", "@type": None}, "ORD501", "/@type", f"@type is missing; @type is one of {TYPES}", None),
        (
            {"id": "1", "@type": "Custommer"},
            "ORD501",
            "/@type",
            f"Unknown record type `Custommer`; @type is one of {TYPES}",
            "Customer",
        ),
        ({"id": "1", "@type": 1}, "ORD120", "/@type", "Invalid payload: @type must be a string", None),
        ({"@type": "Customer"}, "ORD502", "/id", "Customer has no id", None),
        ({"@type": "Customer", "id": None}, "ORD502", "/id", "Customer has no id", None),
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
    assert check_record(record(document)) == [Finding(code, "error", pointer, message, suggestion)]


def test_all_that_is_wrong_in_a_record_is_told() -> None:
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

    assert found == Product("1", "INV-1", None, 1.5, Ref("access"))


def test_numbers_of_any_size_are_read() -> None:
    document = encoded({"@type": "Customer", "id": "1", "credit": 10**400})

    assert check_record(record(document)) == Customer("1")
