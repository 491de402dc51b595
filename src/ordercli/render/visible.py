"""Text of users becomes text that a terminal shows and never obeys."""

from __future__ import annotations


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
