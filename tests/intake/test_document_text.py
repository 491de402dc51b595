from __future__ import annotations

import pytest

from ordercli.intake.json_text import DocumentText, Excerpt, Place


def test_an_excerpt_is_the_line_of_the_place_without_its_end() -> None:
    document = DocumentText(b'{\r\n\t"a": "ad",\r\n"b": 1}', line=5, column=9)

    excerpts = [document.excerpt(Place(6, 7, 6, 11)), document.excerpt(Place(7, 6, 7, 7))]

    assert excerpts == [Excerpt('\t"a": "ad",', 6, 10), Excerpt('"b": 1}', 5, 6)]


def test_an_excerpt_of_a_document_inside_a_line_begins_with_the_document() -> None:
    document = DocumentText(b'{"a":1}', line=3, column=50)

    excerpt = document.excerpt(document.place(5, 6))

    assert excerpt == Excerpt('{"a":1}', 5, 6)


def test_an_excerpt_of_several_lines_is_the_first_of_them() -> None:
    document = DocumentText(b'{"a":{\n"b":1}}')

    excerpt = document.excerpt(Place(1, 6, 2, 7))

    assert excerpt == Excerpt('{"a":{', 5, 6)


def test_an_excerpt_of_a_long_line_is_cut_on_both_sides() -> None:
    document = DocumentText(b"a" * 30_000 + b"FAULT" + b"z" * 20_000)

    excerpt = document.excerpt(document.place(30_000, 30_005))

    assert excerpt == Excerpt(f"…{'a' * 240}FAULT{'z' * 240}…", 241, 246)


def test_an_excerpt_of_a_long_fault_is_cut_inside_the_fault() -> None:
    document = DocumentText(b"[" + b"x" * 10_000)

    excerpt = document.excerpt(document.place(1, 10_001))

    assert excerpt == Excerpt(f"[{'x' * 480}…", 1, 481)


def test_a_place_behind_the_bytes_at_hand_has_no_excerpt() -> None:
    document = DocumentText(b"[\n")

    excerpt = document.excerpt(document.character(9, 4))

    assert excerpt is None


@pytest.mark.parametrize(
    ("line", "column", "place"), [(1, 4, Place(7, 23, 7, 24)), (2, 4, Place(8, 4, 8, 5)), (9, 1, Place(15, 1, 15, 2))]
)
def test_a_place_inside_the_document_becomes_one_of_the_file(line: int, column: int, place: Place) -> None:
    document = DocumentText(b'{"a" 1,\n2}', line=7, column=20)

    assert document.character(line, column) == place


def test_bytes_that_are_not_utf8_count_as_characters() -> None:
    document = DocumentText(b'"\xff\xfe" x')

    assert (document.text, document.place(5, 6)) == ('"\ufffd\ufffd" x', Place(1, 6, 1, 7))
