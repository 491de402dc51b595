"""Ten thousand connections that ask for nothing, while one client orders; then more requests than the server takes.

python -m faults.idle_connections (in the folder `tests`) prints the figures of one trial.
"""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from time import perf_counter
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import httpx

from faults.campaign import Campaign, Trial
from faults.verification import site, verify
from support.builders import product_order
from support.running import PATIENCE_SECONDS, Ordercli
from support.serving import VENDOR, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.serving import Served

CONNECTIONS = 10_000
# Each process that holds idle connections has an address of its own, as clients of a server have.
HOLDERS = 4
ORDERS = 50
# More requests than `serve.max_requests`, each with a body that never comes.
AT_ONCE = 600
ADMITTED = 500
UNFINISHED = b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
GET = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
# The idle connections stay, so that all of them are there while the client orders.
LIMITS = {
    "ORDERCLI_SERVE_MAX_CONNECTIONS": str(CONNECTIONS),
    "ORDERCLI_SERVE_MAX_REQUESTS": str(ADMITTED),
    "ORDERCLI_SERVE_IDLE_TIMEOUT": "10m",
    "ORDERCLI_SERVE_HEADER_TIMEOUT": "10m",
    "ORDERCLI_SERVE_BODY_TIMEOUT": "3s",
}


class Figures(NamedTuple):
    """What one trial has shown: connections that stayed, answers by status, seconds, and MiB of the server's memory."""

    connected_seconds: float
    idle_before: int
    orders_meanwhile: int
    slowest_order_seconds: float
    idle_after: int
    requests_at_once: dict[str, int]
    orders_after: int
    peak_memory: int


def crowd(folder: Path, rng: Random, connections: int = CONNECTIONS) -> Trial:
    """Hold idle connections, and order meanwhile; what was acknowledged must be there, once."""
    at = site(folder)
    figures, promised = measure(folder, at.database, rng, connections)
    trial = verify(at, promised=promised)
    # One connection at a time is that of the client that orders.
    wanted = {
        "idle_before": connections,
        "idle_after": connections - 1,
        "orders_meanwhile": ORDERS,
        "requests_at_once": {"408": ADMITTED, "503": AT_ONCE - ADMITTED},
        "orders_after": ORDERS,
    }
    findings = [f"{name}: {found}" for name, value in wanted.items() if (found := getattr(figures, name)) != value]
    return trial._replace(findings=(*trial.findings, *findings), faults=connections)


def measure(folder: Path, database: str, rng: Random, connections: int) -> tuple[Figures, set[str]]:
    """Return the figures of one trial, and the ids of the orders that were acknowledged."""
    limits = {**LIMITS, "ORDERCLI_SERVE_MAX_CONNECTIONS": str(connections)}
    with serving(Ordercli(folder, database), **limits) as served:
        began = perf_counter()
        with holders(served.address, rng, connections) as held:
            connected = perf_counter() - began
            before = count_open(held)
            meanwhile, slowest = order(served, range(ORDERS))
            after = count_open(held)
            at_once = asyncio.run(send_at_once(served.address))
            later, _ = order(served, range(ORDERS, 2 * ORDERS))
            memory = peak_memory(served.process.pid)
    seconds = round(connected, 1), round(slowest, 3)
    figures = Figures(seconds[0], before, len(meanwhile), seconds[1], after, at_once, len(later), memory)
    return figures, meanwhile | later


def order(served: Served, numbers: range) -> tuple[set[str], float]:
    """Post orders, each over a new connection; return the ids of those that were created, and the longest time."""
    ids, slowest = set(), 0.0
    for n in numbers:
        began = perf_counter()
        answer = httpx.post(
            f"{served.address}{VENDOR}", json=product_order(f"PO-{n}", description=f"PO-{n}"), timeout=PATIENCE_SECONDS
        )
        slowest = max(slowest, perf_counter() - began)
        if answer.status_code == httpx.codes.CREATED:
            ids.add(answer.json()["id"])
    return ids, slowest


async def send_at_once(address: str) -> dict[str, int]:
    """Begin many requests at once whose bodies never end; return how many were answered with which status."""
    parts = urlsplit(address)
    head = f"POST {VENDOR} HTTP/1.1\r\nHost: localhost\r\n".encode()

    async def status() -> str:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(head + UNFINISHED)
        told = await reader.readuntil(b"\r\n\r\n")
        if told[9:12] == b"503" and b"retry-after" not in told.lower():
            return "503 without Retry-After"
        writer.close()
        return told[9:12].decode()

    return dict(sorted(Counter(await asyncio.gather(*(status() for _ in range(AT_ONCE)))).items()))


def peak_memory(process: int) -> int:
    """Return the largest memory that a process has used, in MiB."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


@contextmanager
def holders(address: str, rng: Random, connections: int) -> Iterator[list[subprocess.Popen[str]]]:
    """Start processes that hold idle connections; they end in the end."""
    parts = urlsplit(address)
    with ExitStack() as stack:
        held = []
        for n in range(HOLDERS):
            words = [str(parts.port), f"127.0.0.{n + 2}", str(connections // HOLDERS), str(rng.getrandbits(32))]
            process = subprocess.Popen(
                [sys.executable, "-m", "faults.idle_connections", *words],
                cwd=Path(__file__).parents[1],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            held.append(stack.enter_context(process))
            stack.callback(process.kill)
        for process in held:
            assert process.stdout
            process.stdout.readline()
        yield held


def count_open(held: list[subprocess.Popen[str]]) -> int:
    """Return how many idle connections are open."""
    total = 0
    for process in held:
        assert process.stdin
        assert process.stdout
        process.stdin.write("\n")
        process.stdin.flush()
        total += int(process.stdout.readline())
    return total


def hold(port: int, address: str, connections: int, seed: int) -> None:
    """Open connections that ask nothing more, print that they are there, and for each line how many still are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rng = Random(seed)  # noqa: S311 - so that it can be repeated
    opened = [_idle(port, address, rng) for _ in range(connections)]
    print("held", flush=True)  # noqa: T201 - this is a program
    for _ in sys.stdin:
        print(sum(map(_is_open, opened)), flush=True)  # noqa: T201


def _idle(port: int, address: str, rng: Random) -> socket.socket:
    """Return a connection that is silent, has sent a part of a head, or has had an answer."""
    made = socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS, source_address=(address, 0))
    kind = rng.choice(("silent", "a part of a head", "answered"))
    if kind == "a part of a head":
        made.sendall(GET[: rng.randint(1, len(GET) - 3)])
    elif kind == "answered":
        made.sendall(GET)
        while b"}" not in made.recv(4096):
            pass
    made.setblocking(False)
    return made


def _is_open(connection: socket.socket) -> bool:
    try:
        return connection.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


CAMPAIGNS = (Campaign("10,000 idle connections, and more requests than a server takes", crowd, 3),)


def main() -> None:
    """Hold connections, as the words of the command line say; without words, print the figures of one trial."""
    if words := sys.argv[1:]:
        hold(int(words[0]), words[1], int(words[2]), int(words[3]))
        return
    with tempfile.TemporaryDirectory() as name:
        database = site(Path(name)).database
        figures, _ = measure(Path(name), database, Random(), CONNECTIONS)  # noqa: S311 - nothing secret
    print(json.dumps(figures._asdict()))  # noqa: T201 - this is a program


if __name__ == "__main__":
    main()
