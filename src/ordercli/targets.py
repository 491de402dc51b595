"""The systems that orders are forwarded to: `[targets.NAME]` in the settings, and where their secrets are."""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from ordercli.errors import NotFoundError, UsageError
from ordercli.settings import PROFILES, About, Key, ProfileName, ResourceName, Seconds, Settings, keys_of
from ordercli.settings_files import expanded
from ordercli.settings_loading import converted

_RESOURCES: tuple[ResourceName, ...] = ("productOrder", "serviceOrder")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_PLACES = ("{externalId}", "{source}", "{orderId}")


class Target(NamedTuple):
    """`[targets.NAME]`: a system that orders are forwarded to."""

    url: Annotated[
        str,
        About(
            "base of its API, such as https://host/api/sn_ind_tmt_orm; the paths of the profile are appended. With the"
            " profile tmf622, a version at its end becomes that of the order"
        ),
    ] = ""
    resource: Annotated[ResourceName, About("the kind of order that it takes", _RESOURCES)] = "productOrder"
    profile: Annotated[ProfileName, About("how its orders are written", PROFILES)] = "servicenow"
    mode: Annotated[str, About("whether it creates orders at once or queues them (?mode=async)", ("sync", "async"))] = (
        "sync"
    )
    lookup: Annotated[
        str,
        About(
            "how an order is found there by its external id: GET …/ID, GET …?externalId=ID, or not at all",
            ("path", "filter", "none"),
        ),
    ] = "none"
    external_id: Annotated[str, About("external id of orders there, made of {externalId}, {source} and {orderId}")] = (
        "{externalId}"
    )
    auth: Annotated[str, About("how to authenticate", ("none", "basic", "bearer", "oauth2"))] = "none"
    user: Annotated[str, About("with basic: the user")] = ""
    password_env: Annotated[str, About("with basic: the variable that holds the password")] = ""
    password_file: Annotated[str, About("with basic: the file that holds the password")] = ""
    token_env: Annotated[str, About("with bearer: the variable that holds the token")] = ""
    token_file: Annotated[str, About("with bearer: the file that holds the token")] = ""
    token_url: Annotated[str, About("with oauth2: where tokens are issued (client credentials)")] = ""
    client_id: Annotated[str, About("with oauth2: the id of the client")] = ""
    client_secret_env: Annotated[str, About("with oauth2: the variable that holds the secret of the client")] = ""
    client_secret_file: Annotated[str, About("with oauth2: the file that holds the secret of the client")] = ""
    scope: Annotated[str, About("with oauth2: the scope to ask for")] = ""
    certificate: Annotated[str, About("PEM file with the client certificate, and its key if that stands in it")] = ""
    certificate_key: Annotated[str, About("PEM file with the key of the client certificate")] = ""
    ca_file: Annotated[str, About("PEM file with the authorities that may have signed its certificate")] = ""
    proxy: Annotated[str, About("address of an HTTP proxy, such as http://proxy:3128")] = ""
    max_in_flight: Annotated[int, About("most requests at the same time", least=1, most=256)] = 4
    max_per_second: Annotated[int, About("most orders sent or asked for in a second; 0: any number")] = 0
    max_per_hour: Annotated[int, About("most orders sent in an hour; 0: any number")] = 0
    timeout: Annotated[
        Seconds, About("a request must be answered within this time, to its last byte; connecting may take as long")
    ] = Seconds(30)
    settle: Annotated[
        Seconds, About("how long after an unknown outcome the order is looked for; 0: twice the timeout")
    ] = Seconds(0)
    follow_every: Annotated[
        Seconds,
        About("how soon `forward follow` asks for the state of an order again; without a change up to 64 times later"),
    ] = Seconds(60)

    @property
    def settle_seconds(self) -> float:
        """Return how long to wait after a request whose outcome is unknown."""
        return float(self.settle or 2 * self.timeout)

    def external_id_of(self, order_id: str, external_id: str | None, source: str) -> str:
        """Return the external id of an order at the target; without an external id, it is the id of the order."""
        if external_id is None:
            return order_id
        values = dict(zip(_PLACES, (external_id, source, order_id), strict=True))
        return re.sub(r"\{\w+\}", lambda match: values[match[0]], self.external_id)


TARGET_KEYS: Mapping[str, Key] = keys_of(Target, "")


def names(settings: Settings) -> list[str]:
    """Return the names of the targets."""
    return sorted(settings.targets)


def target(settings: Settings, name: str) -> Target:
    """Return the target of that name.

    Raises:
        NotFoundError: there is none.
        UsageError: its settings are wrong.
    """
    if name not in settings.targets:
        known = ", ".join(names(settings)) or "none"
        raise NotFoundError(
            f"there is no target {name!r}; known: {known}",
            hint=f"write [targets.{name}] with its url into your own settings file (`ordercli config path`)",
        )
    file, table = settings.targets[name]
    origin = f"{file}: targets.{name}"
    if not _NAME.fullmatch(name):
        raise UsageError(f"{origin}: the name of a target has at most 40 letters, digits, - and _")
    if secret := next((key for key in table if key in {"password", "token", "client_secret"}), None):
        raise UsageError(
            f"{origin}: a secret must not stand in the settings", hint=f"use `{secret}_env` or `{secret}_file`"
        )
    found = Target(**{key: converted(TARGET_KEYS, key, value, origin) for key, value in table.items()})
    _require_whole(found, origin)
    folder = Path(file).parent
    files: dict[str, Any] = {key: _from(folder, getattr(found, key)) for key in _FILES if getattr(found, key)}
    return found._replace(**files)


_FILES = ("password_file", "token_file", "client_secret_file", "certificate", "certificate_key", "ca_file")
_NEEDS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "basic": (("user",), ("password_env", "password_file")),
    "bearer": (("token_env", "token_file"),),
    "oauth2": (("token_url",), ("client_id",), ("client_secret_env", "client_secret_file")),
}


def _from(folder: Path, path: str) -> str:
    return str(folder / expanded(path))


def _require_whole(found: Target, origin: str) -> None:
    for name in ("url", "token_url", "proxy"):
        if getattr(found, name) or name == "url":
            _require_address(getattr(found, name), f"{origin}: `{name}`")
    for alternatives in _NEEDS.get(found.auth, ()):
        if sum(bool(getattr(found, each)) for each in alternatives) != 1:
            wanted = " or ".join(f"`{each}`" for each in alternatives)
            raise UsageError(f"{origin}: auth = {found.auth!r} needs {wanted}")
    is_plain = found.auth != "none" and urlsplit(found.url).scheme == "http"
    if is_plain and (urlsplit(found.url).hostname or "") not in _LOOPBACK:
        raise UsageError(f"{origin}: secrets are not sent without TLS", hint="use an https:// address")
    places = re.findall(r"\{\w+\}", found.external_id)
    if not {"{externalId}", "{orderId}"} & {*places} or not set(places) <= {*_PLACES}:
        raise UsageError(f"{origin}: `external_id` needs {{externalId}} or {{orderId}}, and may have {{source}}")


def _require_address(text: str, what: str) -> None:
    try:
        parts = urlsplit(text)
        is_fine = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_fine = False
    if not is_fine or parts.fragment or parts.query or "@" in parts.netloc:
        raise UsageError(f"{what} must be an address such as https://host/path, without user, query and fragment")


def secret(found: Target, name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Return a secret of a target (`password`, `token`, `client_secret`) from its variable or its file.

    Raises:
        UsageError: there is none, or others can read the file.
    """
    if variable := getattr(found, f"{name}_env"):
        if not environ.get(variable):
            raise UsageError(f"the variable {variable} is not set, which must hold the {name.replace('_', ' ')}")
        if not environ[variable].isprintable() or not _fits_header(name, environ[variable]):
            raise UsageError(f"the variable {variable} must hold one secret, and nothing else")
        return environ[variable]
    path = Path(getattr(found, f"{name}_file"))
    require_private(path)
    try:
        content = path.read_text("utf-8").strip()
    except (OSError, ValueError) as error:
        raise UsageError(f"Cannot read {path}: {getattr(error, 'strerror', error)}") from error
    if not content or not content.isprintable() or not _fits_header(name, content):
        raise UsageError(f"{path} must hold one secret, and nothing else")
    return content


def _fits_header(name: str, content: str) -> bool:
    """Return whether a secret can be sent; a token stands in the header as it is."""
    return name != "token" or content.isascii()


def require_private(path: Path) -> None:
    """Refuse a file with a secret that others can read.

    Raises:
        UsageError: others can read it, or it is not there.
    """
    try:
        status = path.stat()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}") from error
    # Many systems give every user a group with the user's own number; nobody else is in it.
    is_of_group = status.st_mode & stat.S_IRGRP and status.st_gid != status.st_uid
    if status.st_mode & stat.S_IROTH or is_of_group:
        raise UsageError(
            f"{path} holds a secret, and others can read it (mode {stat.S_IMODE(status.st_mode):04o})",
            hint=f"chmod 600 {path}",
        )
