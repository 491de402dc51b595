"""How a server ends with work under way, and how the process beside it that runs the queue does."""

from __future__ import annotations

import json
import os
import signal
import socket
from contextlib import closing
from pathlib import Path
from time import monotonic, sleep
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

from support.builders import ndjson, product_order
from support.running import PATIENCE_SECONDS
from support.serving import VENDOR, serving
from support.stored import column

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.serving import Served

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("audited")]

HEAD = f"POST {VENDOR} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n"


class Stream:
    """A request of many orders whose body goes on as long as the client likes."""

    def __init__(self, served: Served) -> None:
        parts = urlsplit(served.address)
        self.socket = socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS)
        self._got: IO[bytes] = self.socket.makefile("rb")
        self.socket.sendall(f"{HEAD}Transfer-Encoding: chunked\r\n\r\n".encode())

    def close(self) -> None:
        """Close the connection."""
        self._got.close()
        self.socket.close()

    def send(self, *external_ids: str) -> None:
        """Send orders."""
        data = ndjson(*map(product_order, external_ids))
        self.socket.sendall(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def end(self) -> None:
        """End the body."""
        self.socket.sendall(b"0\r\n\r\n")

    def receipt(self) -> Any:
        """Return the next line of the answer; None at its end."""
        while line := self._got.readline():
            if line.startswith(b"{"):
                return json.loads(line)
        return None


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds."""
    until = monotonic() + PATIENCE_SECONDS
    while not holds():
        assert monotonic() < until
        sleep(0.05)


def children_of(process: int) -> list[int]:
    """Return the processes that run the queue for a server; others, such as a tracker of resources, come and go."""
    threads = Path(f"/proc/{process}/task").glob("*/children")
    found = [int(child) for thread in threads for child in thread.read_text().split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def is_alive(process: int) -> bool:
    """Return whether a process runs."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def refuses(served: Served) -> bool:
    """Return whether the server takes no new connection."""
    parts = urlsplit(served.address)
    try:
        socket.create_connection((parts.hostname, parts.port), PATIENCE_SECONDS).close()
    except ConnectionRefusedError:
        return True
    return False


@pytest.mark.every_engine
def test_a_stream_under_way_is_finished_before_the_server_ends(ordercli: Ordercli, connection: Store) -> None:
    with serving(ordercli) as served, closing(Stream(served)) as stream, closing(Stream(served)) as idle:
        stream.send("PO-1")
        receipts = [stream.receipt()]
        ready = served.client.get("/ready")  # on a connection that is kept
        served.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(served))
        with pytest.raises(httpx.TransportError):
            served.client.get("/ready")
        stream.send("PO-2", "PO-3")
        receipts += [stream.receipt(), stream.receipt()]
        stream.end()
        assert stream.receipt() is None
        idle.end()
        served.process.communicate(timeout=PATIENCE_SECONDS)

    assert (ready.status_code, served.process.returncode) == (200, 143)
    assert [(each["externalId"], each["statusCode"]) for each in receipts] == [(f"PO-{n}", 201) for n in (1, 2, 3)]
    assert column(connection, "customer_order", "order_id") == [each["orderId"] for each in receipts]
    assert column(connection, "batch", "status") == ["completed"]


def test_a_stream_that_does_not_end_is_broken_off_in_time(ordercli: Ordercli, connection: Store) -> None:
    with serving(ordercli, ORDERCLI_SERVE_STOP_TIMEOUT="500ms") as served, closing(Stream(served)) as stream:
        stream.send("PO-1")
        receipts = [stream.receipt()]
        assert served.stop() == 143

    assert column(connection, "customer_order", "order_id") == [each["orderId"] for each in receipts]
    assert column(connection, "batch", "status") == ["completed"]


def test_a_second_signal_ends_the_server_at_once(ordercli: Ordercli, connection: Store) -> None:
    with serving(ordercli) as served, closing(Stream(served)) as stream:
        stream.send("PO-1")
        receipts = [stream.receipt()]
        served.process.send_signal(signal.SIGTERM)
        wait_until(lambda: refuses(served))
        served.process.send_signal(signal.SIGTERM)
        served.process.communicate(timeout=PATIENCE_SECONDS)
    with serving(ordercli) as another:  # it completes the batch
        assert another.stop() == 143

    assert served.process.returncode == -signal.SIGTERM
    assert column(connection, "customer_order", "order_id") == [each["orderId"] for each in receipts]
    assert column(connection, "batch", "status") == ["completed"]


def queue(served: Served, external_id: str) -> None:
    """Put an order into the inbound queue."""
    answer = served.client.post(VENDOR, params={"mode": "async"}, json=product_order(external_id))
    assert answer.status_code == 202


def is_created(served: Served, external_id: str) -> bool:
    """Return whether an order was created; while it waits, there is no state."""
    state: str | None = served.client.get(f"{VENDOR}/{external_id}").json().get("state")
    return state == "new"


@pytest.mark.every_engine
def test_queued_orders_are_created_beside_the_server(ordercli: Ordercli) -> None:
    with serving(ordercli, "--drain") as served:
        queue(served, "PO-1")
        wait_until(lambda: is_created(served, "PO-1"))
        (beside,) = children_of(served.process.pid)
        assert served.stop() == 143

    assert not is_alive(beside)


def test_a_process_beside_the_server_that_ends_is_started_anew(ordercli: Ordercli) -> None:
    with serving(ordercli, "--drain") as served:
        wait_until(lambda: children_of(served.process.pid))
        (killed,) = children_of(served.process.pid)
        os.kill(killed, signal.SIGKILL)
        queue(served, "PO-1")
        wait_until(lambda: is_created(served, "PO-1"))
        (another,) = children_of(served.process.pid)
        assert served.stop() == 143

    assert another != killed
    assert not is_alive(another)


def test_the_process_beside_a_server_that_is_killed_ends_too(ordercli: Ordercli) -> None:
    with serving(ordercli, "--drain") as served:
        queue(served, "PO-1")
        wait_until(lambda: is_created(served, "PO-1"))
        (beside,) = children_of(served.process.pid)
        served.process.kill()
        ended = served.process.wait(timeout=PATIENCE_SECONDS)
        wait_until(lambda: not is_alive(beside))

    assert (ended, is_alive(beside)) == (-signal.SIGKILL, False)
