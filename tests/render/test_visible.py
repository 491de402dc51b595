from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.render.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain é 日本 📱", "plain é 日本 📱"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\r\n\tb\x00\x7f\x9b", "a\\r\\n\\tb\\x00\\x7f\\x9b"),
        ("\u202e\u2066\u200b\ufeff\u2028", "\\u202e\\u2066\\u200b\\ufeff\\u2028"),
        ("\U000e0041\udce9\uffff\xa0", "\\U000e0041\\udce9\\uffff\\xa0"),
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
