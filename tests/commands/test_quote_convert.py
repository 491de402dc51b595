"""`ordercli quote convert`: where orders and findings go, exit codes, inputs, and the way into `submit`."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.output.diagnostics.reports import FORMATS
from ordercli.resources.quote.examples import GOOD_QUOTE
from support.builders import encoded, ndjson
from support.running import COMMAND

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli, Result

SAMPLES = Path(__file__).parents[2] / "samples"
PENDING = {**GOOD_QUOTE, "externalId": "CRM-Q-18", "state": "pending"}
FINDING = "quotes.ndjson:2:66: ORD601 The quote is pending; only an accepted quote becomes an order\n"
NOTE = "2 quotes in 1 file: 1 converted, 1 error, 0 warnings\n"


def write(*quotes: Json | bytes) -> None:
    Path("quotes.ndjson").write_bytes(ndjson(*quotes))


def ids(lines: str) -> list[str]:
    return [json.loads(each)["externalId"] for each in lines.splitlines()]


def test_orders_go_to_standard_output_and_findings_to_standard_error(ordercli: Ordercli) -> None:
    write(GOOD_QUOTE, PENDING)

    result = ordercli("quote", "convert", "quotes.ndjson", "--format", "concise")

    assert (ids(result.stdout), result.stderr, result.exit_code) == (["CRM-Q-17"], FINDING + NOTE, 1)


def test_with_to_orders_go_to_the_file_and_findings_to_standard_output(ordercli: Ordercli) -> None:
    write(GOOD_QUOTE, PENDING)

    result = ordercli("quote", "convert", "quotes.ndjson", "--to", "orders.ndjson", "--format", "concise")

    assert (result.stdout, result.stderr, result.exit_code) == (FINDING, NOTE, 1)
    assert ids(Path("orders.ndjson").read_text()) == ["CRM-Q-17"]
    assert Path("orders.ndjson").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("old.ndjson", "error: --to old.ndjson is there already\n"),
        ("quotes.ndjson", "error: --to quotes.ndjson would overwrite an input\n"),
    ],
)
def test_a_file_that_must_not_be_written_is_refused_before_anything_is_read(
    ordercli: Ordercli, path: str, message: str
) -> None:
    write(GOOD_QUOTE)
    Path("old.ndjson").write_text("old")

    result = ordercli("quote", "convert", "quotes.ndjson", "--to", path)

    assert (result.stdout, result.stderr.splitlines(keepends=True)[0], result.exit_code) == ("", message, 2)
    assert Path("old.ndjson").read_text() == "old"


def test_an_existing_file_is_replaced_with_force(ordercli: Ordercli) -> None:
    write(GOOD_QUOTE)
    Path("old.ndjson").write_text("old")

    result = ordercli("quote", "convert", "quotes.ndjson", "--to", "old.ndjson", "--force")

    assert (ids(Path("old.ndjson").read_text()), result.exit_code) == (["CRM-Q-17"], 0)


def test_a_device_takes_the_orders_and_findings_stay_apart(ordercli: Ordercli) -> None:
    write(GOOD_QUOTE, PENDING)
    command = [*COMMAND, "quote", "convert", "quotes.ndjson", "--to", "/dev/stdout", "--format", "concise"]

    done = subprocess.run(command, cwd=ordercli.folder, capture_output=True, text=True, check=False)

    assert (ids(done.stdout), done.stderr, done.returncode) == (["CRM-Q-17"], FINDING + NOTE, 1)


def test_programs_read_findings_line_by_line_or_as_a_document(ordercli: Ordercli) -> None:
    write(GOOD_QUOTE, PENDING)
    finding = {
        "file": "quotes.ndjson",
        "line": 2,
        "column": 66,
        "endLine": 2,
        "endColumn": 75,
        "record": 2,
        "externalId": "CRM-Q-18",
        "pointer": "/state",
        "code": "ORD601",
        "name": "quote-not-accepted",
        "severity": "error",
        "message": "The quote is pending; only an accepted quote becomes an order",
        "suggestion": None,
    }

    on_stderr = [ordercli("quote", "convert", "quotes.ndjson", "-o", form).stderr for form in ("json", "ndjson")]
    document = ordercli("quote", "convert", "quotes.ndjson", "--to", "orders.ndjson", "-o", "json").json

    assert [[json.loads(line) for line in text.splitlines()] for text in on_stderr] == [[finding]] * 2
    assert document.pop("missingReferenceTypes")
    assert document == {
        "files": 1,
        "orders": 2,
        "errors": 1,
        "warnings": 0,
        "exitCode": 1,
        "referenceRules": "off",
        "expected": 0,
        "unreadable": [],
        "converted": 1,
        "groups": [
            {
                "orders": 1,
                "code": "ORD601",
                "severity": "error",
                "value": "pending",
                "message": finding["message"],
                "suggestion": None,
            }
        ],
        "otherGroups": 0,
        "diagnostics": [finding],
    }


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_of_findings_is_offered_and_names_the_rule(ordercli: Ordercli, form: str) -> None:
    write(PENDING)

    printed = ordercli("quote", "convert", "quotes.ndjson", "--format", form)
    written = ordercli("quote", "convert", "quotes.ndjson", "--report", f"{form}=report.txt")

    assert (printed.stdout, printed.exit_code, written.exit_code) == ("", 1, 1)
    assert "ORD601" in printed.stderr
    assert "ORD601" in Path("report.txt").read_text()


def test_sarif_has_the_words_of_quotes(ordercli: Ordercli) -> None:
    write({**GOOD_QUOTE, "quoteItem": []})

    result = ordercli("quote", "convert", "quotes.ndjson", "--to", "orders.ndjson", "--format", "sarif")

    (rule,) = result.json["runs"][0]["tool"]["driver"]["rules"]
    assert (rule["id"], rule["name"]) == ("ORD102", "quote-item-missing")
    assert rule["shortDescription"] == {"text": "The quote has no item."}


@pytest.mark.parametrize("form", ["csv", "csv-safe", "id"])
def test_formats_for_tables_are_refused(ordercli: Ordercli, form: str) -> None:
    write(GOOD_QUOTE)

    result = ordercli("quote", "convert", "quotes.ndjson", "-o", form)

    assert (result.stdout, result.stderr.splitlines()[0], result.exit_code) == (
        "",
        f"error: quote convert prints no {form}",
        2,
    )


def test_warnings_fail_if_they_are_to_and_quiet_leaves_them_out(ordercli: Ordercli) -> None:
    write({**GOOD_QUOTE, "authorization": [{"name": "Discount"}]}, PENDING)
    words = ("quote", "convert", "quotes.ndjson", "--format", "concise")
    warning = "quotes.ndjson:1:1479: ORD608 authorization has no place in an order, so the order is made without it\n"

    told, quiet = ordercli(*words), ordercli(*words, "--quiet")
    write({**GOOD_QUOTE, "authorization": [{"name": "Discount"}]})
    lenient, strict = ordercli(*words), ordercli(*words, "--fail-on", "warning")

    assert (ids(told.stdout), len(told.stderr.splitlines())) == (["CRM-Q-17"], 3)
    assert told.stderr.splitlines()[0].partition(": ")[2] == warning.partition(": ")[2].rstrip()
    assert (quiet.stdout, quiet.stderr) == (told.stdout, FINDING)
    assert (lenient.exit_code, strict.exit_code, lenient.stdout) == (0, 1, strict.stdout)


def test_options_give_what_quotes_do_not_have(ordercli: Ordercli) -> None:
    write({**GOOD_QUOTE, "state": "approved"})
    added = ("--channel", "online", "--completion-date", "2099-05-01T08:00:00Z")

    refused = ordercli("quote", "convert", "quotes.ndjson", *added)
    taken = ordercli("quote", "convert", "quotes.ndjson", "--approved", *added)

    assert (refused.stdout, refused.exit_code, taken.exit_code) == ("", 1, 0)
    (order,) = taken.ndjson
    assert (order["channel"], order["requestedCompletionDate"]) == ([{"id": "online"}], "2099-05-01T08:00:00Z")


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--channel", " ", "--channel takes the id of a channel, and the one given is empty"),
        ("--completion-date", "2026-05-01", "--completion-date takes a date and time with an offset, not '2026-05-01'"),
        ("--at", "", None),
    ],
)
def test_an_option_with_a_wrong_value_is_a_usage_error(
    ordercli: Ordercli, option: str, value: str, message: str | None
) -> None:
    write(GOOD_QUOTE)

    result = ordercli("quote", "convert", "quotes.ndjson", option, value)

    assert (result.stdout, result.exit_code) == ("", 2)
    assert message is None or result.stderr.splitlines()[0] == f"error: {message}"


def test_a_completion_date_before_the_start_is_told_as_for_orders(ordercli: Ordercli) -> None:
    """The rule warns only if it is asked for, as in `validate --profile tmf622`."""
    write(GOOD_QUOTE)
    words = ("quote", "convert", "quotes.ndjson", "--completion-date", "2098-05-01T08:00:00Z", "--format", "concise")

    silent = ordercli(*words)
    asked: dict[str, Any] = {"ORDERCLI_VALIDATION_SEVERITY": "ORD208=error"}
    told = ordercli(*words, **asked)

    assert (silent.exit_code, told.exit_code, told.stdout) == (0, 1, "")
    assert told.stderr.startswith("quotes.ndjson:1:1: ORD208 ")


def inputs() -> dict[str, tuple[bytes, tuple[str, ...]]]:
    quote = encoded(GOOD_QUOTE)
    return {
        "object": (quote, ()),
        "ndjson": (quote + b"\n" + quote, ()),
        "array": (b"[" + quote + b",\n" + quote + b"]", ()),
        "event": (
            b'{"eventId": "7", "event": {"quote": ' + quote + b"}}",
            ("--at", "event.quote"),
        ),
        "page": (b'{"data": [' + quote + b"]}", ("--at", "/data")),
        "text": (encoded({"raw": quote.decode()}), ("--at", "raw")),
        "with a mark": (b"\xef\xbb\xbf" + quote, ()),
        "sequence": (b"\x1e" + quote + b"\n", ("--input-format", "json-seq")),
    }


@pytest.mark.parametrize("name", inputs())
def test_quotes_are_read_as_orders_are(ordercli: Ordercli, name: str) -> None:
    data, options = inputs()[name]
    Path("quotes").write_bytes(data)

    result = ordercli("quote", "convert", "quotes", *options)

    assert (set(ids(result.stdout)), result.exit_code) == ({"CRM-Q-17"}, 0)


def test_places_are_those_of_the_file(ordercli: Ordercli) -> None:
    Path("page.json").write_bytes(b'{"data":\n [' + encoded(GOOD_QUOTE) + b",\n  " + encoded(PENDING) + b"]}")

    result = ordercli("quote", "convert", "page.json", "--at", "/data", "-o", "ndjson")

    (finding,) = [json.loads(line) for line in result.stderr.splitlines()]
    assert (finding["pointer"], finding["line"], finding["column"]) == ("/data/1/state", 3, 68)


def test_a_missing_input_is_bad_input_and_the_others_are_converted(ordercli: Ordercli) -> None:
    write(GOOD_QUOTE)

    result = ordercli("quote", "convert", "quotes.ndjson", "missing.ndjson")

    assert (ids(result.stdout), result.exit_code) == (["CRM-Q-17"], 6)
    assert "missing.ndjson" in result.stderr


def test_no_database_is_needed_or_made(ordercli: Ordercli) -> None:
    write(GOOD_QUOTE)

    result = ordercli("quote", "convert", "quotes.ndjson", "--database", "none.db")

    assert (result.exit_code, Path("none.db").exists()) == (0, False)


@pytest.mark.every_engine
def test_converted_quotes_go_into_submit_through_a_pipe_once_each(ordercli: Ordercli) -> None:
    environment = {**os.environ, **ordercli.environment()}
    program = " ".join(COMMAND)
    line = (
        f"set -o pipefail; {program} quote convert {SAMPLES / 'quotes.ndjson'} --quiet"
        f" | {program} submit - --profile tmf622 --database {ordercli.database} -o json"
    )
    command = ["bash", "-c", line]

    first, second = [
        subprocess.run(command, cwd=ordercli.folder, env=environment, capture_output=True, text=True, check=False)
        for _ in range(2)
    ]

    assert [counts(json.loads(each.stdout)) for each in (first, second)] == [(10, 10, 0, 0), (10, 0, 10, 0)]
    assert (first.returncode, second.returncode) == (0, 0)
    shown = shown_by(ordercli, "quote:QT-FIB-2026-0301:1")
    assert (shown["quote"][0]["id"], shown["state"]) == ("QT-FIB-2026-0301", "acknowledged")


def counts(submission: Json) -> tuple[int, ...]:
    return (submission["read"], submission["accepted"], submission["duplicates"], submission["rejected"])


def shown_by(ordercli: Ordercli, external_id: str) -> Json:
    shown: Result = ordercli("show", external_id, "-o", "json")
    document: Json = shown.json
    return document


def test_the_sample_quotes_and_their_orders_have_no_finding(ordercli: Ordercli) -> None:
    converted = ordercli("quote", "convert", str(SAMPLES / "quotes.ndjson"), "--to", "orders.ndjson", "-o", "ndjson")
    reference = ("--reference", str(SAMPLES / "reference.ndjson"))
    validated = ordercli("validate", "orders.ndjson", "--profile", "tmf622-v4", *reference, "-o", "ndjson")

    assert (converted.stdout, converted.stderr, converted.exit_code) == ("", "", 0)
    assert (validated.stdout, validated.exit_code) == ("", 0)


def test_the_command_finds_in_every_bad_quote_what_its_sidecar_says(ordercli: Ordercli) -> None:
    result = ordercli("quote", "convert", str(SAMPLES / "bad-quotes"), "--to", "orders.ndjson")
    Path("bad.json").write_bytes(encoded(PENDING))
    Path("bad.expect.json").write_bytes(encoded({"findings": [{"code": "ORD602", "pointer": "/validFor"}]}))
    other = ordercli("quote", "convert", "bad.json", "-o", "ndjson")

    assert (result.stdout, result.exit_code) == ("", 0)
    assert result.stderr == (
        "13 quotes in 13 files: 3 converted, 0 errors, 0 warnings, 14 expected findings, as expected\n"
    )
    assert [json.loads(line)["code"] for line in other.stderr.splitlines()] == ["ORD601", "ORD602"]


def test_a_reader_that_leaves_ends_the_command_quietly(ordercli: Ordercli) -> None:
    Path("quotes.ndjson").write_bytes(ndjson(GOOD_QUOTE) * 2000)
    program = " ".join(COMMAND)

    line = f"{program} quote convert quotes.ndjson | head -n 1"
    done = subprocess.run(["bash", "-c", line], cwd=ordercli.folder, capture_output=True, text=True, check=False)

    assert (ids(done.stdout), done.stderr, done.returncode) == (["CRM-Q-17"], "", 0)
