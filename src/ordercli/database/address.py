"""Parse the name of a database: the path of a file, or the address of a PostgreSQL server."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Self

from ordercli.errors import UsageError
from ordercli.settings_files import expanded

_SCHEMES = ("postgresql://", "postgres://")
_HIDDEN = r"(?<=://)([^/?#@]*?):.*@|(?<=[?&])((?:ssl)?password)=[^&]*"
_ACCEPTED = "name the path of a file, or an address such as postgresql://USER@HOST/DATABASE"
# Names that look like an unsupported address. Messages do not quote them: they may hold a password.
_REFUSED = (
    (r":memory:\Z", "`:memory:` is not accepted: a database must outlive the command"),
    (r"(?i)file:", "addresses that begin with `file:` are not accepted"),
    (r"(?i)postgres(?:ql)?:", "the address of a server begins with postgresql:// (lower case, two slashes)"),
    (r"(?i)(?:[a-z][a-z0-9+.-]+:)+/", "only addresses that begin with postgresql:// are known"),
    (
        r"(?:host|hostaddr|port|dbname|user|password|passfile|service|sslmode|options|connect_timeout)\s*=",
        "a connection string of the form `host=… dbname=…` is not accepted",
    ),
    (r"(?s).*\0", "the name of the database holds a NUL character"),
)
_SIGNS = frozenset(":=\0")  # one of them is in each of these names


class Database(str):
    """The name of a database, where it was given, and whether it may lie on a network file system.

    `store` is its name in the settings, if it was chosen by that.
    """

    __slots__ = ("allows_network", "origin", "store")
    origin: str
    allows_network: bool
    store: str | None

    def __new__(cls, name: str, origin: str, *, allows_network: bool = False, store: str | None = None) -> Self:
        """Make a database from its name."""
        made = super().__new__(cls, name)
        made.origin = origin
        made.allows_network = allows_network
        made.store = store
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:
        """Return the arguments that make it again when another process unpickles it."""
        return (str(self), self.origin), {"allows_network": self.allows_network, "store": self.store}


def understood(
    text: str, origin: str, folder: Path | None = None, *, allows_network: bool = False, store: str | None = None
) -> Database:
    """Return the database that a user named. In a path, `~` is expanded; a relative path starts at `folder`.

    Raises:
        UsageError: the text is neither a path nor an address; the message names its origin.
    """
    if is_server(text):
        return Database(text, origin, store=store)
    if not text.strip():
        raise UsageError(f"{origin}: the name of the database is empty", hint=_ACCEPTED)
    if not _SIGNS.isdisjoint(text):  # most paths have none of them, and patterns are slow to compile
        for pattern, reason in _REFUSED:
            if re.match(pattern, text):
                raise UsageError(f"{origin}: {reason}", hint=_ACCEPTED)
    path = expanded(text)
    if folder is not None:
        path = str(folder / path)
    if not Path(path).is_absolute():
        _refuse_lost_folder(path, origin)
    return Database(path, origin, allows_network=allows_network, store=store)


def _refuse_lost_folder(path: str, origin: str) -> None:
    try:
        Path.cwd()
    except FileNotFoundError:
        raise UsageError(
            f"{origin}: {path} is relative to the working folder, which was deleted",
            hint="change to another folder, or give an absolute path",
        ) from None


def where(database: str) -> str:
    """Return the name of the database for messages: without a password, with the origin of the name."""
    origin = getattr(database, "origin", None)
    return f"{masked(database)} (from {origin})" if origin else masked(database)


def beside(database: str, suffix: str) -> Path:
    """Return the path of a companion file, such as `-wal`; like SQLite, resolve symbolic links first."""
    return Path(f"{os.path.realpath(database)}{suffix}")


def is_server(database: str) -> bool:
    """Return whether the name is the address of a server."""
    return database.startswith(_SCHEMES)


def masked(database: str) -> str:
    """Return the name of the database as plain text, with `***` in place of a password."""
    return re.sub(_HIDDEN, _without_password, database) if is_server(database) else str(database)


def without_password(database: str) -> str:
    """Return the name of the database without passwords, in a form that can be used to connect again."""
    if not is_server(database):
        return database
    address = re.sub(r"(?<=://)([^/?#@]*?):.*@", r"\1@", database)
    base, mark, query = address.partition("?")
    kept = [each for each in query.split("&") if not re.match(r"(?:ssl)?password=", each)]
    return base + (mark + "&".join(kept) if any(kept) else "")


def is_same_place(one: str, other: str) -> bool:
    """Return whether two names lead to the same file, or to the same database of a server, whoever connects to it."""
    if is_server(one) or is_server(other):
        return is_server(one) and is_server(other) and _place_on_server(one) == _place_on_server(other)
    return os.path.realpath(one) == os.path.realpath(other)


def _place_on_server(address: str) -> tuple[str, str, str]:
    """Return host, port and database of an address, where they do not come from the environment."""
    from urllib.parse import parse_qs, unquote, urlsplit  # few commands compare servers

    parts = urlsplit(address)
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    place = parts.netloc.rpartition("@")[2]
    host, _, port = place.rpartition(":") if re.search(r":\d*$", place) else (place, "", "")
    named = unquote(parts.path.lstrip("/")) or given.get("dbname", "")
    return unquote(host).lower() or given.get("host", ""), port or given.get("port", "") or "5432", named


def _without_password(found: re.Match[str]) -> str:
    return f"{found[2]}=***" if found[2] else f"{found[1]}:***@"
