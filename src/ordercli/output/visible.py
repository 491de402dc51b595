"""Text of users becomes text that a terminal shows and never obeys, nor does the log of a CI job."""

from __future__ import annotations

import re

# Controls (tabs and line ends apart), marks that turn the reading direction, line ends of Unicode, byte order marks.
_OBEYED = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\r(?!\n)"

# Commands in the log of a CI job. GitHub reads `::error::` at the beginning of a line, Azure Pipelines `##vso[…]`,
# TeamCity `##teamcity[…]` and older runners `##[…]` anywhere. With one character escaped they are none.
_COMMAND = re.compile(r"(?m:^[^\S\n]*:(?=:))|#(?=#\w*\[)")
_COMMAND_IN_JSON = re.compile(rb"#(?=#\w*\[)")  # no line of JSON begins with a colon


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
    r"""Return the text with what a terminal or a CI log obeys as escapes (`\x1b`); tabs, LF and CRLF stay."""
    if not text.isprintable():
        text = re.sub(_OBEYED, lambda found: visible(found[0]), text)
    return _without_commands(text)


def inert_json(document: bytes) -> bytes:
    r"""Return the same JSON with what a terminal or a CI log obeys as its own escapes (`\u009b`): no value changes."""
    if not document.isascii() or b"\x7f" in document:  # what comes before the blank is escaped in any JSON
        document = re.sub(_OBEYED, lambda found: f"\\u{ord(found[0]):04x}", document.decode()).encode()
    return _COMMAND_IN_JSON.sub(rb"\\u0023", document) if b"##" in document else document


def _without_commands(text: str) -> str:
    if "##" not in text and "::" not in text:
        return text
    return _COMMAND.sub(lambda found: f"{found[0][:-1]}\\x{ord(found[0][-1]):02x}", text)
