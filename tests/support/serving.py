"""A server of the command, as a process of its own, and a client that talks to it."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import httpx

from support.running import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from support.running import Ordercli, Started

VENDOR = "/api/sn_ind_tmt_orm/order/productOrder"
VENDOR_CANCEL = "/api/sn_ind_tmt_orm/cancelproductorder"
V4 = "/tmf-api/productOrderingManagement/v4/productOrder"
V5 = "/tmf-api/productOrderingManagement/v5/productOrder"
SERVICES = "/api/sn_tmf_api/order/serviceOrder"
SERVICES_V4 = "/tmf-api/serviceOrdering/v4/serviceOrder"
LISTENING = b"listening on "


def status_and_body(response: httpx.Response) -> tuple[int, Any]:
    """Return the status of a response, and its body."""
    return response.status_code, response.json()


class Served:
    """A running server: its process, its address, its database, and a client."""

    def __init__(self, process: Started, address: str, database: str) -> None:
        self.process = process
        self.database = database
        self.address = address
        self.client = httpx.Client(base_url=address, timeout=PATIENCE_SECONDS)

    def post(self, path: str, document: Any, **headers: str) -> httpx.Response:
        """Send a document as JSON; `_` in the name of a header stands for `-`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(path, json=document, headers=named)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal, and return the exit code."""
        self.client.close()
        self.process.send_signal(number)
        self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode


def address_of(log: IO[bytes]) -> str:
    """Return the address that a server tells when it listens."""
    told = []
    for line in log:
        told.append(line)
        if line.startswith(LISTENING):
            return line.removeprefix(LISTENING).decode().strip()
    raise AssertionError(b"".join(told).decode())


def new_token(ordercli: Ordercli, name: str, *options: str) -> str:
    """Make a token, and return it."""
    made = ordercli("serve", "token", "add", name, *options, "-o", "id")
    assert made.exit_code == 0, made.stderr
    return made.stdout.strip()


def serving(ordercli: Ordercli, *options: str, **env: Any) -> AbstractContextManager[Served]:
    """Start a server that authenticates nobody on a free port, and stop it in the end."""
    return guarded(ordercli, "--no-auth", *options, **env)


@contextmanager
def guarded(ordercli: Ordercli, *options: str, **env: Any) -> Iterator[Served]:
    """Start a server that asks for tokens on a free port, and stop it in the end."""
    with ordercli.start("serve", "--port", "0", *options, **env) as process:
        assert process.stderr
        served = Served(process, address_of(process.stderr), ordercli.database)
        try:
            yield served
        finally:
            served.client.close()
            if process.poll() is None:
                served.stop()
