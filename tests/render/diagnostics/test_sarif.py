from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from ordercli.output.diagnostics.report import ReportOptions, RuleText
from ordercli.output.diagnostics.sarif import SarifReport
from ordercli.version import __version__
from render.diagnostics.written import BAD_ACTION, NO_ACTION, ODD_FIELD, written

if TYPE_CHECKING:
    from ordercli.operations.diagnostics import Diagnostic

SCHEMA = Path(__file__).parents[2] / "data" / "sarif" / "sarif-schema-2.1.0.json"
VALIDATOR = Draft7Validator(json.loads(SCHEMA.read_text()), format_checker=Draft7Validator.FORMAT_CHECKER)


def run_of(*diagnostics: Diagnostic) -> dict[str, Any]:
    log = json.loads(written("sarif", diagnostics))
    VALIDATOR.validate(log)
    [run] = log["runs"]
    return dict(run)


def rule(code: str, name: str, summary: str, remedy: str, severity: str) -> dict[str, Any]:
    return {
        "id": code,
        "name": name,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": summary},
        "help": {"text": remedy},
        "defaultConfiguration": {"level": severity},
        "properties": {"problem.severity": severity},
    }


def test_a_run_has_the_results_and_the_rules_that_occurred() -> None:
    run = run_of(ODD_FIELD, BAD_ACTION)

    [odd_field, bad_action] = run["results"]
    assert run | {"results": []} == {
        "columnKind": "unicodeCodePoints",
        "results": [],
        "tool": {
            "driver": {
                "name": "ordercli",
                "version": __version__,
                "rules": [
                    rule("ORD901", "unknown-field", "Nobody knows this field.", "Correct its name.", "warning"),
                    rule("ORD121", "not-one-of", "A value is not in its list.", "Take one of the list.", "error"),
                ],
            }
        },
        "invocations": [{"executionSuccessful": True, "exitCode": 1}],
    }
    assert (odd_field["ruleId"], odd_field["ruleIndex"], odd_field["level"]) == ("ORD901", 0, "warning")
    assert bad_action | {"partialFingerprints": {}} == {
        "ruleId": "ORD121",
        "ruleIndex": 1,
        "level": "error",
        "message": {
            "text": "action `ad` is none of add, change, delete, no-change, resume, suspend (did you mean `add`?)"
        },
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": "fixtures/bad.json", "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": 14, "startColumn": 17, "endLine": 14, "endColumn": 21},
                },
                "logicalLocations": [{"fullyQualifiedName": "/productOrderItem/0/action"}],
            }
        ],
        "partialFingerprints": {},
        "properties": {"record": 1, "externalId": "CRM-1007", "suggestion": "add", "applicability": "safe"},
    }
    assert odd_field["properties"] == {"record": 1, "externalId": "CRM-1007"}
    assert odd_field["partialFingerprints"] != bad_action["partialFingerprints"]


def test_a_run_without_findings_is_valid() -> None:
    assert run_of()["results"] == []


@pytest.mark.parametrize(
    ("file", "location"),
    [
        ("./a b/ü%.json", {"uri": "a%20b/%C3%BC%25.json", "uriBaseId": "%SRCROOT%"}),
        ("caf\udce9.json", {"uri": "caf%E9.json", "uriBaseId": "%SRCROOT%"}),
        ("/else where/bad.json", {"uri": "file:///else%20where/bad.json"}),
    ],
)
def test_a_file_is_a_uri(file: str, location: dict[str, str]) -> None:
    [result] = run_of(BAD_ACTION._replace(file=file))["results"]

    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == location


def test_a_fault_of_the_whole_document_has_no_logical_location() -> None:
    [result] = run_of(BAD_ACTION._replace(pointer=""))["results"]

    assert list(result["locations"][0]) == ["physicalLocation"]


def test_what_an_order_says_does_not_become_a_link() -> None:
    [result] = run_of(NO_ACTION._replace(message="see [here](http://127.0.0.1)"))["results"]

    assert result["message"]["text"] == "see [here\\](http://127.0.0.1)"


def test_braces_are_doubled_for_they_would_hold_a_placeholder() -> None:
    rules = {"ORD104": RuleText("x", "A {value} is missing.", "Say {0}.", "error")}
    message = "action `{0}` of {a: {}} is none"

    log = written("sarif", [NO_ACTION._replace(message=message)], options=ReportOptions(rules.__getitem__))
    [run] = json.loads(log)["runs"]

    [shown] = run["tool"]["driver"]["rules"]
    assert run["results"][0]["message"] == {"text": "action `{{0}}` of {{a: {{}}}} is none"}
    assert [shown[each]["text"] for each in ("shortDescription", "fullDescription", "help")] == [
        "A {{value}} is missing.",
        "A {{value}} is missing.",
        "Say {{0}}.",
    ]


@given(text=st.text(st.characters(codec="utf-8")))
def test_any_text_gives_a_valid_log(text: str) -> None:
    diagnostic = BAD_ACTION._replace(message=text, suggestion=text, pointer=f"/{text}", external_id=text)

    [result] = run_of(diagnostic)["results"]

    assert result["properties"] == {
        "record": 1,
        "externalId": text,
        "suggestion": text,
        "applicability": "safe",
    }


def test_past_the_ceiling_the_first_of_every_group_stays_and_the_rest_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(SarifReport, "MOST", 4)
    same = [BAD_ACTION._replace(line=line) for line in range(1, 11)]

    run = run_of(*same, NO_ACTION, ODD_FIELD)

    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in run["results"]]
    assert lines == [1, NO_ACTION.line, ODD_FIELD.line, 2]
    assert run["invocations"] == [
        {
            "executionSuccessful": True,
            "exitCode": 1,
            "toolExecutionNotifications": [
                {
                    "level": "warning",
                    "message": {"text": "8 results more than code scanning takes were left out."},
                }
            ],
        }
    ]
