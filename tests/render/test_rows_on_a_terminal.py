from __future__ import annotations

import io
import json
import sys
from typing import TYPE_CHECKING

import pytest

from ordercli.output.rows import print_object, print_rows
from ordercli.output.stream import Format, Output

if TYPE_CHECKING:
    from support.builders import Json

HOSTILE = "a\x1b[2J\x9b2J\u202eb\u2028\ufeff é\N{SMILING FACE WITH SUNGLASSES}"


class Screen(io.TextIOWrapper):
    """Standard output, read by a person or by a program."""

    def __init__(self, *, by_a_person: bool) -> None:
        super().__init__(io.BytesIO(), "utf-8", write_through=True)
        self._by_a_person = by_a_person

    def isatty(self) -> bool:
        return self._by_a_person

    def shown(self) -> str:
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode()


def printed(monkeypatch: pytest.MonkeyPatch, wanted: Format, row: Json, *, by_a_person: bool, many: bool) -> str:
    screen = Screen(by_a_person=by_a_person)
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", screen)
        if many:
            print_rows([row], ["id"], Output(wanted))
        else:
            print_object(row, Output(wanted))
    return screen.shown()


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize(
    ("wanted", "escaped"),
    [
        (Format.JSON, r"a\u001b[2J\u009b2J\u202eb\u2028\ufeff é😎"),
        (Format.NDJSON, r"a\u001b[2J\u009b2J\u202eb\u2028\ufeff é😎"),
        (Format.CSV, r"a\x1b[2J\x9b2J\u202eb\u2028\ufeff é😎"),
        (Format.TABLE, r"a\x1b[2J\x9b2J\u202eb\u2028\ufeff é😎"),
        (Format.AUTO, r"a\x1b[2J\x9b2J\u202eb\u2028\ufeff é😎"),
    ],
)
def test_no_format_lets_the_words_of_an_order_steer_the_terminal(
    monkeypatch: pytest.MonkeyPatch, wanted: Format, escaped: str, *, many: bool
) -> None:
    shown = printed(monkeypatch, wanted, {"id": HOSTILE}, by_a_person=True, many=many)

    assert escaped in shown


@pytest.mark.parametrize("many", [True, False])
@pytest.mark.parametrize("wanted", [Format.JSON, Format.NDJSON])
def test_json_says_the_same_to_a_program_and_to_a_person(
    monkeypatch: pytest.MonkeyPatch, wanted: Format, *, many: bool
) -> None:
    shown = [
        printed(monkeypatch, wanted, {"id": HOSTILE}, by_a_person=by_a_person, many=many)
        for by_a_person in (True, False)
    ]

    assert shown[0] == shown[1]
    assert json.loads(shown[0]) in ({"id": HOSTILE}, [{"id": HOSTILE}])


def test_csv_keeps_letters_and_line_ends_for_a_program_but_nothing_that_a_terminal_obeys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cell = "a\x9b\u202e\xa0\u3000é\tb\r\nc"

    shown = printed(monkeypatch, Format.CSV, {"id": cell}, by_a_person=False, many=True)

    assert shown == 'id\r\n"a\\x9b\\u202e\xa0\u3000é\tb\r\nc"\r\n'


def test_states_and_dates_are_not_broken_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    row = {"status": "interrupted", "at": "2026-03-01T08:00:00.000Z", "file": "a-long-name-" * 9}

    print_rows([row], ["status", "at", "file"], Output(Format.TABLE))

    shown = capsys.readouterr().out
    assert "interrupted" in shown
    assert "2026-03-01" in shown
    assert "08:00:00Z" in shown
