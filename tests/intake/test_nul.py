from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ordercli.intake.json_text import has_nul, shown_nul, shown_nuls


@pytest.mark.parametrize(
    ("document", "shown"),
    [
        (rb'{"a": "b"}', rb'{"a": "b"}'),
        (rb'["\u0000"]', rb'["\u2400"]'),
        (rb'["\u0000\u0000x"]', rb'["\u2400\u2400x"]'),
        (rb'["\\u0000"]', rb'["\\u0000"]'),
        (rb'["\\\u0000"]', rb'["\\\u2400"]'),
    ],
)
def test_only_what_is_an_escape_is_replaced(document: bytes, shown: bytes) -> None:
    assert shown_nuls(document) == shown


@given(st.text(alphabet='\0\\u0"x␀'))
def test_a_document_says_what_its_texts_say(text: str) -> None:
    document = json.dumps([text]).encode()

    assert json.loads(shown_nuls(document)) == [shown_nul(text)]


@pytest.mark.parametrize(("text", "held"), [("a\0", True), ("a", False), ("a␀", False)])
def test_a_text_tells_whether_it_held_a_nul(text: str, held: bool) -> None:  # noqa: FBT001
    assert has_nul(shown_nul(text), json.dumps([text]).encode()) is held
