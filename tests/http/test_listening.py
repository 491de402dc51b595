"""Where a server listens: beyond this host only with TLS or behind a proxy, and whose X-Forwarded headers count."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from support.running import PATIENCE_SECONDS
from support.serving import VENDOR, guarded, new_token, serving

if TYPE_CHECKING:
    from support.running import Ordercli

TLS = Path(__file__).parents[1] / "data" / "tls"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - refused, or behind a test


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder with a certificate, its key, and a key with a password."""
    for name in ("cert.pem", "key.pem", "locked.pem"):
        shutil.copy(TLS / name, tmp_path)
        (tmp_path / name).chmod(0o600)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--no-auth", "--host", EVERYWHERE), "--no-auth listens on a loopback address only, not on 0.0.0.0"),
        (("--no-auth", "--host", "192.0.2.1"), "--no-auth listens on a loopback address only, not on 192.0.2.1"),
        (("--no-auth", "--host", "orders.example"), "--no-auth listens on a loopback address only"),
        (("--no-auth", "--behind-proxy"), "--no-auth takes no --behind-proxy"),
        (
            ("--no-auth", "--host", EVERYWHERE, "--tls-cert", "cert.pem", "--tls-key", "key.pem"),
            "loopback address only",
        ),
        (("--host", EVERYWHERE), "On 0.0.0.0, without TLS, others could read tokens and orders in transit"),
        (("--host", "::"), "On ::, without TLS, others could read"),
        (("--tls-cert", "cert.pem"), "--tls-cert and --tls-key must be given together"),
        (("--tls-key", "key.pem"), "--tls-cert and --tls-key must be given together"),
        (("--tls-cert", "cert.pem", "--tls-key", "none.pem"), "--tls-key none.pem: No such file or directory"),
        (("--tls-cert", "none.pem", "--tls-key", "key.pem"), "--tls-cert none.pem: No such file or directory"),
        (("--tls-cert", "key.pem", "--tls-key", "key.pem"), "are no certificate and its key"),
        (("--tls-cert", "cert.pem", "--tls-key", "locked.pem"), "--tls-key has a password"),
    ],
)
def test_an_address_that_is_not_safe_is_refused(
    ordercli: Ordercli, files: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(files)
    new_token(ordercli, "crm")

    result = ordercli("serve", "--port", "0", *words)

    assert result.exit_code == 2
    assert message in result.stderr


def test_a_key_that_others_can_read_is_refused(ordercli: Ordercli, files: Path) -> None:
    (files / "key.pem").chmod(0o644)
    result = ordercli("serve", "--tls-cert", str(files / "cert.pem"), "--tls-key", str(files / "key.pem"))

    assert result.exit_code == 2
    assert "can be read by every user of this host" in result.stderr


def test_a_proxy_is_an_address_or_a_network(ordercli: Ordercli) -> None:
    new_token(ordercli, "crm")
    result = ordercli("serve", "--behind-proxy", ORDERCLI_SERVE_PROXIES="10.0.0.0/24,proxy.example")

    assert result.exit_code == 2
    assert "takes addresses and networks such as 10.0.0.5 and 10.0.0.0/24, not 'proxy.example'" in result.stderr


@pytest.mark.slow
def test_a_server_speaks_tls(ordercli: Ordercli, files: Path) -> None:
    token = new_token(ordercli, "crm")
    options = ("--host", EVERYWHERE, "--tls-cert", str(files / "cert.pem"), "--tls-key", str(files / "key.pem"))
    trusting = ssl.create_default_context(cafile=str(files / "cert.pem"))
    with guarded(ordercli, *options) as served:
        address = served.address.replace(EVERYWHERE, "localhost")
        assert served.address.startswith("https://0.0.0.0:")
        with httpx.Client(base_url=address, verify=trusting, timeout=PATIENCE_SECONDS) as client:
            found = client.get(VENDOR, headers={"Authorization": f"Bearer {token}"})
            refused = client.get(VENDOR)
        with pytest.raises(httpx.TransportError):
            httpx.get(address.replace("https:", "http:") + "/health", timeout=PATIENCE_SECONDS)

    assert (found.status_code, refused.status_code) == (404, 401)


@pytest.mark.slow
def test_a_proxy_tells_for_whom_and_under_which_name_it_asks(ordercli: Ordercli) -> None:
    new_token(ordercli, "crm")
    mine = {"X-Forwarded-Host": "orders.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9"}
    with guarded(ordercli, "--behind-proxy", ORDERCLI_SERVE_HOSTS="orders.example") as served:
        statuses = [
            served.client.get("/health", headers={**mine, **others}).status_code
            for others in (
                {},
                {"Origin": "https://orders.example"},
                {"Origin": "https://evil.example"},
                {"X-Forwarded-Host": "evil.example"},
                {"X-Forwarded-Host": "orders.example, evil.example"},
            )
        ]
    with guarded(ordercli, "--behind-proxy", ORDERCLI_SERVE_PROXIES="192.0.2.1") as served:
        from_others = served.client.get("/health", headers=mine)
        as_host = served.client.get("/health", headers={"X-Forwarded-Host": "evil.example"})

    assert statuses == [200, 200, 403, 421, 421]
    assert (from_others.status_code, as_host.status_code) == (200, 200)


@pytest.mark.slow
def test_without_a_proxy_its_headers_say_nothing(ordercli: Ordercli) -> None:
    with serving(ordercli) as served:
        assert served.client.get("/health", headers={"X-Forwarded-Host": "evil.example"}).status_code == 200
