"""`ordercli validate` looks up what orders point at: in files, in the database, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.reference.record_types import PRODUCT_ORDER_TYPES, SERVICE_ORDER_TYPES
from ordercli.resources.common.rules.catalogue import SPECIFICATION_VERSION_MISMATCH
from support.builders import line, ndjson, product_order, write_orders

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


FIBER: Json = {"@type": "ProductOffering", "id": "fiber"}
TYPES = (
    "ProductOffering",
    "ProductSpecification",
    "Product",
    "Customer",
    "Consumer",
    "CustomerContact",
    "DistributionChannel",
    "Place",
    "Currency",
    "ServiceSpecification",
    "Service",
)
CUSTOMER: Json = {"@type": "Customer", "id": "customer-1"}


@pytest.fixture
def orders(ordercli: Ordercli) -> str:
    """An order for something that is in the catalogue, and one for something that is not."""
    return write_orders(
        ordercli.folder / "orders.ndjson", product_order("PO-1"), product_order("PO-2", items=[line(offering="copper")])
    )


def codes(ordercli: Ordercli, *args: str, **env: Any) -> list[tuple[str | None, str]]:
    result = ordercli("validate", *args, "-o", "ndjson", **env)
    assert result.stderr == ""
    return [(each["externalId"], each["code"]) for each in result.ndjson]


UNKNOWN = [("PO-2", "ORD301")]


def test_references_are_looked_up_in_files(ordercli: Ordercli, orders: str) -> None:
    (ordercli.folder / "catalogue.json").write_text(json.dumps(FIBER, indent=2))
    (ordercli.folder / "parties").mkdir()
    write_orders(ordercli.folder / "parties" / "customers.ndjson", CUSTOMER)

    assert codes(ordercli, orders, "--reference", "catalogue.json", "--reference", "parties") == UNKNOWN


def test_references_are_looked_up_in_the_database(ordercli: Ordercli, orders: str) -> None:
    ordercli("reference", "import", write_orders(ordercli.folder / "catalogue.ndjson", FIBER))

    assert codes(ordercli, orders) == UNKNOWN
    assert codes(ordercli, orders, ORDERCLI_VALIDATION_REFERENCE="off") == []


def test_files_are_asked_in_place_of_the_database(ordercli: Ordercli, orders: str) -> None:
    ordercli("reference", "import", write_orders(ordercli.folder / "catalogue.ndjson", FIBER))
    other = write_orders(ordercli.folder / "other.ndjson", {**FIBER, "id": "copper"})

    assert codes(ordercli, orders, "--reference", other) == [("PO-1", "ORD301")]
    assert codes(ordercli, orders, "--reference", other, ORDERCLI_VALIDATION_REFERENCE="off") == [("PO-1", "ORD301")]


def test_without_records_nothing_is_unknown_unless_strict(ordercli: Ordercli, orders: str) -> None:
    missing = str(ordercli.folder / "missing.db")
    strict = codes(ordercli, orders, ORDERCLI_VALIDATION_REFERENCE="strict")

    assert codes(ordercli, orders) == []
    assert codes(ordercli, orders, "--database", missing) == []
    assert {code for _, code in strict} == {"ORD301", "ORD302", "ORD306", "ORD307"}
    assert codes(ordercli, orders, "--database", missing, ORDERCLI_VALIDATION_REFERENCE="strict") == strict


CREATE_BODY = ": this looks like the body of a request to create it; import the answer to that request"


def test_records_that_are_refused_are_reported_first_and_fail(ordercli: Ordercli) -> None:
    good = write_orders(ordercli.folder / "good.ndjson", product_order("PO-1"))
    (ordercli.folder / "records.ndjson").write_bytes(
        ndjson(FIBER, {"@type": "Customer"}, CUSTOMER, {"@type": "Custmer", "id": "1"})
    )

    result = ordercli(
        "validate", good, "--reference", "records.ndjson", "--format", "concise", "--report", "junit=j.xml"
    )

    assert result.stdout.splitlines() == [
        f"records.ndjson:2:1: ORD502 Customer has no id{CREATE_BODY}",
        f"records.ndjson:4:10: ORD501 Unknown record type `Custmer`; @type is one of {', '.join(TYPES)}",
    ]
    missing = "ProductSpecification, Product, Consumer, CustomerContact, DistributionChannel, Place, Currency"
    partly = f"reference rules are partly off: no records are loaded of {missing}\n"
    assert (result.stderr, result.exit_code) == (f"{partly}1 order in 1 file: 2 errors, 0 warnings\n", 1)
    junit = (ordercli.folder / "j.xml").read_text()
    assert '<testsuite name="records.ndjson" tests="4" failures="2"' in junit
    assert '<testsuite name="good.ndjson" tests="1" failures="0"' in junit.replace(f"{ordercli.folder}/", "")


def test_reference_files_that_are_missing_or_break_off_are_bad_input(ordercli: Ordercli, orders: str) -> None:
    (ordercli.folder / "cut.gz").write_bytes(b"\x1f\x8b\x08\x00")

    missing = ordercli("validate", orders, "--reference", "nowhere.json")
    broken = ordercli("validate", orders, "--reference", "cut.gz")

    assert (missing.stdout, missing.stderr, missing.exit_code) == (
        "",
        "error: nowhere.json: No such file or directory\n",
        6,
    )
    assert (broken.stdout, broken.stderr, broken.exit_code) == ("", "error: cut.gz: truncated gzip data\n", 6)


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_which_reference_rules_were_on_is_reported(ordercli: Ordercli, orders: str, jobs: str) -> None:
    records = [{"@type": each, "id": "1"} for each in PRODUCT_ORDER_TYPES]
    everything = write_orders(ordercli.folder / "everything.ndjson", *records)
    parts = write_orders(ordercli.folder / "parts.ndjson", *records[:-2])

    def reported(*options: str, **env: Any) -> tuple[str, list[str]]:
        summary = ordercli("validate", orders, "--jobs", jobs, "-o", "json", *options, **env).json
        return summary["referenceRules"], summary["missingReferenceTypes"]

    def printed(*options: str, **env: Any) -> str:
        return ordercli("validate", orders, "--jobs", jobs, *options, **env).stderr.splitlines()[0]

    missing = [*PRODUCT_ORDER_TYPES]
    nowhere = ("--database", str(ordercli.folder / "none.db"))
    off = {"ORDERCLI_VALIDATION_REFERENCE": "off"}
    assert reported() == reported(*nowhere) == reported(**off) == ("off", missing)
    assert reported("--reference", parts) == ("partial", missing[-2:])
    assert reported("--reference", everything) == ("on", [])
    how = "`ordercli reference import --help` tells how to load it"
    assert printed() == f"reference rules are off: no reference data is loaded; {how}"
    assert printed(**off) == "reference rules are off: the setting validation.reference is off"
    partly = "reference rules are partly off: no records are loaded of "
    assert printed("--reference", parts) == f"{partly}{missing[-2]}, {missing[-1]}"
    assert printed("--reference", everything).startswith("2 orders in 1 file")
    assert ordercli("validate", orders, "-q").stderr == ""
    assert not (ordercli.folder / "none.db").exists()


def test_submit_tells_it_in_its_summary_and_people_once(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "orders.ndjson", product_order("PO-1"), product_order("PO-2"))

    quiet = ordercli("submit", path, "--dry-run", "-o", "json")
    verbose = ordercli("submit", path, "--dry-run", "-v")

    assert (quiet.json["referenceRules"], quiet.json["missingReferenceTypes"]) == ("off", [*PRODUCT_ORDER_TYPES])
    assert quiet.stderr == ""
    assert verbose.stderr.count("reference rules are off: no reference data is loaded") == 1


def test_types_of_service_orders_are_missed_where_service_orders_are_wanted_or_records_of_them_loaded(
    ordercli: Ordercli, orders: str
) -> None:
    def missing(*types: str, options: tuple[str, ...] = ()) -> list[str]:
        records = [{"@type": each, "id": "1"} for each in types]
        path = write_orders(ordercli.folder / "records.ndjson", *records)
        found: list[str] = ordercli("validate", orders, "--reference", path, "-o", "json", *options).json[
            "missingReferenceTypes"
        ]
        return found

    services = ("--resource", "serviceOrder")
    assert missing(*PRODUCT_ORDER_TYPES) == []
    assert missing(*PRODUCT_ORDER_TYPES, "Service") == ["ServiceSpecification"]
    assert missing("ServiceSpecification") == [*PRODUCT_ORDER_TYPES, "Service"]
    assert missing(*SERVICE_ORDER_TYPES, options=services) == []
    assert missing("Customer", options=services) == [each for each in SERVICE_ORDER_TYPES if each != "Customer"]
    assert "Service" not in missing("Product", options=services)
    assert missing(*PRODUCT_ORDER_TYPES, "Service", options=("--resource", "productOrder")) == []


def test_records_of_services_that_lack_what_a_rule_needs_are_counted(ordercli: Ordercli) -> None:
    lines: list[Json] = [
        {"@type": "ServiceSpecification", "id": "1"},
        {"@type": "ServiceSpecification", "id": "2", "specCharacteristic": [{"name": "Speed"}]},
        {"@type": "Service", "id": "3"},
        {"@type": "ServiceCandidate", "id": "4"},
    ]
    (ordercli.folder / "tmf633.json").write_text(json.dumps([{"id": "5", "specCharacteristic": []}]))
    (ordercli.folder / "tmf638.json").write_text(json.dumps([{"id": "6", "state": "active"}]))

    loaded = ordercli("reference", "import", "-", "-o", "json", stdin=ndjson(*lines)).json
    by_members = ordercli("reference", "import", "tmf633.json", "-o", "json").json
    by_type = ordercli("reference", "import", "tmf638.json", "--type", "Service", "-o", "json").json

    lacking = {(each["type"], each["lacks"]): (each["count"], each["rules"]) for each in loaded["limited"]}
    assert lacking == {
        ("ServiceSpecification", "characteristics"): (1, ["ORD320", "ORD321"]),
        ("ServiceSpecification", "values of some characteristics"): (1, ["ORD321"]),
        ("Service", "a state"): (1, ["ORD304"]),
        ("Service", "a specification"): (1, [SPECIFICATION_VERSION_MISMATCH.code]),
    }
    assert [each["inserted"] for each in (loaded, by_members, by_type)] == [3, 1, 1]
    assert loaded["skipped"] == {"ServiceCandidate": 1}
    assert [each["id"] for each in ordercli("reference", "list", "Service", "-o", "ndjson").ndjson] == ["3", "6"]
    assert ordercli("reference", "show", "ServiceSpecification", "5", "-o", "json").json["id"] == "5"
