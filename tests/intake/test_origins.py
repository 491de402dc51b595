"""An order that `convert` wrote is read as it was before, and its place is in the sheet."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercli.intake.origins import with_origin
from ordercli.intake.reader import cut_records, read_records
from ordercli.intake.record import Record

ORDER = b'{"externalId": "A", "productOrderItem": [{"id": "1"}, {"id": "2"}]}'


def read(line: bytes, path: str = "orders.ndjson") -> list[Record]:
    Path(path).write_bytes(line)
    return list(read_records([path]))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_an_order_with_an_origin_is_the_order() -> None:
    lines = [with_origin(ORDER, "Orders é.csv", [7, 9]), ORDER, with_origin(ORDER, "b.csv", [3])]

    first, plain, last = read(b"\n".join(lines))

    assert [each.data for each in (first, plain, last)] == [ORDER] * 3
    assert [(each.file, each.line, each.column, each.record) for each in (first, plain, last)] == [
        ("Orders é.csv", 7, 1, 1),
        ("orders.ndjson", 2, 1, 2),
        ("b.csv", 3, 1, 1),
    ]
    assert first.sheet
    assert last.sheet
    pointers = ("", "/externalId", "/productOrderItem/0/id", "/productOrderItem/1", "/productOrderItem/8/id")
    assert [first.sheet.of(each) for each in pointers] == [(7, 1), (7, 1), (7, 1), (9, 1), (9, 1)]
    assert [last.sheet.of(each) for each in pointers] == [(3, 1)] * 5


@pytest.mark.parametrize(
    "origin",
    [
        b"null",
        b"{}",
        b'"a.csv"',
        b'{"sheet": "a.csv"}',
        b'{"sheet": "a.csv", "row": 0}',
        b'{"sheet": "a.csv", "row": true}',
        b'{"sheet": "a.csv", "row": 2.0}',
        b'{"sheet": "", "row": 2}',
        b'{"sheet": ["a.csv"], "row": 2}',
        b'{"sheet": "a.csv", "row": 2, "rows": []}',
        b'{"sheet": "a.csv", "row": 2, "rows": [3, 4]}',
        b'{"sheet": "a.csv", "row": 2, "rows": [2, "3"]}',
        b'{"sheet": "a.csv", "row": 2, "rows": [2, 4294967296]}',
    ],
)
def test_an_origin_that_names_no_row_is_left_out_all_the_same(origin: bytes) -> None:
    (record,) = read(b'  {\t"$origin" : ' + origin + b' , "externalId": "A"}')

    column = len(b'  {\t"$origin" : ' + origin) + 2
    assert record == Record(b'{ "externalId": "A"}', "orders.ndjson", 1, column, 1)


@pytest.mark.parametrize(
    "line",
    [
        b'{"externalId": "A", "$origin": {"sheet": "a.csv", "row": 2}}',
        b'{"$origin": {"sheet": "a.csv", "row": 2}, "externalId": A}',
        b'{"$origin": {"sheet": "a.csv", "row": 2}, "externalId": "\xe9"}',
        b'{"$origin": {"sheet": "\\ud800", "row": 2}, "externalId": "A"}',
        b'{"$origin": ' + b"[" * 100_000,
        b'"$origin"',
    ],
)
def test_any_other_document_stays_as_it_is(line: bytes) -> None:
    assert read(line) == [Record(line, "orders.ndjson", 1, 1, 1)]


def test_an_origin_alone_is_an_empty_order() -> None:
    assert [each.data for each in read(b'{"$origin": {"sheet": "a.csv", "row": 2}}')] == [b"{}"]


def test_what_is_not_read_from_files_keeps_its_own_place() -> None:
    line = with_origin(ORDER, "a.csv", [7])

    (record,) = cut_records(iter([line]), "-")

    assert record == Record(ORDER, "-", 1, line.index(b"},") + 2, 1)
