"""Detect encoding and format from the first bytes of an input."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Literal

from ordercli.intake.formats import SEPARATOR
from ordercli.intake.values import BLANKS, end_of_value, may_be_cut_off

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOOKED_AT = 4

# The longer marks first, for one of UTF-16 begins one of UTF-32.
_MARKS = (
    (b"\xff\xfe\x00\x00", "UTF-32"),
    (b"\x00\x00\xfe\xff", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)
# Without a mark: which of the first four bytes are zero (RFC 4627, section 3).
_ZEROS: Mapping[tuple[bool, ...], str] = {
    (True, True, True, False): "UTF-32",
    (False, True, True, True): "UTF-32",
    (True, False, True, False): "UTF-16",
    (False, True, False, True): "UTF-16",
}


def other_encoding(head: bytes) -> str | None:
    """Return UTF-16 or UTF-32 if an input that begins with these bytes is in one of them; JSON is in UTF-8."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    return _ZEROS.get(tuple(byte == 0 for byte in head))


InputFormat = Literal["json", "array", "ndjson", "json-seq"]

_LINES_BY_NAME = re.compile(r"\.(ndjson|jsonl)(\.gz|\.zst)?$", re.IGNORECASE)
_COMMENTS = (b"//", b"/*", b"#")
_FAR_ENOUGH = 256 * 1024


def detect(chunks: Iterator[bytes], file: str) -> tuple[InputFormat, Iterator[bytes]]:
    """The format, and the chunks with nothing taken away.

    A record separator or `[` at the very beginning settles it. A document that is whole on the first line means lines.
    Otherwise a document spans lines, even a broken one, unless the second line begins a document of its own. In a file
    named `.ndjson` or `.jsonl` only a document that is whole does. Comments before the first document are skipped.
    """
    head = b""
    lines_by_name = bool(_LINES_BY_NAME.search(file))
    for chunk in chunks:
        head += chunk
        found = _look(head[:_FAR_ENOUGH], lines_by_name=lines_by_name)
        if found or len(head) >= _FAR_ENOUGH:
            return found or "ndjson", chain([head], chunks)
    return "ndjson", iter([head])


def _look(head: bytes, *, lines_by_name: bool) -> InputFormat | None:
    """The format, or None when more must be seen."""
    text = _after_comments(head.lstrip(BLANKS))
    if text.startswith(SEPARATOR):
        return "json-seq"
    if text.startswith(b"["):
        return "array"
    first, line_end, others = text.partition(b"\n")
    if line_end and _begins_with_value(first):
        return "ndjson"
    second = others.lstrip(BLANKS)
    if not second:
        return None
    if not lines_by_name and not second.startswith((b"{", b"[")):
        return "json"
    spanning = _begins_with_value(text)
    return None if spanning is None else "json" if spanning else "ndjson"


def _after_comments(text: bytes) -> bytes:
    """Return what follows the comments at the beginning; nothing if the end of one is not there."""
    while text.startswith(_COMMENTS):
        end = b"*/" if text.startswith(b"/*") else b"\n"
        text = text.partition(end)[2].lstrip(BLANKS)
    return text


def _begins_with_value(text: bytes) -> bool | None:
    """Whether a whole JSON value begins here; None when the text may end too early to tell."""
    try:
        end_of_value(text.decode("latin-1"))
    except json.JSONDecodeError as error:
        return None if may_be_cut_off(error, len(text)) else False
    except RecursionError:
        return False
    return True
