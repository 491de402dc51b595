"""What the core asks of a system that orders are forwarded to, whatever carries the requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping


class Answer(NamedTuple):
    """The answer to a request; names of headers are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class NotSentError(Exception):
    """A request did not reach the target."""


class CredentialsRefusedError(NotSentError):
    """The server that issues tokens refused ours."""


class NoAnswerError(Exception):
    """A request was sent, or a part of it, and no whole answer came: nobody knows what became of it."""


class Remote(Protocol):
    """A system that orders are forwarded to; several threads may use it."""

    def request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: bytes | None = None,
        key: str = "",
        *,
        version: str = "",
    ) -> Answer:
        """Send a request to a path below the base of the API, with `key` as its idempotency key; return the answer.

        `version` replaces the one at the end of that base, such as v4.

        Raises:
            NotSentError: the request cannot have arrived.
            NoAnswerError: it may have arrived.
        """
