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


def _without_password(found: re.Match[str]) -> str:
    return f"{found[2]}=***" if found[2] else f"{found[1]}:***@"
