"""Text of users becomes text that a terminal shows and never obeys."""

from __future__ import annotations

import re

# Controls (tabs and line ends apart), marks that turn the reading direction, line ends of Unicode, byte order marks.
_OBEYED = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n)"


def visible(text: str, limit: int | None = 1_000) -> str:
    r"""The text with every character that is not printable as an escape (`\x1b`, `\n`, `\u202e`), cut to `limit`.

    Not printable are control and format characters (bidirectional marks, zero-width ones), lone surrogates,
    unassigned characters, and all spaces but the ordinary one.
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}…"
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def inert(text: str) -> str:
    r"""The text with the characters that a terminal obeys as escapes (`\x1b`), tabs and line ends (LF, CRLF) apart."""
    return text if text.isprintable() else re.sub(_OBEYED, lambda found: visible(found[0]), text)


def inert_json(document: bytes) -> bytes:
    r"""The same JSON with the characters that a terminal obeys as its own escapes (`\u009b`): no value changes."""
    if document.isascii() and b"\x7f" not in document:  # what comes before the blank is escaped in any JSON
        return document
    return re.sub(_OBEYED, lambda found: f"\\u{ord(found[0]):04x}", document.decode()).encode()
