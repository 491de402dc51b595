"""Detect the format of an input by its beginning."""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Literal

from ordercli.intake.json_values import LONGEST_TOKEN, begins_with_value, first_fault
from ordercli.intake.record import BLANKS
from ordercli.intake.texts import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Iterator

InputFormat = Literal["json", "array", "ndjson", "json-seq"]
_LINES_BY_NAME = re.compile(r"\.(ndjson|jsonl)(\.gz|\.zst)?$", re.IGNORECASE)
_COMMENTS = (b"//", b"/*", b"#")
_FAR_ENOUGH = 256 * 1024


def detect(chunks: Iterator[bytes], file: str, *, long_document: bool = False) -> tuple[InputFormat, Iterator[bytes]]:
    """Return the format, and an iterator over all chunks.

    A record separator or `[` at the very beginning decides. A complete document on the first line means NDJSON.
    Otherwise the input holds documents that span lines, even broken ones, unless the second line begins with `{` or
    `[` and no complete document spans it. In a file named `.ndjson` or `.jsonl` only a document without a fault means
    documents that span lines: a complete one, the beginning of a long one, or one that was cut off. Comments before the
    first document are skipped. A first line of more than 256 KiB means NDJSON, but with `long_document` one document.
    """
    head = b""
    lines_by_name = bool(_LINES_BY_NAME.search(file))
    for chunk in chunks:
        head += chunk
        found = _look(head[:_FAR_ENOUGH], lines_by_name=lines_by_name)
        if found or len(head) >= _FAR_ENOUGH:
            return found or _of_beginning(head[:_FAR_ENOUGH], long_line=long_document), chain([head], chunks)
    return _of_beginning(head, is_all=True, long_line=long_document), iter([head])


def _of_beginning(head: bytes, *, is_all: bool = False, long_line: bool = False) -> InputFormat:
    """Return the format of an input that begins with an unfinished document; `is_all` if it ends there.

    If the input ends, a second line that begins with `{` or `[` is the next document, and the first one is broken.
    """
    text = _after_comments(head.lstrip(BLANKS))
    second = text.partition(b"\n")[2].lstrip(BLANKS)
    if (not second and not long_line) or (is_all and second.startswith((b"{", b"["))):
        return "ndjson"
    reach = len(text.rstrip(BLANKS)) if is_all else len(text) - LONGEST_TOKEN
    return "ndjson" if first_fault(text) < reach else "json"


def _look(head: bytes, *, lines_by_name: bool) -> InputFormat | None:
    """Return the format, or None if more of the input is needed to tell."""
    text = _after_comments(head.lstrip(BLANKS))
    if text.startswith(SEPARATOR):
        return "json-seq"
    if text.startswith(b"["):
        return "array"
    first, line_end, others = text.partition(b"\n")
    if line_end and begins_with_value(first):
        return "ndjson"
    second = others.lstrip(BLANKS)
    if not second:
        return None
    if not lines_by_name and not second.startswith((b"{", b"[")):
        return "json"
    spanning = begins_with_value(text)
    return None if spanning is None else "json" if spanning else "ndjson"


def _after_comments(text: bytes) -> bytes:
    """Return the text after the comments at the beginning; nothing if a comment does not end in it."""
    while text.startswith(_COMMENTS):
        end = b"*/" if text.startswith(b"/*") else b"\n"
        text = text.partition(end)[2].lstrip(BLANKS)
    return text
