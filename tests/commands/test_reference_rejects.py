"""Refused records of `reference import` go into a rejects file, and are grouped in the summary."""

from __future__ import annotations

import json
import os
import re
import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jsonschema import Draft202012Validator

from ordercli.output.schemas import schema
from support.builders import ndjson
from support.records import currency, offering

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

TYPES = (
    "ProductOffering, ProductSpecification, Product, Customer, Consumer, CustomerContact, DistributionChannel, Place,"
    " Currency, ServiceSpecification, Service"
)
UNKNOWN = f"Unknown record type `Offer`; @type is one of {TYPES}"
NOT_JSON = b'{"@type": "Currency", "id":'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file with bad records, in the current folder."""
    monkeypatch.chdir(tmp_path)
    records = [currency("EUR"), {"@type": "Offer", "id": "a"}, {"@type": "Offer", "id": "b"}, offering("f", "gone")]
    Path("c.ndjson").write_bytes(ndjson(*records, NOT_JSON))
    return "c.ndjson"


def test_refused_records_are_written_grouped_and_read_again(ordercli: Ordercli, file: str) -> None:
    result = ordercli("reference", "import", file, "-o", "json")

    lines = [json.loads(each) for each in Path("c.ndjson.rejects.ndjson").read_text().splitlines()]
    assert (result.exit_code, result.json["rejectsFile"]) == (1, "c.ndjson.rejects.ndjson")
    assert [(each["code"], each["records"], each["value"]) for each in result.json["groups"]] == [
        ("ORD501", 2, "Offer"),
        ("ORD001", 1, None),
        ("ORD504", 1, "gone"),
    ]
    assert result.json["otherGroups"] == 0
    assert [*Draft202012Validator(schema("reference-import")).iter_errors(result.json)] == []
    assert [each["$reject"]["record"] for each in lines] == [2, 3, 5, 4]
    assert lines[0] == {
        "$reject": {
            "request": "reference import",
            "file": "c.ndjson",
            "line": 2,
            "record": 2,
            "errors": [
                {
                    "code": "ORD501",
                    "pointer": "/@type",
                    "line": 2,
                    "column": lines[0]["$reject"]["errors"][0]["column"],
                    "message": UNKNOWN,
                    "suggestion": None,
                }
            ],
        },
        "order": {"@type": "Offer", "id": "a"},
    }
    assert lines[2]["raw"] == NOT_JSON.decode()
    assert os.stat("c.ndjson.rejects.ndjson").st_mode & 0o777 == 0o600  # noqa: PTH116

    lines[0]["order"]["@type"] = lines[1]["order"]["@type"] = "ProductOffering"
    Path("c.ndjson.rejects.ndjson").write_bytes(ndjson(*lines[:2]))
    again = ordercli("reference", "import", "c.ndjson.rejects.ndjson", "-o", "json")

    assert (again.exit_code, again.json["inserted"], "rejectsFile" in again.json) == (0, 2, False)
    assert not Path("c.ndjson.rejects.ndjson.rejects.ndjson").exists()


def test_the_summary_advises_a_command_that_reads_the_rejects(ordercli: Ordercli, file: str) -> None:
    first = ordercli("reference", "import", file, "--type", "ProductOffering")

    lines = first.stderr.splitlines()
    groups = next(n for n, line in enumerate(lines) if " record" in line and "ORD501" in line and " 2 " in line)
    assert lines[groups].startswith("  2 records: ORD501 Unknown record type `Offer`; ")
    assert lines[groups + 1] == "  and 2 more by code and value"
    advised = re.fullmatch(r"  repair and send again: ordercli (.+)", lines[groups + 2])
    assert advised
    words = shlex.split(advised[1])
    assert words[:5] == ["reference", "import", "c.ndjson.rejects.ndjson", "--type", "ProductOffering"]
    again = ordercli(*words)
    assert (again.exit_code, "4 records read: 0 inserted, 0 updated, 0 unchanged, 4 refused" in again.stderr) == (
        1,
        True,
    )


@pytest.mark.parametrize("options", [("--dry-run",), ("--rejects", "none")])
def test_no_file_is_written_where_none_is_wanted(ordercli: Ordercli, file: str, options: tuple[str, ...]) -> None:
    result = ordercli("reference", "import", file, *options, "-o", "json")

    assert (result.exit_code, result.json["refused"], result.json["rejectsFile"]) == (1, 4, None)
    assert not list(Path.cwd().glob("*rejects*"))


@pytest.mark.parametrize("options", [("--dry-run",), ("--rejects", "none")])
def test_nothing_is_kept_on_the_disk_where_no_file_is_wanted(
    ordercli: Ordercli, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    """Without a folder for temporary files: only SQLite, which stages records in one, needs it."""
    records = [{"@type": "Offer", "id": name, "description": "x" * 600_000} for name in "ab"]  # too many for memory
    (tmp_path / "large.ndjson").write_bytes(ndjson(*records))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path if engine == "sqlite" else tmp_path / "none"))

    result = ordercli("reference", "import", "large.ndjson", *options, "-o", "json")

    assert (result.exit_code, result.json["refused"]) == (1, 2)


def test_an_input_that_is_broken_leaves_no_rejects(ordercli: Ordercli, file: str) -> None:
    Path("broken.ndjson.gz").write_bytes(b"\x1f\x8b\x08 and no more")

    result = ordercli("reference", "import", file, "broken.ndjson.gz")

    assert (result.exit_code, list(Path.cwd().glob("*rejects*"))) == (6, [])


def test_the_rejects_of_several_inputs_are_one_file_and_an_existing_one_is_refused(
    ordercli: Ordercli, file: str
) -> None:
    Path("d.ndjson").write_bytes(ndjson({"id": "x"}))

    several = ordercli("reference", "import", file, "d.ndjson", "-o", "json")
    named = ordercli("reference", "import", file, "--rejects", "d.ndjson")

    found = Path(several.json["rejectsFile"])
    assert re.fullmatch(r"ordercli-[0-9a-f]{32}\.rejects\.ndjson", str(found))
    assert len(found.read_bytes().splitlines()) == 5
    assert named.exit_code == 2


def test_other_commands_say_which_one_takes_the_file(ordercli: Ordercli, file: str) -> None:
    ordercli("reference", "import", file)
    rejects = "c.ndjson.rejects.ndjson"

    shown = ordercli("rejects", "show", rejects, "-o", "json")
    fixed = ordercli("rejects", "fix", rejects, "--apply-suggestions", "--include-maybe")
    edited = ordercli("rejects", "edit", rejects)
    sent = [ordercli(*words, rejects, "-o", "ndjson") for words in (("submit",), ("rejects", "submit"))]

    assert [(each["code"], each["orders"], each["value"]) for each in shown.json] == [
        ("ORD501", 2, "Offer"),
        ("ORD001", 1, None),
        ("ORD504", 1, "gone"),
    ]
    assert "line 1: it is no order but a request for `reference import`" in fixed.stderr
    assert (edited.exit_code, "but requests for `reference import`" in edited.stderr) == (2, True)
    for each in sent:
        assert {error["code"] for receipt in each.ndjson for error in receipt["errors"]} == {"ORD010"}
        assert "`ordercli reference import`" in each.ndjson[0]["errors"][0]["message"]


def test_validate_says_which_command_takes_the_file(ordercli: Ordercli, file: str) -> None:
    ordercli("reference", "import", file)

    result = ordercli("validate", "c.ndjson.rejects.ndjson", "--format", "ndjson")

    looks_like = "a record of reference data that was refused, which `ordercli reference import` takes"
    lines = [json.loads(each) for each in result.stdout.splitlines()]
    assert [(each["code"], each["line"], each["pointer"], each["message"]) for each in lines] == [
        ("ORD011", line, "", f"Not a product order: this looks like {looks_like}") for line in (1, 2, 3, 4)
    ]
