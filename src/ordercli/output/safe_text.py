"""Text that neither a terminal nor the log of a CI job obeys."""

from __future__ import annotations

import re

# Control characters except tabs and line ends, bidirectional marks, line ends of Unicode, byte order marks.
_CONTROL_CHARACTERS = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n)"
# The first bytes of these characters in UTF-8, but for those that are escaped in any JSON, and U+007F.
_LEADS = (b"\xc2", b"\xd8", b"\xe2", b"\xef")
# Commands in the log of a CI job. GitHub reads `::error::` at the beginning of a line, Azure Pipelines `##vso[…]`,
# TeamCity `##teamcity[…]` and older runners `##[…]` anywhere. Escaping one character disables them.
_COMMAND = r"(?m:^[^\S\n]*:(?=:))|#(?=#\w*\[)"
_COMMAND_IN_JSON = rb"#(?=#\w*\[)"  # no line of JSON begins with a colon


def is_plain(text: str) -> bool:
    """Return whether `visible` and `inert` surely leave the text, and every part of it, as it is."""
    return text.isprintable() and "##" not in text and "::" not in text


def visible(text: str, limit: int | None = 1_000) -> str:
    r"""Return the text with every character that is not printable as an escape (`\x1b`, `\n`), cut to `limit`.

    Not printable are control and format characters (bidirectional marks, zero-width ones), lone surrogates,
    unassigned characters, and all spaces but the ordinary one. Commands of CI systems lose a character in the same way.
    """
    if limit is not None and len(text) > limit:
        text = f"{text[:limit]}…"
    if not text.isprintable():
        text = "".join(
            character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
            for character in text
        )
    return _without_commands(text)


def inert(text: str) -> str:
    r"""Return the text with characters that control a terminal or a CI log as escapes (`\x1b`); tabs, LF, CRLF stay."""
    if not text.isprintable():
        text = re.sub(_CONTROL_CHARACTERS, lambda found: visible(found[0]), text)
    return _without_commands(text)


def inert_json(document: bytes) -> bytes:
    r"""Return equal JSON with characters that control a terminal or a CI log as JSON escapes (`\u009b`)."""
    if b"\x7f" in document or (not document.isascii() and any(lead in document for lead in _LEADS)):
        document = re.sub(_CONTROL_CHARACTERS, lambda found: f"\\u{ord(found[0]):04x}", document.decode()).encode()
    # Two bytes are searched for at a tenth of the speed of one, which few documents have.
    return re.sub(_COMMAND_IN_JSON, rb"\\u0023", document) if b"#" in document and b"##" in document else document


def _without_commands(text: str) -> str:
    if "##" not in text and "::" not in text:
        return text
    return re.sub(_COMMAND, lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}", text)
