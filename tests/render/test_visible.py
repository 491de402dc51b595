from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.output.safe_text import inert, inert_json, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本 📱", "plain é 日本 📱"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\n\tb\x00\x7f\x9b", "a\\r\\n\\tb\\x00\\x7f\\x9b"),
        ("\u202e\u2066\u200b\ufeff\u2028", "\\u202e\\u2066\\u200b\\ufeff\\u2028"),
        ("\U000e0041\udce9\uffff\xa0", "\\U000e0041\\udce9\\uffff\\xa0"),
        ("::warning::x", "\\x3a:warning::x"),
        ("  ::x", "  \\x3a:x"),
        ("a::b::c", "a::b::c"),
        ("a ##vso[task.x]y ##[error] ##teamcity[x", "a \\x23#vso[task.x]y \\x23#[error] \\x23#teamcity[x"),
        ("###[x", "#\\x23#[x"),
        ("## heading #1", "## heading #1"),
    ],
)
def test_what_is_not_printable_is_an_escape(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_text_is_cut() -> None:
    assert visible("abcdef", limit=4) == "abcd…"


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_any_text_becomes_one_printable_line_of_utf8(text: str) -> None:
    shown = visible(text)

    assert shown.isprintable()
    assert shown.encode().decode() == shown


def test_text_over_many_lines_has_no_command_in_any() -> None:
    assert inert("a\n::b\n\t::c d::e ##vso[f") == "a\n\\x3a:b\n\t\\x3a:c d::e \\x23#vso[f"


def test_json_loses_its_commands_and_no_value() -> None:
    document = b'{"a": "##vso[x]", "##[b": "## c ###[", "\xc3\xa9\xe2\x80\xae": 1}'

    shown = inert_json(document)

    assert b"##vso[" not in shown
    assert b"##[" not in shown
    assert json.loads(shown) == json.loads(document)
