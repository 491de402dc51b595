from __future__ import annotations

import pytest

from ordercli.output.diagnostics.reports import FORMATS, Format
from render.diagnostics.written import BAD_ACTION, written

FIRST_LINES = {
    "text": "error[ORD121] not-one-of: action `ad` is none of add, change, delete, no-change, resume, suspend",
    "concise": "fixtures/bad.json:14:17: ORD121 action `ad` is none of add, change, delete, no-change, resume, suspend",
    "json": '{"diagnostics":[',
    "ndjson": '{"file":"fixtures/bad.json",',
    "github": "::error file=fixtures/bad.json,",
    "gitlab": "[",
    "junit": '<?xml version="1.0" encoding="UTF-8"?>',
    "sarif": '{"$schema":"https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",',
}


def test_the_formats_are_those_of_the_command_line() -> None:
    assert FORMATS == ("text", "concise", "json", "ndjson", "github", "gitlab", "junit", "sarif")


@pytest.mark.parametrize("name", FORMATS)
def test_a_name_is_the_report_of_that_format(name: Format) -> None:
    assert written(name, [BAD_ACTION]).startswith(FIRST_LINES[name])
