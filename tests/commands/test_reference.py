from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.clock import timestamp_now
from ordercli.reference.record_types import RECORD_TYPES
from support.builders import encoded, line, ndjson, product_order, write_orders
from support.records import characteristic, currency, customer, offering, product, specification

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine


RECORDS = [
    specification("access", externalId="ACCESS", productSpecCharacteristic=[]),
    offering("fiber", "ACCESS"),
    customer("c-2", externalId="ACC-2"),
    customer("c-1"),
    currency(),
]


CREATE_BODY = ": this looks like the body of a request to create it; import the answer to that request"
EXPORT = Path(__file__).parents[1] / "data" / "payloads" / "catalogue-export.ndjson"


def write(folder: Path, *records: Json | bytes, name: str = "reference.ndjson") -> str:
    path = folder / name
    path.write_bytes(ndjson(*records))
    return str(path)


def summary(inserted: int = 0, updated: int = 0, unchanged: int = 0, refused: int = 0) -> Json:
    return {
        "read": inserted + updated + unchanged + refused,
        "inserted": inserted,
        "updated": updated,
        "unchanged": unchanged,
        "refused": refused,
        "skipped": {},
        "limited": [],
        "exitCode": 1 if refused else 0,
    }


def test_an_import_says_nothing_when_all_goes_in(ordercli: Ordercli, tmp_path: Path) -> None:
    result = ordercli("reference", "import", write(tmp_path, *RECORDS))

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


def test_an_import_is_counted_and_the_second_one_changes_nothing(ordercli: Ordercli, tmp_path: Path) -> None:
    path = write(tmp_path, *RECORDS)

    runs = [ordercli("reference", "import", path, "-o", "json").json for _ in range(2)]

    assert all(run.pop("elapsedSeconds") >= 0 for run in runs)
    assert runs == [summary(inserted=5), summary(unchanged=5)]


@pytest.mark.parametrize("form", ["array", "gzip", "pretty", "standard input"])
def test_records_come_in_any_form(ordercli: Ordercli, tmp_path: Path, form: str) -> None:
    lines = ndjson(*RECORDS)
    content = {
        "array": b"[" + b",\n".join(lines.splitlines()) + b"]",
        "gzip": gzip.compress(lines),
        "pretty": b"\n".join(json.dumps(each, indent=2).encode() for each in RECORDS),
        "standard input": lines,
    }[form]
    path = tmp_path / "records"
    path.write_bytes(content)

    if form == "standard input":
        ordercli("reference", "import", "-", stdin=content)
    else:
        ordercli("reference", "import", str(path))

    assert ordercli("reference", "export").stdout.encode() == lines


def test_refused_records_are_named_one_by_one_with_their_place_and_the_rest_goes_in(
    ordercli: Ordercli, tmp_path: Path
) -> None:
    path = write(
        tmp_path,
        {"@type": "Customer", "name": "Gro\u00dfmann"},
        {"@type": "Custommer", "id": "1"},
        customer("c-1", status=1),
        product("p-1", quantity="2", productSpecification=[]),
        offering("fiber", "nothing"),
        specification(
            productSpecCharacteristic=[
                characteristic("a/b", productSpecCharRelationship=[{"name": "ü"}]),
                characteristic("ü", productSpecCharRelationship=[{"name": "a/b"}]),
            ]
        ),
        b'{"@type": "Customer", "id"',
        currency("EUR"),
        currency("EUR", "inactive"),
        currency("USD"),
    )

    result = ordercli("reference", "import", path)

    types = ", ".join(RECORD_TYPES)
    assert re.sub(r"(?m)\d+\.\d s$", "0.0 s", result.stderr.rstrip()).splitlines() == [
        f"{path}:1:1: ORD502 Customer has no id{CREATE_BODY}",
        f"{path}:2:10: ORD501 Unknown record type `Custommer`; @type is one of {types} (did you mean Customer?)",
        f"{path}:4:60: ORD120 Invalid payload: quantity must be a number",
        f"{path}:4:87: ORD120 Invalid payload: productSpecification must be an object",
        f"{path}:6:297: ORD505 Cyclic characteristics: a/b -> ü -> a/b",
        f"{path}:7:27: ORD001 Not JSON: unexpected end of data",
        f"{path}:9:26: ORD503 Currency EUR stands in this import already, with other content ({path}:8)",
        f"{path}:5:70: ORD504 ProductSpecification nothing does not exist",
        "10 records read: 3 inserted, 0 updated, 0 unchanged, 7 refused in 0.0 s",
        f"  repair and send again: ordercli reference import {path}.rejects.ndjson",
    ]
    assert result.exit_code == 1
    assert ordercli("reference", "export").stdout.encode() == ndjson(
        customer("c-1", status=1), currency("EUR"), currency("USD")
    )


def test_refused_records_are_objects_for_programs(ordercli: Ordercli, tmp_path: Path) -> None:
    path = write(tmp_path, {"@type": "Custommer", "id": "1"})

    result = ordercli("reference", "import", path, "-o", "json")

    [reported, summed_up] = result.stderr.splitlines()
    assert json.loads(summed_up)["message"].startswith("1 record read: 0 inserted")
    assert json.loads(reported) == {
        "file": path,
        "line": 1,
        "column": 10,
        "endLine": 1,
        "endColumn": 21,
        "record": 1,
        "externalId": None,
        "pointer": "/@type",
        "code": "ORD501",
        "name": "unknown-record-type",
        "severity": "error",
        "message": f"Unknown record type `Custommer`; @type is one of {', '.join(RECORD_TYPES)}",
        "suggestion": "Customer",
        "applicability": "maybe",
    }


def test_an_input_that_breaks_off_loads_nothing(ordercli: Ordercli, tmp_path: Path) -> None:
    path = tmp_path / "broken.ndjson.gz"
    path.write_bytes(gzip.compress(ndjson(*RECORDS))[:-4])

    result = ordercli("reference", "import", str(path))

    assert (result.exit_code, result.stderr) == (6, f"error: {path}: truncated gzip data\n")
    assert ordercli("reference", "export").stdout == ""


def test_records_are_listed_by_id_page_by_page(ordercli: Ordercli, tmp_path: Path) -> None:
    ordercli("reference", "import", write(tmp_path, *RECORDS))

    every = ordercli("reference", "list", "Customer")
    first = ordercli("reference", "list", "customer", "--limit", "1", "-o", "id")
    second = ordercli("reference", "list", "Customer", "--offset", "1", "-o", "csv")

    assert every.ndjson == [customer("c-1"), customer("c-2", externalId="ACC-2")]
    assert (first.stdout, first.stderr) == ("c-1\n", "showing 1 of 2; --limit 0 shows all\n")
    assert second.stdout.splitlines() == ["id,externalId,name,version,status", "c-2,ACC-2,,,"]


@pytest.mark.parametrize("name", ["c-2", "ACC-2"])
def test_a_record_is_shown_as_it_came(ordercli: Ordercli, tmp_path: Path, name: str) -> None:
    ordercli(
        "reference", "import", write(tmp_path, b'{"@type":"Customer","id":"c-2","externalId":"ACC-2","credit":1.10}')
    )

    result = ordercli("reference", "show", "Customer", name)

    assert result.stdout == (
        '{\n  "@type": "Customer",\n  "id": "c-2",\n  "externalId": "ACC-2",\n  "credit": 1.10\n}\n'
    )


def test_an_unknown_record_and_an_unknown_type_are_no_result(ordercli: Ordercli) -> None:
    record = ordercli("reference", "show", "Customer", "nobody")
    kind = ordercli("reference", "list", "Custommer")

    assert (record.exit_code, record.stderr) == (3, "error: no Customer is known as 'nobody'\n")
    assert (kind.exit_code, kind.stderr) == (
        2,
        "error: no type of record is called 'Custommer'\n  hint: did you mean Customer?\n",
    )


def test_records_are_counted_by_type(ordercli: Ordercli, tmp_path: Path) -> None:
    ordercli("reference", "import", write(tmp_path, *RECORDS))

    counted = ordercli("reference", "stats").json

    some = {"ProductSpecification": 1, "ProductOffering": 1, "Customer": 2, "Currency": 1}
    assert list(counted.pop("imports")) == sorted(some)
    assert counted == {each: some.get(each, 0) for each in RECORD_TYPES} | {"total": 5}


def test_the_last_import_of_each_type_is_told_with_its_file(ordercli: Ordercli, tmp_path: Path) -> None:
    """A refused record and a dry run are no import; a record that is known already is one."""
    first = write(tmp_path, currency(), customer("c-1"), offering("fiber", "unknown"), name="first.ndjson")
    second = write(tmp_path, customer("c-1"), customer("c-2"), name="second.ndjson")
    third = write(tmp_path, customer("c-3"), name="third.ndjson")
    began = timestamp_now()
    ordercli("reference", "import", first)
    between = timestamp_now()
    ordercli("reference", "import", second, third)
    ordercli("reference", "import", first, "--dry-run")

    imports = ordercli("reference", "stats").json["imports"]
    shown = ordercli("reference", "stats", "-o", "table").stdout.splitlines()

    at = {name: each.pop("importedAt") for name, each in imports.items()}
    assert imports == {"Currency": {"records": 1, "file": first}, "Customer": {"records": 3, "file": third}}
    assert began <= at["Currency"] <= between <= at["Customer"] <= timestamp_now()
    assert [row.split() for row in shown[:1]] == [["type", "records", "importedAt", "from"]]
    times = {name: f"{each[:10]} {each[11:19]}Z" for name, each in at.items()}
    assert [row.split(maxsplit=2) for row in shown if row.startswith("C")] == [
        ["Customer", "3", f"{times['Customer']}  {third}"],
        ["Consumer", "0"],
        ["CustomerContact", "0"],
        ["Currency", "1", f"{times['Currency']}  {first}"],
    ]


def test_what_is_exported_can_be_imported_again(ordercli: Ordercli, tmp_path: Path) -> None:
    ordercli("reference", "import", write(tmp_path, *RECORDS))
    exported = ordercli("reference", "export").stdout.encode()
    customers = ordercli("reference", "export", "Customer").stdout.encode()

    again = ordercli("reference", "import", "-o", "json", stdin=exported).json

    assert exported == ndjson(*RECORDS)
    assert customers == b"".join(encoded(each) + b"\n" for each in RECORDS if each["@type"] == "Customer")
    assert (again["unchanged"], again["exitCode"]) == (5, 0)


def test_submit_asks_the_reference_data_that_was_loaded(ordercli: Ordercli, tmp_path: Path) -> None:
    ordercli("reference", "import", write(tmp_path, customer("somebody")))
    order = write(
        tmp_path,
        {
            "externalId": "PO-1",
            "orderCurrency": "EUR",
            "productOrderItem": [
                {
                    "id": "1",
                    "action": "add",
                    "product": {"productSpecification": {"id": "access"}},
                    "productOffering": {"id": "fiber"},
                }
            ],
            "relatedParty": [{"id": "nobody", "@referredType": "Customer"}],
        },
        name="orders.ndjson",
    )

    codes = {
        mode: [
            error["code"]
            for receipt in ordercli(
                "submit", order, "--dry-run", "-o", "ndjson", ORDERCLI_VALIDATION_REFERENCE=mode
            ).ndjson
            for error in receipt["errors"]
        ]
        for mode in ("auto", "strict", "off")
    }

    assert codes == {"auto": ["ORD306"], "strict": ["ORD301", "ORD302", "ORD306", "ORD307"], "off": []}


def test_a_file_of_orders_is_refused_in_three_lines_and_a_count(ordercli: Ordercli) -> None:
    orders = [product_order(f"PO-{n}") for n in range(723)]
    write_orders(ordercli.folder / "orders.ndjson", *orders)

    result = ordercli("reference", "import", "orders.ndjson")
    as_json = ordercli("reference", "import", "orders.ndjson", "-o", "json", "--rejects", "none")

    *examples, rest, counts, group, again = result.stderr.splitlines()
    assert [each.split(": ")[0] for each in examples] == [f"orders.ndjson:{n}:1" for n in (1, 2, 3)]
    [printed] = {each.split(": ", 1)[1] for each in examples}
    assert printed.startswith("ORD501 @type is missing")
    assert rest == "ORD501 unknown-record-type: 720 more at /@type (723 in all)"
    assert counts.startswith("723 records read: 0 inserted, 0 updated, 0 unchanged, 723 refused in ")
    assert group == f"  723 records: ORD501 {printed.removeprefix('ORD501 ')[:200]}…"
    assert again == "  repair and send again: ordercli reference import orders.ndjson.rejects.ndjson"
    assert (result.exit_code, len(as_json.stderr.splitlines())) == (1, 724)


def test_an_export_of_a_catalogue_is_read_as_far_as_its_records_say_what_they_are(ordercli: Ordercli) -> None:
    export = (str(EXPORT), "--rejects", "none")
    plain = ordercli("reference", "import", *export, "-o", "json")
    typed = ordercli("reference", "import", *export, "--type", "productOffering", "-o", "json")
    unknown = ordercli("reference", "import", *export, "--type", "Offering")

    types = ", ".join(RECORD_TYPES)
    no_type = "@type is missing, and neither href nor members show it: add it, or use `reference import --type TYPE`"
    errors = [(each["line"], each["code"], each["message"]) for each in map(json.loads, plain.stderr.splitlines()[:2])]
    assert errors == [
        (2, "ORD501", f"{no_type}; @type is one of {types}"),
        (3, "ORD120", "Invalid payload: id must be a string"),
    ]
    assert (plain.exit_code, plain.json["inserted"], plain.json["refused"]) == (1, 1, 2)
    assert (typed.exit_code, typed.json["inserted"], typed.json["unchanged"], typed.json["refused"]) == (1, 1, 1, 1)
    assert unknown.exit_code == 2


def test_what_no_rule_uses_is_skipped_and_counted_by_type(ordercli: Ordercli, tmp_path: Path) -> None:
    prices = [{"@type": "ProductOfferingPrice", "id": str(n)} for n in range(3)]
    path = write(tmp_path, *prices, {"@type": "Individual", "id": "1"}, *RECORDS)

    in_words = ordercli("reference", "import", path)
    as_json = ordercli("reference", "import", path, "-o", "json")

    printed = "9 records read: 5 inserted, 0 updated, 0 unchanged, 0 refused, 4 skipped, which no rule uses"
    assert (in_words.exit_code, in_words.stderr.rpartition(" in ")[0]) == (
        0,
        f"{printed} (3 ProductOfferingPrice, 1 Individual)",
    )
    assert (as_json.exit_code, as_json.json["unchanged"], as_json.json["skipped"]) == (
        0,
        5,
        {"Individual": 1, "ProductOfferingPrice": 3},
    )


def test_rules_use_subtypes_and_records_without_a_type_and_an_export_takes_them_back(
    ordercli: Ordercli, tmp_path: Path
) -> None:
    subtype = {"@type": "CompositeProductSpecification", "@baseType": "ProductSpecification", "id": "access"}
    related = {"productSpecificationRelationship": [{"id": "wifi", "relationshipType": "HasChild"}]}
    untyped = {"id": "fiber", "productSpecification": {"id": "access", "@type": "ProductSpecificationRef"}}
    path = write(tmp_path, {**subtype, **related}, specification("wifi"), untyped)
    ordercli("reference", "import", path, "--type", "ProductOffering")
    order = product_order(items=[line(offering="fiber", specification="access"), line("2", specification="wifi")])

    validated = ordercli("validate", "-", "-o", "ndjson", stdin=encoded(order))
    other = ordercli("validate", "-", "-o", "ndjson", stdin=encoded(product_order(items=[line(offering="none")])))
    exported = ordercli("reference", "export")
    again = ordercli("reference", "import", "-", "-o", "json", stdin=exported.stdout.encode())

    assert validated.ndjson == []
    assert [each["code"] for each in other.ndjson] == ["ORD301"]
    assert ordercli("reference", "show", "ProductSpecification", "access", "-o", "json").json == {**subtype, **related}
    assert ordercli("reference", "show", "ProductOffering", "fiber", "-o", "json").json == {
        "@type": "ProductOffering",
        **untyped,
    }
    assert (again.exit_code, again.json["unchanged"]) == (0, 3)


def test_of_two_members_of_a_name_the_last_one_counts(ordercli: Ordercli, tmp_path: Path) -> None:
    bundle = offering("home", "ACCESS", bundledProductOffering=[{"id": "fiber"}])
    twice = encoded(bundle).replace(b'[{"id":', b'[{"id":{},"id":')
    path = write(tmp_path, *RECORDS, customer(), twice)

    imported = ordercli("reference", "import", path, "-o", "json")
    again = ordercli("reference", "import", path, "-o", "json")
    shown = ordercli("reference", "show", "ProductOffering", "home", "-o", "json")
    order = product_order(items=[line(offering="home")])
    validated = ordercli("validate", "-", "--profile", "tmf622", "-o", "ndjson", stdin=encoded(order))

    assert (imported.json, imported.exit_code) == (imported.json | summary(inserted=7), 0)
    assert (again.json, again.exit_code) == (again.json | summary(unchanged=7), 0)
    assert (shown.json, validated.ndjson, validated.exit_code) == (bundle, [], 0)


def test_a_number_out_of_range_is_a_value_as_others(ordercli: Ordercli, tmp_path: Path) -> None:
    speed = characteristic("Speed", "HUGE", extensible=False)
    speed["productSpecCharacteristicValue"] += [{"valueFrom": 1, "valueTo": "HUGE"}]
    known = specification("access", productSpecCharacteristic=[speed])
    path = write(tmp_path, encoded(known).replace(b'"HUGE"', b"1e999"), offering("fiber", "access"))
    order = product_order(items=[line(product={"productCharacteristic": [{"name": "Speed", "value": 0}]})])

    imported = ordercli("reference", "import", path, "-o", "json")
    validated = ordercli("validate", "-", "-o", "ndjson", stdin=encoded(order))
    shown = ordercli("reference", "show", "ProductSpecification", "access", "-o", "json")

    assert (imported.exit_code, imported.json["inserted"]) == (0, 2)
    assert [each["code"] for each in validated.ndjson] == ["ORD321"], validated.stderr
    assert shown.stdout.count("1e999") == 2
