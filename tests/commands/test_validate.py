"""`ordercli validate` as its user meets it."""

from __future__ import annotations

import gzip
import json
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from ordercli.output.diagnostics.reports import FORMATS, Format
from ordercli.reference.record_types import PRODUCT_ORDER_TYPES
from support.builders import encoded, line, ndjson, product_order, write_orders
from support.running import PATIENCE_SECONDS

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

pytestmark = pytest.mark.slow

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

AD = "action `ad` is none of add, change, delete, no-change, resume, suspend"
DIAGNOSTIC: Json = {
    "file": "bad.json",
    "line": 14,
    "column": 17,
    "endLine": 14,
    "endColumn": 21,
    "record": 1,
    "externalId": "CRM-1007",
    "pointer": "/productOrderItem/0/action",
    "code": "ORD121",
    "name": "not-one-of",
    "severity": "error",
    "message": AD,
    "suggestion": "add",
    "applicability": "safe",
}


def bad_order(external_id: str = "CRM-1007") -> Json:
    return product_order(external_id, items=[line(action="ad")])


OFF = "reference rules are off: no reference data is loaded; `ordercli reference import --help` tells how to load it\n"
AD_AT = encoded(bad_order()).index(b'"ad"') + 1


def warned_order() -> Json:
    return product_order(state="new")


@pytest.fixture
def bad_file(ordercli: Ordercli) -> str:
    """The order of the manual: its action is misspelled, on line 14."""
    (ordercli.folder / "bad.json").write_text(
        """\
{
  "externalId": "CRM-1007",
  "orderCurrency": "EUR",
  "relatedParty": [
    {
      "id": "consumer-88",
      "@referredType": "Consumer"
    }
  ],
  "productOrderItem": [
    {
      "id": "10",
      "quantity": 1,
      "action": "ad",
      "product": {"productSpecification": {"id": "fibre-access"}},
      "productOffering": {"id": "home-fibre-1000"}
    }
  ]
}
"""
    )
    return "bad.json"


def test_a_fault_is_shown_at_its_place_with_its_cure(ordercli: Ordercli, bad_file: str) -> None:
    result = ordercli("validate", bad_file, COLUMNS="100")

    assert result.stdout == (
        "error[ORD121] not-one-of: action `ad` is none of add, change, delete, no-change, resume, suspend\n"
        "  --> bad.json:14:17   /productOrderItem/0/action   order CRM-1007\n"
        "   |\n"
        '14 |       "action": "ad",\n'
        "   |                 ^^^^ help: did you mean `add`?\n"
        "   = explain: ordercli explain ORD121\n"
        "\n"
    )
    assert (result.stderr, result.exit_code) == (f"{OFF}1 order in 1 file: 1 error, 0 warnings\n", 1)


def test_good_orders_need_few_words(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "orders.ndjson", product_order("PO-1"), product_order("PO-2"))

    loud, quiet = ordercli("validate", path), ordercli("validate", path, "--quiet")

    assert (loud.stdout, loud.stderr, loud.exit_code) == ("", f"{OFF}2 orders in 1 file: 0 errors, 0 warnings\n", 0)
    assert (quiet.stdout, quiet.stderr, quiet.exit_code) == ("", "", 0)


def test_json_is_one_object_with_the_counts(ordercli: Ordercli, bad_file: str) -> None:
    by_output, by_format = (
        ordercli("validate", bad_file, "-o", "json"),
        ordercli("validate", bad_file, "--format", "json"),
    )

    assert by_output.json == {
        "files": 1,
        "orders": 1,
        "errors": 1,
        "warnings": 0,
        "exitCode": 1,
        "referenceRules": "off",
        "missingReferenceTypes": [*PRODUCT_ORDER_TYPES],
        "expected": 0,
        "unreadable": [],
        "groups": [
            {"orders": 1, "code": "ORD121", "severity": "error", "value": "ad", "message": AD, "suggestion": "add"}
        ],
        "otherGroups": 0,
        "diagnostics": [DIAGNOSTIC],
    }
    assert (by_output.stderr, by_output.exit_code) == ("", 1)
    assert by_format == by_output


def test_ndjson_is_a_diagnostic_a_line(ordercli: Ordercli, bad_file: str) -> None:
    result = ordercli("validate", bad_file, "-o", "ndjson")

    assert (result.ndjson, result.stderr, result.exit_code) == ([DIAGNOSTIC], "", 1)


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_in_a_file_is_what_would_be_printed(name: Format, ordercli: Ordercli, bad_file: str) -> None:
    printed = ordercli("validate", bad_file, "--format", name)

    filed = ordercli(
        "validate", bad_file, "--format", "concise", "--report", f"{name}=report", "--report", "json=other"
    )

    assert (ordercli.folder / "report").read_text() == printed.stdout
    assert json.loads((ordercli.folder / "other").read_text())["diagnostics"] == [DIAGNOSTIC]
    assert filed.stdout == f"bad.json:14:17: ORD121 {AD}\n"


def packed(data: bytes) -> dict[str, bytes]:
    return {"plain": data, "gzip": gzip.compress(data), "zstd": zstd.compress(data)}


@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd"])
@pytest.mark.parametrize(
    ("text", "line_number", "indent", "number"),
    [
        ("{order}", 1, 0, 1),
        ("{good}\n{order}\n", 2, 0, 2),
        ("{good}\r\n\r\n{order}\r\n", 3, 0, 2),
        ("[{good},\n  {order}]", 2, 2, 2),
        ("\x1e{good}\n\x1e{order}\n", 2, 1, 2),
    ],
    ids=["object", "ndjson", "crlf", "array", "json-seq"],
)
def test_the_place_is_that_in_the_unpacked_file(
    text: str, line_number: int, indent: int, number: int, packing: str, ordercli: Ordercli
) -> None:
    order = encoded(bad_order("Zoë")).decode()
    data = text.format(good=encoded(product_order("Zoë")).decode(), order=order).encode()
    (ordercli.folder / "orders").write_bytes(packed(data)[packing])

    [found] = ordercli("validate", "orders", "-o", "ndjson").ndjson

    assert (found["line"], found["record"]) == (line_number, number)
    assert found["column"] == indent + order.index('"ad"') + 1


def test_standard_input_is_read(ordercli: Ordercli) -> None:
    named = ordercli("validate", "-", "--format", "concise", stdin=gzip.compress(ndjson(bad_order())))
    piped = ordercli("validate", "--format", "concise", stdin=ndjson(bad_order()))

    assert named.stdout == f"-:1:{AD_AT}: ORD121 {AD}\n"
    assert piped.stdout == named.stdout


def test_a_folder_stands_for_the_orders_in_it(ordercli: Ordercli) -> None:
    folder = ordercli.folder / "orders" / "june"
    folder.mkdir(parents=True)
    write_orders(folder / "a.ndjson", bad_order())
    (folder / "b.json.gz").write_bytes(gzip.compress(encoded(bad_order())))
    for other in ("readme.txt", "a.ndjson.rejects.ndjson", "c.expect.json", ".hidden.json"):
        (folder / other).write_text("{}")

    result = ordercli("validate", "orders", "--format", "concise")

    found = f"1:{AD_AT}: ORD121 {AD}"
    assert result.stdout == f"orders/june/a.ndjson:{found}\norders/june/b.json.gz:{found}\n"
    assert result.stderr == f"{OFF}2 orders in 2 files: 2 errors, 0 warnings\n  2 orders: ORD121 {AD}\n"


def test_a_rejects_file_gives_the_orders_in_it(ordercli: Ordercli) -> None:
    ordercli("submit", write_orders(ordercli.folder / "orders.ndjson", product_order(), bad_order()))

    [found] = ordercli("validate", "orders.ndjson.rejects.ndjson", "-o", "ndjson").ndjson

    text = (ordercli.folder / "orders.ndjson.rejects.ndjson").read_text()
    assert (found["line"], found["externalId"]) == (1, "CRM-1007")
    assert text[found["column"] - 1 : found["endColumn"] - 1] == '"ad"'


def test_a_warning_fails_only_when_that_is_asked_for(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "orders.ndjson", warned_order())

    lenient, strict = ordercli("validate", path), ordercli("validate", path, "--fail-on", "warning")

    assert (lenient.exit_code, strict.exit_code) == (0, 1)
    assert lenient.stdout == strict.stdout
    assert lenient.stdout.startswith("warning[ORD903] server-owned-field: state is set by the order system")
    assert lenient.stderr == f"{OFF}1 order in 1 file: 0 errors, 1 warning\n"


def test_rules_are_selected_and_ignored_by_code_or_its_beginning(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "orders.ndjson", {**bad_order(), "orderCurrency": "eur", "state": "new"})

    def codes(*options: str) -> list[str]:
        return [each["code"] for each in ordercli("validate", path, "-o", "ndjson", *options).ndjson]

    assert codes() == ["ORD903", "ORD121", "ORD124"]
    assert codes("--select", "ORD12") == ["ORD121", "ORD124"]
    assert codes("--select", "ORD12,ORD9", "--ignore", "ORD121") == ["ORD903", "ORD124"]
    assert codes("--ignore", "ORD1,ORD9") == []


def test_the_second_look_at_the_bytes_can_be_left_out(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "orders.ndjson", product_order(colour="red"))

    with_lint, without = (
        ordercli("validate", path, "-o", "ndjson"),
        ordercli("validate", path, "--no-lint", "-o", "ndjson"),
    )

    assert [each["code"] for each in with_lint.ndjson] == ["ORD901"]
    assert without.ndjson == []


def test_what_submit_leaves_out_is_validated_all_the_same(ordercli: Ordercli) -> None:
    (ordercli.folder / "ordercli.toml").write_text("[validation]\ncreate_product_order_validation_sync = false\n")

    result = ordercli("validate", write_orders(ordercli.folder / "orders.ndjson", bad_order()))

    assert result.exit_code == 1


def test_a_fixture_that_fails_as_expected_is_reported(ordercli: Ordercli, bad_file: str) -> None:
    finding = {"code": "ORD121", "pointer": "/productOrderItem/0/action"}
    (ordercli.folder / "bad.expect.json").write_text(json.dumps({"findings": [finding]}))
    other = write_orders(ordercli.folder / "other.ndjson", bad_order(), bad_order())
    (ordercli.folder / "other.expect.json").write_text(json.dumps({"findings": [finding, finding]}))

    one, both = ordercli("validate", bad_file), ordercli("validate", bad_file, other)
    as_json = ordercli("validate", bad_file, other, "--format", "json")

    reported = f"{OFF}1 order in 1 file: 0 errors, 0 warnings, 1 expected finding, as expected\n"
    assert (one.stdout, one.stderr, one.exit_code) == ("", reported, 0)
    assert both.stderr == f"{OFF}3 orders in 2 files: 0 errors, 0 warnings, 3 expected findings, as expected\n"
    assert (as_json.json["errors"], as_json.json["expected"], as_json.exit_code) == (0, 3, 0)


@pytest.mark.parametrize("command", ["validate", "submit"])
def test_expectations_that_the_glob_of_a_shell_names_are_no_orders(ordercli: Ordercli, command: str) -> None:
    write_orders(ordercli.folder / "good.json", product_order())
    (ordercli.folder / "bad.expect.json").write_text('{"findings": []}')

    result = ordercli(command, "bad.expect.json", "good.json")
    alone = ordercli(command, "bad.expect.json")

    assert (result.exit_code, alone.exit_code, alone.stdout) == (0, 6, "")
    assert "ORD" not in result.stderr
    reported = "bad.expect.json: this file lists expected findings and holds no orders"
    assert alone.stderr == f"error: {reported}\n"


def test_findings_are_counted_by_rule(ordercli: Ordercli) -> None:
    orders = [bad_order(), bad_order(), warned_order()]
    path = write_orders(ordercli.folder / "orders.ndjson", *orders)

    text = ordercli("validate", path, "--statistics")
    rows = ordercli("validate", path, "--statistics", "-o", "ndjson")
    array = ordercli("validate", path, "--statistics", "-o", "json")

    assert (text.stdout, text.exit_code) == (
        "2  ORD121  error    not-one-of\n1  ORD903  warning  server-owned-field\n",
        1,
    )
    assert rows.ndjson == [
        {"code": "ORD121", "name": "not-one-of", "severity": "error", "count": 2},
        {"code": "ORD903", "name": "server-owned-field", "severity": "warning", "count": 1},
    ]
    assert array.json == rows.ndjson


def refused(*args: str, ordercli: Ordercli) -> tuple[str, str, int]:
    result = ordercli("validate", *args)
    return result.stdout, result.stderr, result.exit_code


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        (
            ["--report", "sarif"],
            "--report takes FORMAT=PATH, not 'sarif'",
            "formats: text, concise, json, ndjson, github, gitlab, junit, sarif",
        ),
        (
            ["--report", "json=r", "--report", "sarif=r"],
            "--report r would overwrite the file of --report",
            "choose another file",
        ),
        (["--report", "json=./bad.json"], "--report ./bad.json would overwrite an input", "choose another file"),
        (
            ["--statistics", "--format", "github"],
            "--statistics cannot be combined with --format github",
            "use text, json or ndjson",
        ),
        (["--select", "ORD999"], "there is no rule ORD999", None),
        (["--ignore", "ORD001"], "ORD001 cannot be ignored: without it there is no order to look at", None),
    ],
)
def test_a_command_line_that_makes_no_sense_is_refused(
    args: list[str], message: str, hint: str | None, ordercli: Ordercli, bad_file: str
) -> None:
    reported = f"error: {message}\n" + (f"  hint: {hint}\n" if hint else "")

    assert refused(bad_file, *args, ordercli=ordercli) == ("", reported, 2)


@pytest.mark.parametrize("wanted", ["csv", "csv-safe", "id"])
def test_a_format_that_validate_lacks_is_refused(ordercli: Ordercli, bad_file: str, wanted: str) -> None:
    result = ordercli("validate", bad_file, "-o", wanted)
    other = ordercli("validate", bad_file, "--format", "concise", "-o", wanted)

    hint = "choose --format: text, concise, json, ndjson, github, gitlab, junit, sarif"
    reported = f"error: validate prints no {wanted}\n  hint: {hint}\n"
    assert (result.stdout, result.stderr, result.exit_code) == ("", reported, 2)
    assert (other.stdout, other.exit_code) == (f"bad.json:14:17: ORD121 {AD}\n", 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "ORD101"),
        (b" \n\n ", "ORD101"),
        (b"\x00" * 1_000, "ORD001"),
        (bytes(range(256)) * 40, "ORD005"),
        (b"[" * 100_000, "ORD007"),
        (b"{" * 100_000, "ORD007"),
        (b'{"note": ' + b"[" * 100_000, "ORD007"),
        (b'{"externalId": "\xff\xfe"}', "ORD005"),
        (b'{"externalId": "\\ud800"}', "ORD001"),
        (b'{"quantity": ' + b"9" * 10_000 + b"}", "ORD102"),
    ],
)
def test_garbage_is_a_finding(data: bytes, code: str, ordercli: Ordercli) -> None:
    (ordercli.folder / "garbage.json").write_bytes(data)

    result = ordercli("validate", "garbage.json", "--select", code, "-o", "ndjson")

    assert ([each["code"] for each in result.ndjson][:1], result.exit_code, result.stderr) == ([code], 1, "")


def test_nothing_is_written(ordercli: Ordercli, bad_file: str) -> None:
    database = ordercli.folder / "other.db"

    ordercli("validate", bad_file, "--database", str(database))

    assert not database.exists()
    assert {path.name for path in ordercli.folder.iterdir()} == {"bad.json", "orders.db"}


@pytest.mark.parametrize("name", ["text", "concise", "junit"])
def test_a_terminal_that_lacks_letters_is_no_fault(name: Format, ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "中.ndjson", bad_order("中"))

    ascii_only = ordercli.process("validate", path, "--format", name, PYTHONIOENCODING="ascii")
    utf8 = ordercli.process("validate", path, "--format", name, PYTHONIOENCODING="utf-8")

    shown = utf8.stdout.encode("ascii", "backslashreplace").decode() if name == "text" else utf8.stdout
    assert (ascii_only.stdout, ascii_only.stderr, ascii_only.exit_code) == (shown, utf8.stderr, 1)


def test_a_reader_that_has_enough_changes_nothing(ordercli: Ordercli) -> None:
    path = write_orders(ordercli.folder / "orders.ndjson", *[{**bad_order(), f"odd{n}": 1} for n in range(3_000)])

    process = ordercli.start("validate", path)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()

    counts = "3,000 orders in 1 file: 3,000 errors, 3,000 warnings"
    groups = f"  3000 orders: ORD121 {AD}\n  and 3000 more by code and value\n"
    summary = f"{OFF}{counts}\n{groups}".encode()
    assert (process.stderr.read(), process.wait(PATIENCE_SECONDS)) == (summary, 1)
    process.stderr.close()


@pytest.mark.parametrize("args", [[], ["--reference", "records.json"]])
def test_an_interrupted_run_ends_at_once_and_without_a_word(args: list[str], ordercli: Ordercli) -> None:
    (ordercli.folder / "records.json").write_text('{"@type": "Currency", "id": "EUR", "status": "active"}')
    process = ordercli.start("validate", "-", "--format", "concise", *args, stdin=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(ndjson(*[bad_order()] * 200, *[product_order()] * 1_000))
    process.stdin.flush()
    process.stdout.readline()  # it is at work, and waits for more

    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=PATIENCE_SECONDS)

    assert (process.returncode, stderr) == (130, b"")


@pytest.mark.parametrize("name", ["text", "concise", "json", "ndjson", "gitlab", "junit", "sarif"])
@pytest.mark.parametrize("start", ["::warning file=x::y", "  ::error::", "##vso[task.x]", "##teamcity[x", "##[error]"])
def test_a_file_name_is_no_command_in_the_log_of_a_job(ordercli: Ordercli, name: Format, start: str) -> None:
    file = f"{start}\n{start}.json"
    (ordercli.folder / file).write_bytes(encoded({**bad_order(start), start: start}))

    result = ordercli("validate", file, f"{start}missing.json", "--format", name)

    lines = (result.stdout + result.stderr).splitlines()
    assert result.exit_code == 6, result
    assert [each for each in lines if each.lstrip().startswith("::") or re.search(r"##\w*\[", each)] == []


def test_lines_of_a_rejects_file_that_hold_no_order_are_named(ordercli: Ordercli) -> None:
    kinds = {
        "patch": "a patch that was refused, which `ordercli patch --from` takes",
        "cancel": "a cancellation that was refused, which `ordercli cancel --from` takes",
        "fulfil": "a report of fulfilment that was refused, which `ordercli fulfil` takes",
        "later": "a request of kind 'later', which this version does not know",
    }
    lines = [f'{{"$reject":{{"request":"{kind}"}},"order":{{"id":"1"}}}}\n' for kind in kinds]
    stdin = "".join([*lines, '{"$reject":{"request":"patch"},"raw":"{"}\n']).encode()

    result = ordercli("validate", "-", "--format", "ndjson", stdin=stdin)
    ignored = ordercli("validate", "-", "--format", "ndjson", "--ignore", "ORD011", stdin=stdin)

    found = [json.loads(each) for each in result.stdout.splitlines()]
    assert [(each["line"], each["code"], each["message"]) for each in found] == [
        (n, "ORD011", f"Not a product order: this looks like {kind}")
        for n, kind in enumerate([*kinds.values(), kinds["patch"]], 1)
    ]
    assert [code for each in ignored.stdout.splitlines() if (code := json.loads(each)["code"]) == "ORD102"] == [
        "ORD102"
    ] * 4
