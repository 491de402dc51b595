"""How a server starts and stops."""

from __future__ import annotations

import signal
import socket
import sys
from typing import TYPE_CHECKING

import pytest

from support.serving import serving

if TYPE_CHECKING:
    from support.running import Ordercli


def test_without_authentication_it_listens_on_a_loopback_address_alone(ordercli: Ordercli) -> None:
    result = ordercli("serve", "--no-auth", "--host", "0.0.0.0")  # noqa: S104 - refused

    assert result.exit_code == 2
    assert "--no-auth listens on a loopback address only, not on 0.0.0.0" in result.stderr


def test_an_address_that_is_taken_is_named(ordercli: Ordercli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = ordercli("serve", "--no-auth", "--port", str(port))

    assert result.exit_code == 2
    assert f"Cannot listen on 127.0.0.1:{port}: Address already in use" in result.stderr


def test_without_its_packages_it_says_what_to_install(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "ordercli.http.server", raising=False)

    result = ordercli("serve", "--no-auth")

    assert result.exit_code == 2
    assert "serve needs packages that are not installed (uvicorn)" in result.stderr
    assert "pip install starlette uvicorn httptools uvloop" in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
def test_a_signal_ends_it(ordercli: Ordercli, number: signal.Signals, code: int) -> None:
    with serving(ordercli) as served:
        assert served.client.get("/ready").json() == {"status": "pass"}
        assert served.stop(number) == code
