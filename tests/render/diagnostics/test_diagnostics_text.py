from __future__ import annotations

from io import StringIO

import pytest
from rich.cells import cell_len
from rich.console import Console

from ordercli.intake.json_text import Excerpt
from ordercli.operations.diagnostics import Diagnostic, Summary
from ordercli.output.diagnostics.report import Groups
from ordercli.output.diagnostics.text import TextReport
from render.diagnostics.written import BAD_ACTION, NO_ACTION, ODD_FIELD

SUMMARY = Summary(files=1, orders=1, errors=1, warnings=0, exit_code=1)


def text(*diagnostics: Diagnostic, width: int = 100, terminal: bool = False) -> str:
    stream = StringIO()
    report = TextReport(
        Console(file=stream, width=width, force_terminal=terminal, color_system="standard" if terminal else None)
    )
    report.begin()
    for diagnostic in diagnostics:
        report.diagnostic(diagnostic)
    report.end(SUMMARY)
    return stream.getvalue()


def source_and_caret(diagnostic: Diagnostic, width: int = 100) -> list[str]:
    return text(diagnostic, width=width).splitlines()[3:5]


def test_a_diagnostic_shows_the_place_the_source_line_and_the_cure() -> None:
    assert text(BAD_ACTION, ODD_FIELD) == (
        "error[ORD121] not-one-of: action `ad` is none of add, change, delete, no-change, resume, suspend\n"
        "  --> fixtures/bad.json:14:17   /productOrderItem/0/action   order CRM-1007\n"
        "   |\n"
        '14 |       "action": "ad",\n'
        "   |                 ^^^^ help: did you mean `add`?\n"
        "   = explain: ordercli explain ORD121\n"
        "\n"
        "warning[ORD901] unknown-field: unknown field `oddd`\n"
        " --> fixtures/bad.json:3:3   /oddd   order CRM-1007\n"
        "  |\n"
        '3 |   "oddd": 3,\n'
        "  |   ^^^^^^\n"
        "  = explain: ordercli explain ORD901\n"
        "\n"
    )


def test_an_order_without_external_id_and_a_fault_of_the_whole_document_without_source() -> None:
    diagnostic = BAD_ACTION._replace(external_id=None, record=7, pointer="", suggestion=None, excerpt=None, message="x")

    assert text(diagnostic) == (
        "error[ORD121] not-one-of: x\n"
        "  --> fixtures/bad.json:14:17   record 7\n"
        "   = explain: ordercli explain ORD121\n"
        "\n"
    )


def test_the_same_fault_in_any_item_is_shown_three_times_and_then_counted() -> None:
    same = [BAD_ACTION._replace(record=record, pointer=f"/productOrderItem/{record}/action") for record in range(1_240)]

    shown = text(*same, NO_ACTION)

    assert shown == text(same[0]) + text(same[1]) + text(same[2]) + text(NO_ACTION) + (
        "error[ORD121] not-one-of: 1,237 more at /productOrderItem/*/action (1,240 in all)\n"
    )


def test_many_faults_of_whole_documents_are_counted_at_the_whole_document() -> None:
    same = [BAD_ACTION._replace(record=record, pointer="") for record in range(66)]

    last = text(*same).splitlines()[-1]

    assert last == "error[ORD121] not-one-of: 63 more at the whole document (66 in all)"


def test_past_the_limit_the_new_groups_of_a_code_are_counted_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Groups, "MOST", 1)
    odd = [ODD_FIELD._replace(pointer=f"/odd{number}") for number in range(7)]

    last = text(*odd).splitlines()[-1]

    assert last == "warning[ORD901] unknown-field: 3 more at many other places (6 in all)"


def test_what_an_order_says_is_neither_markup_nor_a_command_to_the_terminal() -> None:
    nasty = "[red]a[/]\x1b[2J\x9b31m\u202e\r\n:smile:"
    diagnostic = BAD_ACTION._replace(
        file=f"{nasty}.json",
        pointer=f"/{nasty}",
        external_id=nasty,
        message=nasty,
        suggestion=nasty,
        excerpt=Excerpt(nasty, 0, 3),
    )
    harmless = "[red]a[/]\\x1b[2J\\x9b31m\\u202e\\r\\n:smile:"

    assert text(diagnostic, width=200, terminal=False) == (
        f"error[ORD121] not-one-of: {harmless}\n"
        f"  --> {harmless}.json:14:17   /{harmless}   order {harmless}\n"
        "   |\n"
        f"14 | {harmless}\n"
        f"   | ^^^ help: did you mean `{harmless}`?\n"
        "   = explain: ordercli explain ORD121\n"
        "\n"
    )


@pytest.mark.parametrize(
    ("before", "shown"),
    [("中文字", "中文字"), ("\t", "    "), ("a\u0301", "a\u0301"), ("\u200b", "\\u200b"), ("\x00", "\\x00")],
)
def test_the_caret_stands_under_the_fault_whatever_stands_before_it(before: str, shown: str) -> None:
    excerpt = Excerpt(f"{before}FAULT after", len(before), len(before) + 5)

    lines = source_and_caret(BAD_ACTION._replace(excerpt=excerpt, suggestion=None))

    assert lines == [f"14 | {shown}FAULT after", f"   | {' ' * cell_len(shown)}^^^^^"]


def test_a_wide_fault_has_a_wide_caret_and_an_empty_one_a_caret_all_the_same() -> None:
    wide = source_and_caret(BAD_ACTION._replace(excerpt=Excerpt("x中文", 1, 3), suggestion=None))
    empty = source_and_caret(BAD_ACTION._replace(excerpt=Excerpt("", 0, 0), suggestion=None))

    assert (wide, empty) == (["14 | x中文", "   |  ^^^^"], ["14 | ", "   | ^"])


def test_a_long_line_is_cut_around_the_fault_to_the_width() -> None:
    excerpt = Excerpt(f"…{'a' * 240}FAULT{'z' * 240}…", 241, 246)

    lines = source_and_caret(BAD_ACTION._replace(excerpt=excerpt, suggestion=None), width=40)

    assert lines == [f"14 | …{'a' * 14}FAULT{'z' * 14}…", f"   | {' ' * 15}^^^^^"]


def test_a_long_fault_is_cut_and_its_cure_gets_a_line_of_its_own() -> None:
    excerpt = Excerpt(f'{{"a": "{"x" * 100}…', 6, 107)

    lines = text(BAD_ACTION._replace(excerpt=excerpt), width=41).splitlines()[3:]

    assert lines == [
        f'14 | {{"a": "{"x" * 22}…',
        f"   |       {'^' * 24}",
        "   = help: did you mean `add`?",
        "   = explain: ordercli explain ORD121",
        "",
    ]


def test_a_terminal_gets_colour() -> None:
    shown = text(NO_ACTION, terminal=True)

    assert shown.startswith("\x1b[1;31merror[ORD104]\x1b[0m product-order-item-action-missing: Invalid payload")
