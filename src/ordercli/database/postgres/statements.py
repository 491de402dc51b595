"""A statement of the store files becomes one of PostgreSQL.

Store files write the SQL that SQLite and PostgreSQL share. What differs is little, and stands here: placeholders, the
two kinds of transaction, lists that come as JSON, and what a comment `/* postgresql: … */` holds for PostgreSQL alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_BEGIN_WRITE = (
    "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '30s';"
    # A server may be set to acknowledge what it has not written yet; what a stricter one does is left as it is.
    " SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
)
_WHOLE = {
    "BEGIN IMMEDIATE": _BEGIN_WRITE,
    "BEGIN": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
    "PRAGMA defer_foreign_keys = ON": "SET CONSTRAINTS ALL DEFERRED",
}
_OURS = re.compile(r"/\* postgresql: (.*?) \*/")
_KEYS = "IN (SELECT value FROM json_each(?))"
_TEXTS = "json_each(?) AS wanted"
_PLAIN_INSERT = re.compile(r"INSERT INTO (\w+ \([^)]*\)) VALUES \(\?(?:, \?)*\)")
# In text each byte is two digits. A binary COPY is told the types, and cuts a number that is too great for a column
# narrower than int8 without a word: it is for the tables of bytes alone.
_BINARY = {
    "payload (seq, sha256, body)": ("int8", "bytea", "bytea"),
    "revised_document (order_seq, sha256, body)": ("int8", "bytea", "bytea"),
}


class Copy(NamedTuple):
    """A COPY FROM STDIN; `types` are those of its columns where it is a binary one."""

    statement: str
    types: tuple[str, ...] = ()


@lru_cache(1024)
def translated(statement: str) -> str:
    """The statement as PostgreSQL and psycopg take it.

    Raises:
        ValueError: it has lists in a form that is not known here (a bug).
    """
    if statement in _WHOLE:
        return _WHOLE[statement]
    statement = _OURS.sub(r"\1", statement).replace("%", "%%")
    # An array, not a subselect: the planner knows how to look its elements up in an index.
    keys = "= ANY (ARRAY(SELECT CAST(value AS bigint) FROM json_array_elements_text(CAST(? AS json)) AS value))"
    texts = "json_array_elements_text(CAST(? AS json)) AS wanted (value)"
    statement = statement.replace(_KEYS, keys).replace(_TEXTS, texts).replace("?", "%s")
    if "json_each" in statement:
        raise ValueError(f"json_each in a form that has no translation: {statement}")
    return statement


@lru_cache(64)
def as_copy(statement: str) -> Copy | None:
    """The COPY that does what many runs of a plain INSERT do; None for any other statement."""
    found = _PLAIN_INSERT.fullmatch(statement)
    if found is None:
        return None
    types = _BINARY.get(found[1], ())
    return Copy(f"COPY {found[1]} FROM STDIN{' (FORMAT BINARY)' if types else ''}", types)
