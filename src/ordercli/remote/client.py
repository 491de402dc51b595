"""Send requests to a target. Redirects are not followed, and nothing is sent twice: the caller decides about that."""

from __future__ import annotations

import re
import ssl
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NewConnectionError,
    ProxyError,
    SSLError,
)
from urllib3.exceptions import TimeoutError as SlowError

from ordercli.errors import UsageError
from ordercli.operations.remote import Answer, NoAnswerError, NotSentError
from ordercli.remote.authorization import Authorization
from ordercli.remote.connections import POOLS
from ordercli.targets import require_private
from ordercli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.targets import Target

_LONGEST_ANSWER = 16 * 1024 * 1024
_UNAUTHORIZED = 401
_SHORTEST_SECRET = 8
_MASK = b"(masked)"


class Client:
    """A target over HTTP. It keeps connections; several threads may use it.

    Raises:
        UsageError: a secret, a certificate or a key cannot be used.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self._base = target.url.rstrip("/")
        self._pools = _pools(target)
        self._authorization = Authorization(target, self._send)

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
        """Send a request; see `operations.remote.Remote`."""
        base = re.sub(r"/v\d+$", f"/{version}", self._base) if version else self._base
        url = f"{base}{path}{'?' + urlencode(query) if query else ''}"
        headers = {"Accept": "application/json", **({"Idempotency-Key": key} if key else {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
        authorization = self._authorization.headers()
        answer = self._send(method, url, {**headers, **authorization}, body)
        # A token may end before its time. What was refused so was not looked at, so it may be sent once more.
        if answer.status == _UNAUTHORIZED and self._authorization.forget(authorization):
            authorization = self._authorization.headers()
            answer = self._send(method, url, {**headers, **authorization}, body)
        return _without_credentials(answer, authorization)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        try:
            response = self._pools.urlopen(
                method,
                url,
                body=body,
                headers={"User-Agent": f"ordercli/{__version__}", **headers},
                retries=False,
                redirect=False,
                preload_content=False,
            )
            with closing(response):
                content = bytearray()
                while chunk := response.read1(decode_content=True):
                    content += chunk
                    if len(content) > _LONGEST_ANSWER:
                        raise NoAnswerError("the answer does not end")
                named = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status, named, bytes(content))
        except (NewConnectionError, ConnectTimeoutError, ProxyError) as error:
            raise NotSentError(_reason(error)) from error
        except SSLError as error:
            if isinstance(error.args[0], ssl.SSLCertVerificationError):
                raise NotSentError(f"its certificate is refused: {error.args[0].verify_message}") from error
            raise NoAnswerError(_reason(error)) from error
        except (HTTPError, OSError) as error:
            raise NoAnswerError(_reason(error)) from error


def _pools(target: Target) -> urllib3.PoolManager:
    context = ssl.create_default_context()
    try:
        if target.ca_file:
            context = ssl.create_default_context(cafile=target.ca_file)
        if target.certificate:
            key = target.certificate_key or target.certificate
            require_private(Path(key))
            context.load_cert_chain(target.certificate, key, password=_no_password)
    except (OSError, ValueError) as error:
        what = target.ca_file if target.ca_file and not target.certificate else target.certificate or target.ca_file
        raise UsageError(f"Cannot use the certificate {what}: {getattr(error, 'strerror', None) or error}") from error
    seconds = float(target.timeout)
    options: dict[str, Any] = {
        "num_pools": 4,
        "maxsize": target.max_in_flight,
        "block": False,
        "timeout": urllib3.Timeout(connect=seconds, read=seconds),
        "ssl_context": context,
    }
    pools = urllib3.ProxyManager(target.proxy, **options) if target.proxy else urllib3.PoolManager(**options)
    pools.pool_classes_by_scheme = POOLS
    return pools


def _without_credentials(answer: Answer, authorization: Mapping[str, str]) -> Answer:
    """Mask the credentials of a request in its answer, which is kept and printed."""
    sent = authorization.get("Authorization", "")
    credentials = sent.partition(" ")[2]
    # A shorter word is masked only together with its scheme: it may be part of an order.
    word = (credentials if len(credentials) >= _SHORTEST_SECRET else sent).encode()
    if not word:
        return answer
    body = answer.body.replace(word, _MASK).replace(word.replace(b"/", b"\\/"), _MASK)
    return answer._replace(body=body)


def _no_password() -> str:
    """Answer OpenSSL, which would ask the terminal for the password of an encrypted key."""
    raise ValueError("the key is encrypted; ordercli needs one without a password")


def _reason(error: BaseException) -> str:
    """Return why a request failed, without the address of an object in it."""
    if isinstance(error, SlowError) and not isinstance(error, NewConnectionError):
        return "no answer in time"
    cause = error.__cause__ or error.__context__ or error
    return f"no answer: {getattr(cause, 'strerror', None) or cause}"
