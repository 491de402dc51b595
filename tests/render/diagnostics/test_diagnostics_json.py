from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ordercli.reference.record_types import PRODUCT_ORDER_TYPES
from render.diagnostics.written import BAD_ACTION, NO_ACTION, members, written

if TYPE_CHECKING:
    from ordercli.output.diagnostics.reports import Format


def test_json_is_one_object_with_the_diagnostics_and_the_counts() -> None:
    shown = json.loads(written("json", [BAD_ACTION, NO_ACTION]))

    assert shown == {
        "diagnostics": [members(BAD_ACTION), members(NO_ACTION)],
        "files": 1,
        "orders": 2,
        "errors": 3,
        "warnings": 4,
        "exitCode": 1,
        "referenceRules": "off",
        "missingReferenceTypes": [*PRODUCT_ORDER_TYPES],
        "expected": 0,
        "unreadable": [],
        "groups": [],
        "otherGroups": 0,
    }


def test_json_without_diagnostics_has_an_empty_list() -> None:
    assert json.loads(written("json", []))["diagnostics"] == []


def test_ndjson_is_a_diagnostic_a_line() -> None:
    lines = written("ndjson", [BAD_ACTION, NO_ACTION]).splitlines()

    assert [json.loads(line) for line in lines] == [members(BAD_ACTION), members(NO_ACTION)]


@pytest.mark.parametrize("name", ["json", "ndjson", "gitlab", "sarif"])
def test_json_is_ascii_so_that_nothing_in_it_reaches_a_terminal_raw(name: Format) -> None:
    nasty = "é\x1b[2J\x9b\u202e\n"

    shown = written(name, [BAD_ACTION._replace(message=nasty, suggestion=None, external_id=nasty, pointer=f"/{nasty}")])

    assert shown.replace("\n", "").isprintable()
    assert shown.isascii()
    assert json.dumps(nasty)[1:-1] in shown


def test_a_file_name_that_is_not_utf8_is_shown_as_well_as_json_can() -> None:
    shown = json.loads(written("ndjson", [BAD_ACTION._replace(file="caf\udce9.json")]))

    assert shown == members(BAD_ACTION, file="caf\ufffd.json")
