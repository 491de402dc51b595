from __future__ import annotations

import pytest

from ordercli.intake.json_text import Excerpt
from ordercli.intake.record import Record
from ordercli.operations.diagnostics import Diagnostic, diagnose
from ordercli.rulebook.rule import Finding


def test_findings_become_diagnostics_with_their_place_and_source_line() -> None:
    record = Record(b'{"externalId": "CRM-1007",\n"productOrderItem": [{"action": "ad"}]}', "bad.json", 3, 5, 2)
    finding = Finding("ORD121", "error", "/productOrderItem/0/action", "action `ad` is none of add", "add")

    diagnostics = diagnose(record, "CRM-1007", [finding])

    assert diagnostics == [
        Diagnostic(
            file="bad.json",
            line=4,
            column=33,
            end_line=4,
            end_column=37,
            record=2,
            external_id="CRM-1007",
            pointer="/productOrderItem/0/action",
            code="ORD121",
            name="not-one-of",
            severity="error",
            message="action `ad` is none of add",
            suggestion="add",
            excerpt=Excerpt('"productOrderItem": [{"action": "ad"}]}', 32, 36),
            value="ad",
        )
    ]


@pytest.mark.parametrize(
    ("code", "pointer", "source"),
    [
        ("ORD121", "/a/b", '"value"'),
        ("ORD104", "/a/action", "{"),
        ("ORD901", "/a/b", '"b"'),
        ("ORD902", "/a/b", '"b"'),
        ("ORD903", "/a/b", '"b"'),
        ("ORD004", "/twice", '"twi\\u0063e"'),
    ],
)
def test_the_place_is_the_value_the_opening_brace_or_the_name(code: str, pointer: str, source: str) -> None:
    record = Record(b'{"twice": 1, "a": {"b": "value"}, "twi\\u0063e": 2}', "bad.json", 1, 1, 1)

    [diagnostic] = diagnose(record, None, [Finding(code, "error", pointer, "wrong")])

    text, start, end = diagnostic.excerpt or Excerpt("", 0, 0)
    assert text[start:end] == source


def test_a_place_that_the_parser_named_is_counted_from_the_beginning_of_the_document() -> None:
    record = Record(b'{"a": }', "orders.ndjson", 20, 5, 9)

    [diagnostic] = diagnose(record, None, [Finding("ORD001", "error", "", "Not JSON", line=1, column=7)])

    assert (diagnostic[1:5], diagnostic.excerpt) == ((20, 11, 20, 12), Excerpt('{"a": }', 6, 7))


def test_no_findings_are_no_diagnostics() -> None:
    assert diagnose(Record(b"{}", "good.json", 1, 1, 1), None, []) == []
