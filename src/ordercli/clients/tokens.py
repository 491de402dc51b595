"""Tokens: who may send requests over HTTP, and what each may do. Only the hash of a token is kept."""

from __future__ import annotations

import secrets
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

from ordercli.database.statements import Row, insert_rows, select

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.database.store import Store

# By these characters, programs that look for secrets in files find a token.
PREFIX = "oc_"
_RANDOM_BYTES = 32


class Role(StrEnum):
    """What a client may do: read orders of its source, also create and change them, or all of that in every source."""

    READ = "read"
    ORDER = "order"
    OPERATE = "operate"

    def covers(self, other: Role) -> bool:
        """Return whether this role may do whatever the other one may."""
        roles = list(Role)
        return roles.index(self) >= roles.index(other)


class ApiTokenRow(Row, frozen=True, gc=False):
    """A token: the client's name, and the source of its orders. `role` is a `Role`; times as `timestamp` has them."""

    TABLE: ClassVar = "api_token"

    name: str
    hash: bytes
    role: str
    source: str
    created: str
    expires: str | None = None
    last_used: str | None = None

    def is_valid(self, at: str) -> bool:
        """Return whether the token has not expired at this time."""
        return self.expires is None or at < self.expires

    @property
    def sees(self) -> str | None:
        """Return the only source whose orders the client may see; None for all."""
        return None if self.role == Role.OPERATE else self.source


def new_token() -> str:
    """Return a new token: 256 random bits."""
    return PREFIX + secrets.token_hex(_RANDOM_BYTES)


def digest(token: str) -> bytes:
    """Return the hash of a token. It needs neither salt nor a slow function: nobody can guess 256 random bits."""
    return sha256(token.encode(errors="surrogateescape")).digest()


def every(store: Store) -> list[ApiTokenRow]:
    """Return every token, by name; expired ones too."""
    return [ApiTokenRow(*row) for row in store.execute(select(ApiTokenRow, "ORDER BY name"))]


def find(store: Store, name: str) -> ApiTokenRow | None:
    """Return the token of this name, or None."""
    row = store.execute(select(ApiTokenRow, "WHERE name = ?"), (name,)).fetchone()
    return ApiTokenRow(*row) if row else None


def add(store: Store, token: ApiTokenRow) -> None:
    """Add a token; the caller commits."""
    insert_rows(store, [token])


def delete(store: Store, name: str) -> bool:
    """Delete a token; return whether there was one. The caller commits."""
    return store.execute("DELETE FROM api_token WHERE name = ?", (name,)).rowcount == 1


def note_use(store: Store, used: Mapping[str, str]) -> None:
    """Note when tokens were last used, by name; the caller commits."""
    store.executemany("UPDATE api_token SET last_used = ? WHERE name = ?", [(at, name) for name, at in used.items()])
