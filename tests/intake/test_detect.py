from __future__ import annotations

import pytest

from ordercli.intake.reader import detect

PRETTY = b'{\n  "externalId": "CRM-1"\n}\n'

BY_LOOKING = [
    (b'{"id": 1}', "ndjson"),
    (b'{"id": 1}\n{"id": 2}\n', "ndjson"),
    (b'\r\n\r\n  {"id": 1}\r\n{"id": 2}\r\n', "ndjson"),
    (b'{"id": 1}\n\n[2]\n', "ndjson"),
    (b'{"id": 1}\ngarbage\n', "ndjson"),
    (b'{"id": 1} {"id": 2}\ngarbage\n', "ndjson"),
    (b'{"id": 1,\n{"id": 2}\n', "ndjson"),
    (b'{"id": "1\n{"id": "2"}\n', "ndjson"),
    (b'{"items": [{"id": 1\n\n{"items": [{"id": 2}]}\n', "ndjson"),
    (b'{"items": [\n{"id": 2}\n', "ndjson"),
    (b'garbage\n{"id": 2}\n', "ndjson"),
    (b"garbage\n\n", "ndjson"),
    (b"null\nnull\n", "ndjson"),
    (b"", "ndjson"),
    (b" \r\n\t\n", "ndjson"),
    (PRETTY, "json"),
    (PRETTY + PRETTY, "json"),
    (b"\r\n " + PRETTY.replace(b"\n", b"\r\n"), "json"),
    (b'{"items": [\n{"id": 1},\n{"id": 2}\n]}', "json"),
    (b'{"product":\n{"id": 1}}', "json"),
    (b'{"externalId": broken\n  "note": []\n}', "json"),
    (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "json"),
    (b"// one\n" + PRETTY, "json"),
    (b"# one\n\n// two\n /* three\n{ */" + PRETTY, "json"),
    (b'// one\n{"id": 1}\n{"id": 2}\n', "ndjson"),
    (b"/* one */ [1]", "array"),
    (b"// one", "ndjson"),
    (b"/* one\n", "ndjson"),
    (b"[]", "array"),
    (b' \r\n[{"id": 1}]', "array"),
    (b"[\n", "array"),
    (b'[1]\n{"id": 2}\n', "array"),
    (b'\x1e{"id": 1}\n\x1e{"id": 2}\n', "json-seq"),
    (b'\n\x1e{\n"id": 1}\n', "json-seq"),
]


@pytest.mark.parametrize("chunk_size", [1, 7, 100])
@pytest.mark.parametrize(("data", "found"), BY_LOOKING)
def test_the_format_shows_in_the_first_lines(data: bytes, found: str, chunk_size: int) -> None:
    chunks = (data[start : start + chunk_size] for start in range(0, len(data), chunk_size))

    input_format, same_chunks = detect(chunks, "orders.json")

    assert (input_format, b"".join(same_chunks)) == (found, data)


@pytest.mark.parametrize(
    "data",
    [
        b'{"note": "' + b"x" * 300_000 + b'",\n"externalId": "CRM-1"}',
        b'{"":' * 60_000 + b"\n{}",
    ],
    ids=["long", "deep"],
)
def test_a_first_line_that_is_too_much_to_look_at_is_a_line(data: bytes) -> None:
    input_format, _ = detect(iter([data]), "orders.json")

    assert input_format == "ndjson"


@pytest.mark.parametrize("file", ["orders.ndjson", "orders.jsonl.gz", "ORDERS.NDJSON.ZST"])
@pytest.mark.parametrize(
    ("data", "found"),
    [
        (PRETTY, "json"),
        (PRETTY * 3, "json"),
        (b"// one\n" + PRETTY, "json"),
        (b'{"id": 1,\n"x": 2}', "json"),
        (b'{"id": 1,\n"x": {"y": 2\n', "json"),
        (b'{"id": 1,\n"x": "cut o', "json"),
        (b'{"data": [\n' + b'{"id": 1},\n' * 30_000, "json"),
        (b'{\n"note": "' + b"x" * 300_000, "json"),
        (b'{"id": 1\n' + b'{"id": 2}\n' * 30_000, "ndjson"),
        (b'{"items": [\n{"id": 2}\n', "ndjson"),
        (b'{"id": 1}\n' + PRETTY, "ndjson"),
        (b'{"id": 1,\n{"id": 2}\n', "ndjson"),
        (b'{"id": 1\n"garbage"\n', "ndjson"),
        (b'{"id": "1\n{"id": "2"}\n', "ndjson"),
        (b"garbage\ngarbage\n", "ndjson"),
        (b'{"id": 1}', "ndjson"),
        (b"{", "ndjson"),
        (b"", "ndjson"),
        (b"[1]", "array"),
        (b"\x1e{}", "json-seq"),
    ],
)
def test_a_name_of_lines_means_lines_unless_a_whole_document_spans_some(file: str, data: bytes, found: str) -> None:
    input_format, _ = detect(iter([data]), file)

    assert input_format == found


def test_no_more_is_read_than_is_needed() -> None:
    chunks = iter([b'{"id": 1}\n', b'{"id": 2}\n'])

    detect(chunks, "-")

    assert list(chunks) == [b'{"id": 2}\n']
