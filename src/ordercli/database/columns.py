"""Column types, clauses and checks that mean the same on every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, Integer, String, text

if TYPE_CHECKING:
    from collections.abc import Iterable


def one_of(column: str, words: Iterable[str]) -> str:
    """That the column holds one of these words, the one that new rows have first.

    Not an IN list: SQLite builds a table of that for each row that is inserted, which took a fifth of the time that
    a line item takes.
    """
    return " OR ".join(f"{column} = {str(word)!r}" for word in words)


# SQLite numbers rows by itself only where the column is called INTEGER.
KEY = BigInteger().with_variant(Integer(), "sqlite")
# Texts sort by their code points, whatever the language of a server is.
TEXT = String().with_variant(String(collation="C"), "postgresql")


def where(condition: str) -> dict[str, Any]:
    """The arguments that make an index partial."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
