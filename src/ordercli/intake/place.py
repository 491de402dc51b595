"""Where in a text a byte stands: lines and columns from 1, columns in characters."""

from __future__ import annotations

_CONTINUATION = bytes(range(0x80, 0xC0))


def advance(line: int, column: int, data: bytes) -> tuple[int, int]:
    """The place of the byte after `data`, whose first byte stands at `line` and `column`.

    Bytes that continue a UTF-8 character are not counted.
    """
    newlines = data.count(b"\n")
    if newlines:
        data = data[data.rindex(b"\n") + 1 :]
        line, column = line + newlines, 1
    return line, column + (len(data) if data.isascii() else len(data.translate(None, _CONTINUATION)))
