"""How deep a document is nested, told from its brackets alone."""

from __future__ import annotations

import re
from itertools import accumulate

MAX_DEPTH = 64

_ONE_KIND = bytes.maketrans(b"[]", b"{}")
_NO_MARK = bytes(set(range(256)) - set(b'[]{}"'))
_STRING = re.compile(rb'"[^"]*+"?')
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def is_too_deep(data: bytes) -> bool:
    """Whether objects and arrays stand in each other more than 64 levels deep.

    Exact for JSON; of anything else it says only that a parser may go through it without danger.
    """
    if b"\\" in data:
        data = data.replace(rb"\\", b"").replace(rb"\"", b"")
    marks = data.translate(_ONE_KIND, _NO_MARK)
    if marks.count(b"{") <= MAX_DEPTH:
        return False
    brackets = _outside_strings(marks)
    for level in range(MAX_DEPTH + 1):
        if brackets.count(b"{") <= MAX_DEPTH - level:
            return False
        inner = brackets.replace(b"{}", b"")  # takes out the innermost level
        if len(inner) == len(brackets):
            return True
        brackets = inner
    return True


def _outside_strings(marks: bytes) -> bytes:
    """The brackets outside of strings: where `""` is all that strings are made of, none holds a bracket."""
    brackets = marks.replace(b'""', b"")
    return _STRING.sub(b"", marks) if b'"' in brackets else brackets


def too_deep_at(data: bytes) -> int:
    """The offset of the first bracket that opens a level too many."""
    steps = ((token.start(), token[0]) for token in _TOKEN.finditer(data))
    deep = accumulate(steps, _step, initial=(0, 0))
    return next((at for at, depth in deep if depth > MAX_DEPTH), 0)


def _step(before: tuple[int, int], token: tuple[int, bytes]) -> tuple[int, int]:
    at, mark = token
    return at, before[1] + (mark in b"[{") - (mark in b"]}")
