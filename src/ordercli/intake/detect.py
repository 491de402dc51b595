"""The first bytes of an input go in, the format they are written in comes out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import Literal

from ordercli.intake.bounded import BLANKS
from ordercli.intake.jsonseq import SEPARATOR
from ordercli.intake.values import end_of_value, may_be_cut_off

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
