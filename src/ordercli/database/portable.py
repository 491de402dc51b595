"""Column types and clauses that mean the same on every engine."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Integer, String, text

# SQLite numbers rows by itself only where the column is called INTEGER.
KEY = BigInteger().with_variant(Integer(), "sqlite")
# Texts sort by their code points, whatever the language of a server is.
TEXT = String().with_variant(String(collation="C"), "postgresql")


def where(condition: str) -> dict[str, Any]:
    """The arguments that make an index partial."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
