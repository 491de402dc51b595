"""Make, list and revoke the tokens of clients that send requests over HTTP."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Literal

from ordercli.clients import tokens
from ordercli.clients.tokens import ApiTokenRow, Role
from ordercli.clock import later, now, timestamp
from ordercli.database.opening import make_database, open_database, read_database
from ordercli.database.store import transaction
from ordercli.errors import ConflictError, NotFoundError, UsageError
from ordercli.result_types import Result, Time
from ordercli.settings import DURATION
from ordercli.settings_loading import duration, short
from ordercli.typed_times import moment

if TYPE_CHECKING:
    from collections.abc import Callable

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


class ApiToken(Result):
    """A token of a client, without the token itself: only its hash is kept."""

    columns = ("name", "role", "source", "state", "created", "expires", "lastUsed")
    identified_by = "name"

    name: str
    role: Literal["read", "order", "operate"]
    source: str
    state: Literal["valid", "expired"]
    created: Time
    expires: Time | None
    last_used: Time | None

    @classmethod
    def of(cls, row: ApiTokenRow, at: str) -> ApiToken:
        """Return the result that describes a stored token at a time."""
        state: Literal["valid", "expired"] = "valid" if row.is_valid(at) else "expired"
        role: Literal["read", "order", "operate"] = Role(row.role).value
        return cls(row.name, role, row.source, state, row.created, row.expires, row.last_used)


class NewToken(Result):
    """A new token; only this result contains the token itself."""

    identified_by = "token"

    name: str
    role: Literal["read", "order", "operate"]
    source: str
    created: Time
    expires: Time | None
    token: str


def add_token(
    database: str,
    name: str,
    role: Role,
    source: str | None,
    expires: str | None,
    made: Callable[[str], None] | None = None,
) -> NewToken:
    """Make a token. Its source is its name, unless another is given; `expires` is a duration or a time.

    Raises:
        UsageError: the name, the source or the time is invalid.
        ConflictError: there is a token of this name.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"NAME takes up to 64 letters, digits, dots, hyphens and underscores, not {short(name)}")
    if source == "":
        raise UsageError("--source takes a name")
    at, token = now(), tokens.new_token()
    row = ApiTokenRow(name, tokens.digest(token), role, source or name, timestamp(at), expires and _end(expires))
    with closing(make_database(database, made)) as store, transaction(store, "token"):
        store.lock("tokens")
        if tokens.find(store, name):
            raise ConflictError(
                f"There is a token {name} already",
                hint=f"choose another name, or first `ordercli serve token revoke {name}`",
            )
        tokens.add(store, row)
    return NewToken(name, role.value, row.source, row.created, row.expires, token)


def _end(text: str) -> str:
    """Return the time that a duration or a time names.

    Raises:
        UsageError: it is neither, or lies in the past.
    """
    at = now()
    try:
        try:
            end = later(at, duration(text))
        except ValueError:
            end = timestamp(moment(text, at).at)
    except (ValueError, OverflowError) as error:
        message = f"--expires takes {DURATION}, or a time such as 2027-01-31T00:00:00Z, not {short(text)}"
        raise UsageError(message) from error
    if end <= timestamp(at):
        raise UsageError(f"--expires: {end} has passed")
    return end


def token_list(database: str) -> list[ApiToken]:
    """Return every token, by name."""
    with closing(read_database(database)) as store:
        return [ApiToken.of(row, timestamp(now())) for row in tokens.every(store)]


def revoke_token(database: str, name: str) -> ApiToken:
    """Delete a token; return what it was.

    Raises:
        NotFoundError: there is no token of this name.
    """
    with closing(open_database(database)) as store, transaction(store, "token"):
        row = tokens.find(store, name)
        if row is None or not tokens.delete(store, name):
            raise NotFoundError(f"There is no token {short(name)}", hint="see `ordercli serve token list`")
    return ApiToken.of(row, timestamp(now()))


def has_valid_token(database: str) -> bool:
    """Return whether any token is valid now."""
    at = timestamp(now())
    with closing(read_database(database)) as store:
        return any(row.is_valid(at) for row in tokens.every(store))
