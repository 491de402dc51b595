"""JSON is written piece by piece, in ASCII: nothing in it can reach a terminal raw or break its encoding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ordercli.render.visible import inert_json

if TYPE_CHECKING:
    from typing import TextIO

_encode = json.JSONEncoder(separators=(",", ":")).encode


def to_json(value: object) -> str:
    """Return the value on one line; what a CI log would take for a command is escaped."""
    text = _encode(value)
    return inert_json(text.encode()).decode() if "##" in text else text


class ArrayWriter:
    """The elements of a JSON array, one a line; its brackets are the caller's."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._separator = "\n"

    def add(self, element: str) -> None:
        """Write one element, given as JSON."""
        self._stream.write(f"{self._separator}{element}")
        self._separator = ",\n"


def as_utf8(path: str) -> str:
    """A file name, which need not be UTF-8, as JSON can hold it."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
