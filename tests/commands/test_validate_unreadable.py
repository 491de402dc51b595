"""Inputs that `validate` cannot read, or not to their end: an error in every report, and the others are judged."""

from __future__ import annotations

import gzip
import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator
from junitparser import JUnitXml

from render.diagnostics.test_sarif import VALIDATOR
from support.builders import encoded, line, ndjson, product_order

if TYPE_CHECKING:
    from pathlib import Path

    from support.running import Ordercli

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WHOLE = ndjson(*[product_order(f"PO-{n}") for n in range(2_000)])
AD = "action `ad` is none of add, change, delete, no-change, resume, suspend"
FORMATS = ("text", "concise", "json", "ndjson", "github", "gitlab", "junit", "sarif")
assert isinstance(VALIDATOR, Draft7Validator)


@pytest.fixture
def folder(ordercli: Ordercli) -> Path:
    """Inputs of every kind of damage, and one bad order."""
    folder = ordercli.folder
    packed = gzip.compress(WHOLE)
    (folder / "cut.gz").write_bytes(packed[: len(packed) // 2])
    (folder / "broken.gz").write_bytes(packed[:20] + b"garbage" * 20)
    packed = zstd.compress(WHOLE)
    (folder / "cut.zst").write_bytes(packed[: len(packed) // 2])
    (folder / "empty").mkdir()
    (folder / "bad.json").write_bytes(encoded(product_order(items=[line(action="ad")])))
    return folder


DAMAGE = [
    ("cut.gz", "cut.gz: truncated gzip data"),
    ("cut.zst", "cut.zst: truncated zstd data"),
    ("missing.json", "missing.json: No such file or directory"),
    ("empty", "empty: no orders in this folder"),
    ("no*.json", "no*.json: no file matches"),
    ("bad.json/x", "bad.json/x: Not a directory"),
]


def reports(ordercli: Ordercli, *paths: str) -> dict[str, str]:
    """What each format says of the paths, in a file."""
    wanted = [option for each in FORMATS for option in ("--report", f"{each}=report.{each}")]
    result = ordercli("validate", *paths, *wanted)
    assert result.exit_code == 6
    return {each: (ordercli.folder / f"report.{each}").read_text() for each in FORMATS}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("path", "reported"), DAMAGE)
def test_every_report_has_the_input_and_the_faults_of_the_others(ordercli: Ordercli, path: str, reported: str) -> None:
    shown = reports(ordercli, path, "bad.json")

    assert f"error: {reported}\n" in shown["text"]
    assert f"error: {reported}\n" in shown["concise"]
    assert f"::error file={path},title=unreadable input::{reported}\n" in shown["github"]
    assert (json.loads(shown["json"])["unreadable"], json.loads(shown["json"])["exitCode"]) == ([reported], 6)
    [fault] = [each for each in json.loads(shown["gitlab"]) if each["check_name"] == "unreadable-input"]
    assert fault | {"fingerprint": ""} == {
        "description": reported,
        "check_name": "unreadable-input",
        "fingerprint": "",
        "severity": "critical",
        "location": {"path": path, "lines": {"begin": 1, "end": 1}},
    }
    suites = {suite.name: suite for suite in JUnitXml.fromstring(shown["junit"].encode())}
    assert [(suite.errors, suite.failures) for suite in suites.values()] == [(1, 0), (0, 1)]
    *passed, case = suites[path]
    assert ({each.is_passed for each in passed} <= {True}, suites[path].tests) == (True, len(passed) + 1)
    assert (case.name, [type(each).__name__ for each in case.result], case.result[0].message) == (
        "input",
        ["Error"],
        reported,
    )
    for each in ("text", "concise", "ndjson", "github", "gitlab", "junit", "sarif"):
        assert "ORD121" in shown[each]


@pytest.mark.usefixtures("folder")
def test_sarif_tells_of_the_inputs_in_notifications(ordercli: Ordercli) -> None:
    log = json.loads(reports(ordercli, "cut.gz", "missing.json", "bad.json")["sarif"])

    def notification(path: str, reported: str) -> dict[str, Any]:
        location = {"physicalLocation": {"artifactLocation": {"uri": path, "uriBaseId": "%SRCROOT%"}}}
        return {"level": "error", "message": {"text": reported}, "locations": [location]}

    VALIDATOR.validate(log)
    assert log["runs"][0]["invocations"] == [
        {
            "executionSuccessful": False,
            "exitCode": 6,
            "exitCodeDescription": "bad-input",
            "toolExecutionNotifications": [
                notification("missing.json", "missing.json: No such file or directory"),
                notification("cut.gz", "cut.gz: truncated gzip data"),
            ],
        }
    ]


@pytest.mark.usefixtures("folder")
def test_damage_further_on_is_reported_in_the_words_of_the_unpacker(ordercli: Ordercli) -> None:
    [reported] = json.loads(reports(ordercli, "broken.gz")["json"])["unreadable"]

    assert reported.startswith("broken.gz: broken gzip data: ")


@pytest.mark.usefixtures("folder")
def test_on_standard_output_text_leaves_it_to_standard_error(ordercli: Ordercli) -> None:
    text, concise = (
        ordercli("validate", "missing.json", "cut.gz", "bad.json", "--format", each) for each in ("text", "concise")
    )
    as_json = ordercli("validate", "missing.json", "cut.gz", "bad.json", "--format", "json")
    alone = ordercli("validate", "missing.json", "missing.json", "--format", "json", "-q")

    assert "missing" not in text.stdout
    assert concise.stdout.splitlines() == [f"bad.json:1:{concise.stdout.split(':')[2]}: ORD121 {AD}"]
    assert text.stderr == concise.stderr
    assert text.stderr.splitlines()[:2] == [
        "error: missing.json: No such file or directory",
        "error: cut.gz: truncated gzip data",
    ]
    assert text.stderr.splitlines()[3].endswith("2 files: 1 error, 0 warnings, 2 unreadable inputs")
    assert [json.loads(each)["message"] for each in as_json.stderr.splitlines()] == as_json.json["unreadable"]
    assert (alone.exit_code, alone.json["files"], len(alone.json["unreadable"])) == (6, 0, 2)


@pytest.mark.usefixtures("folder")
def test_paths_are_those_of_the_repository_in_a_subfolder(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    (ordercli.folder / ".git").mkdir()
    monkeypatch.chdir("empty")

    shown = reports(type(ordercli)(ordercli.folder / "empty", ordercli.database), "../bad.json", "gone.json")

    assert "::error file=bad.json,line=1," in shown["github"]
    assert "::error file=empty/gone.json," in shown["github"]
    assert {each["location"]["path"] for each in json.loads(shown["gitlab"])} == {"bad.json", "empty/gone.json"}
    [run] = json.loads(shown["sarif"])["runs"]
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place == {"uri": "bad.json", "uriBaseId": "%SRCROOT%"}
    assert [suite.name for suite in JUnitXml.fromstring(shown["junit"].encode())] == ["empty/gone.json", "bad.json"]
