"""How requests to a target are authenticated."""

from __future__ import annotations

import threading
from base64 import b64encode
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlencode

import msgspec

from ordercli.operations.remote import CredentialsRefusedError, NoAnswerError, NotSentError
from ordercli.targets import secret

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ordercli.operations.remote import Answer
    from ordercli.targets import Target

    Send = Callable[[str, str, Mapping[str, str], bytes], Answer]

# A token that ends sooner is not used any more: the request with it must arrive before that.
_MARGIN_SECONDS = 30
_DEFAULT_LIFE_SECONDS = 300


class _Issued(msgspec.Struct):
    """The answer of a server that issues tokens (RFC 6749, 5.1)."""

    access_token: str
    expires_in: float = _DEFAULT_LIFE_SECONDS


class Authorization:
    """Make the header Authorization. Secrets are read once, when a run begins.

    Raises:
        UsageError: a secret is missing, or others can read its file.
    """

    def __init__(self, target: Target, send: Send) -> None:
        self._target = target
        self._send = send
        self._lock = threading.Lock()
        self._token, self._good_until = "", 0.0
        self._fixed, self._secret = "", ""
        if target.auth == "basic":
            self._fixed = _basic(target.user, secret(target, "password"))
        elif target.auth == "bearer":
            self._fixed = f"Bearer {secret(target, 'token')}"
        elif target.auth == "oauth2":
            self._secret = secret(target, "client_secret")

    def headers(self) -> dict[str, str]:
        """Return the headers that authenticate a request; ask for a token where there is none.

        Raises:
            NotSentError: no token could be had.
        """
        if self._target.auth != "oauth2":
            return {"Authorization": self._fixed} if self._fixed else {}
        with self._lock:
            if monotonic() >= self._good_until:
                self._renew()
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self, refused: Mapping[str, str]) -> bool:
        """Forget the token of a request that was refused; return whether another one may be accepted."""
        with self._lock:
            if self._target.auth != "oauth2":
                return False
            if refused.get("Authorization") == f"Bearer {self._token}":
                self._good_until = 0.0
            return True

    def _renew(self) -> None:
        form = {"grant_type": "client_credentials", **({"scope": self._target.scope} if self._target.scope else {})}
        headers = {
            # RFC 6749, 2.3.1: both are form-encoded first.
            "Authorization": _basic(quote_plus(self._target.client_id), quote_plus(self._secret)),
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        asked = monotonic()
        try:
            answer = self._send("POST", self._target.token_url, headers, urlencode(form).encode())
        except (NotSentError, NoAnswerError) as error:
            raise NotSentError(f"no token: {error}") from error
        if answer.status in {400, 401, 403}:
            raise CredentialsRefusedError(f"{self._target.token_url} refuses our credentials ({answer.status})")
        try:
            issued = msgspec.json.decode(answer.body, type=_Issued, strict=False)  # some servers send "3600"
        except (ValueError, RecursionError) as error:  # no JSON, no UTF-8, nested too deeply
            raise NotSentError(f"{self._target.token_url} answered {answer.status} without a token") from error
        if not (issued.access_token.isascii() and issued.access_token.isprintable()):
            raise NotSentError(f"{self._target.token_url} answered {answer.status} with a token that cannot be sent")
        self._token = issued.access_token
        # A short life is used by half, or no request could ever be sent.
        self._good_until = asked + max(issued.expires_in - _MARGIN_SECONDS, issued.expires_in / 2)


def _basic(user: str, password: str) -> str:
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
