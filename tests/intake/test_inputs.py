from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from ordercli.errors import BadInputError, ErrorKind
from ordercli.intake.inputs import expand_paths, printable, total_bytes

WriteFile = Callable[[str, bytes], str]


def test_files_and_standard_input_stay_in_the_order_given(write_file: WriteFile) -> None:
    write_file("b.json", b"{}")
    write_file("a.txt", b"{}")

    inputs = expand_paths(["b.json", "-", "./a.txt"])

    assert inputs == ["b.json", "-", "./a.txt"]


def test_a_folder_gives_the_order_files_below_it_sorted(write_file: WriteFile) -> None:
    for name in ["b.JSON", "a.jsonl", "c/d.ndjson", "c/e.json.gz", "c/f.ndjson.zst", "c/g.jsonl.gz"]:
        write_file(f"in/{name}", b"")
    for name in ["a.csv", "a.gz", ".hidden.json", ".git/x.json", "a.jsonl.rejects.ndjson", "c/d.expect.json", "json"]:
        write_file(f"in/{name}", b"")

    inputs = expand_paths(["in"])

    assert inputs == [
        "in/a.jsonl",
        "in/b.JSON",
        "in/c/d.ndjson",
        "in/c/e.json.gz",
        "in/c/f.ndjson.zst",
        "in/c/g.jsonl.gz",
    ]


def test_a_glob_gives_what_matches_sorted_and_folders_in_it_as_folders(write_file: WriteFile) -> None:
    for name in [
        "in/b.json",
        "in/a.json",
        "in/a.json.rejects.ndjson",
        "in/a.expect.json",
        "in/sub/c.json",
        "in/none/x",
    ]:
        write_file(name, b"")

    inputs = expand_paths(["in/*[a-z]*"])

    assert inputs == ["in/a.json", "in/b.json", "in/sub/c.json"]


def test_a_glob_reaches_below_with_two_stars(write_file: WriteFile) -> None:
    write_file("in/a.json", b"")
    write_file("in/one/two/b.json", b"")

    inputs = expand_paths(["in/**/*.json"])

    assert inputs == ["in/a.json", "in/one/two/b.json"]


def test_a_rejects_file_is_read_when_it_is_named(write_file: WriteFile) -> None:
    write_file("a.ndjson.rejects.ndjson", b"")
    write_file("b.ndjson.rejects.ndjson", b"")

    inputs = expand_paths(["a.ndjson.rejects.ndjson", "*.rejects.ndjson"])

    assert inputs == ["a.ndjson.rejects.ndjson", "b.ndjson.rejects.ndjson"]


def test_a_file_whose_name_looks_like_a_glob_is_that_file(write_file: WriteFile) -> None:
    write_file("orders[1].json", b"")
    write_file("orders1.json", b"")

    inputs = expand_paths(["orders[1].json"])

    assert inputs == ["orders[1].json"]


def test_a_file_that_is_named_twice_is_read_once(write_file: WriteFile) -> None:
    write_file("in/a.json", b"")
    Path("link.json").symlink_to("in/a.json")

    inputs = expand_paths(["in/a.json", "-", "in", "./in/a.json", "link.json", "-"])

    assert inputs == ["in/a.json", "-"]


def test_a_pipe_can_be_named(write_file: WriteFile) -> None:
    write_file("a.json", b"{}")
    os.mkfifo("pipe")

    inputs = expand_paths(["pipe", "a.json"])

    assert (inputs, total_bytes(inputs)) == (["pipe", "a.json"], None)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("missing.json", "missing.json: No such file or directory"),
        ("in/a.json/b", "in/a.json/b: Not a directory"),
        ("*.csv", "*.csv: no file matches"),
        ("empty", "empty: no orders in this folder"),
        ("", "A path is empty"),
        ("in/\udcff.json", "in/\\xff.json: No such file or directory"),
        ("n" * 300, "n" * 300 + ": File name too long"),
    ],
)
def test_what_cannot_be_read_is_bad_input(write_file: WriteFile, path: str, message: str) -> None:
    write_file("in/a.json", b"")
    write_file("empty/readme.txt", b"")

    with pytest.raises(BadInputError) as refusal:
        expand_paths(["in", path])

    assert (refusal.value.message, refusal.value.kind) == (message, ErrorKind.BAD_INPUT)


@pytest.mark.parametrize("path", ["secret.json", "*.json", "in"])
def test_a_file_that_may_not_be_read_is_bad_input(
    write_file: WriteFile, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    file = write_file("in/secret.json" if path == "in" else "secret.json", b"")
    monkeypatch.setattr(os, "access", lambda *_: False)  # the tests may run as root, who may read everything

    with pytest.raises(BadInputError) as refusal:
        expand_paths([path])

    assert refusal.value.message == f"{file}: Permission denied"


def test_a_folder_that_may_not_be_read_is_bad_input(write_file: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    write_file("in/a.json", b"")
    write_file("in/locked/b.json", b"")
    scandir = os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: _denied(path) if path == "in/locked" else scandir(path))

    with pytest.raises(BadInputError) as refusal:
        expand_paths(["in"])

    assert refusal.value.message == "in/locked: Permission denied"


def _denied(path: str) -> NoReturn:
    raise PermissionError(errno.EACCES, "Permission denied", path)


def test_the_total_is_known_for_files_alone(write_file: WriteFile) -> None:
    write_file("a.json", b"{}")
    write_file("b.json", b"[{}]")

    total = total_bytes(["a.json", "b.json"])

    assert total == 6


def test_the_total_counts_standard_input_when_it_is_a_file(
    write_file: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_file("a.json", b"{}")
    write_file("b.json", b"[{}]")

    with Path("b.json").open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        total = total_bytes(["a.json", "-"])

    assert total == 6


@pytest.mark.parametrize("stdin", [None, io.TextIOWrapper(io.BytesIO(b"{}"))])
def test_the_total_is_unknown_when_standard_input_is_no_file(
    monkeypatch: pytest.MonkeyPatch, stdin: io.TextIOWrapper | None
) -> None:
    monkeypatch.setattr(sys, "stdin", stdin)

    total = total_bytes(["-"])

    assert total is None


def test_the_total_is_unknown_when_a_file_has_gone(write_file: WriteFile) -> None:
    write_file("a.json", b"{}")

    total = total_bytes(["a.json", "gone.json"])

    assert total is None


def test_a_name_that_is_no_utf_8_is_escaped() -> None:
    name = printable(os.fsdecode(b"auftr\xe4ge-\xc3\xa4.json"))

    assert name == "auftr\\xe4ge-ä.json"
