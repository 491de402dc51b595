"""What `--database` says: the path of a file, or the address of a PostgreSQL server."""

from __future__ import annotations

import re

_SCHEMES = ("postgresql://", "postgres://")
_HIDDEN = r"(?<=://)([^/?#@]*?):.*@|(?<=[?&])((?:ssl)?password)=[^&]*"


def is_server(database: str) -> bool:
    """Whether it is the address of a server."""
    return database.startswith(_SCHEMES)


def masked(database: str) -> str:
    """The database as it may be shown: without a password."""
    return re.sub(_HIDDEN, _without_password, database) if is_server(database) else database


def without_password(database: str) -> str:
    """Return the database as it may be printed and used again: an address without its passwords."""
    if not is_server(database):
        return database
    address = re.sub(r"(?<=://)([^/?#@]*?):.*@", r"\1@", database)
    base, mark, query = address.partition("?")
    kept = [each for each in query.split("&") if not re.match(r"(?:ssl)?password=", each)]
    return base + (mark + "&".join(kept) if any(kept) else "")


def _without_password(found: re.Match[str]) -> str:
    return f"{found[2]}=***" if found[2] else f"{found[1]}:***@"
