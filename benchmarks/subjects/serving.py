"""serve against a commit for each request, and against FastAPI with SQLModel: orders accepted durably."""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import PYTHON, SubmitContext, ordercli
from benchmarks.peers import python_peer
from benchmarks.timing import CannotRunError, Command, Took, run
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_ROOT = Path(__file__).parents[2]
_SERVERS = Path(__file__).parents[1] / "servers"
_PATIENCE_SECONDS = 60
_PATH = "/api/sn_ind_tmt_orm/order/productOrder?mode=async"
_PEERS = ("fastapi", "sqlmodel", "uvicorn[standard]")
# By the number of clients, how many orders they post together.
_ORDERS = {1: 500, 8: 1_000, 64: 4_000}
_PAIRS = 3
_COMMIT_PER_REQUEST = "the same with a commit per request"


def works(place: SubmitContext, share: float = 1) -> Iterator[Work]:
    """Orders accepted over HTTP by 1, 8 and 64 clients; `share` is the share of the usual number of orders."""
    sides: dict[str, tuple[Callable[[SubmitContext, Orders, int], Side], Mark]] = {
        _COMMIT_PER_REQUEST: (_with_commit_per_request, Mark("faster", 4, 6)),
        "FastAPI and SQLModel, a commit per request, no rules": (_fastapi, Mark("faster", 3, 5)),
    }
    for clients, count in _ORDERS.items():
        orders = Orders(int(count * share))
        for other, (side, mark) in sides.items():
            yield Work(
                f"serve, {clients} client{'s' if clients > 1 else ''}, mode=async",
                other,
                partial(_both, place, side, orders, clients),
                mark if clients == max(_ORDERS) else None,
                pairs=_PAIRS,
            )
    clients, count = max(_ORDERS.items())
    yield Work(
        f"serve, {clients} clients, mode=async, the time within which 99 % are answered (p99)",
        _COMMIT_PER_REQUEST,
        partial(_both, place, _with_commit_per_request, Orders(int(count * share)), clients),
        Mark("as much", 0.4, 0.25),
        measure="p99",
        pairs=_PAIRS,
    )


class _Server:
    """A server with a new database for each run, and the check that every order is in it."""

    def __init__(self, database: Path, words: Sequence[object], table: str, prepared: Callable[[Path], None]) -> None:
        self._database = database
        self._words = words
        self._table = table
        self._prepared = prepared
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, port: int) -> None:
        """Start it, and wait until it takes connections."""
        self._end()
        for left in self._database.parent.glob(f"{self._database.name}*"):
            if left.is_file():
                left.unlink()
        self._prepared(self._database)
        environment = os.environ | dict(ordercli().env) | {"PYTHONPATH": str(_ROOT / "src")}
        self._process = subprocess.Popen(list(map(str, self._words)), stderr=subprocess.PIPE, env=environment)
        atexit.register(self._end)
        until = time.monotonic() + _PATIENCE_SECONDS
        while self._process.poll() is None and time.monotonic() < until:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            time.sleep(0.05)
        raise CannotRunError(f"{self._words[1]} does not listen")

    def check(self, count: int, took: Took) -> None:
        """Stop it, and check that each order was answered and is in its table."""
        self._end()
        results.expect("answers", json.loads(took.output)["orders"], count)
        results.expect("rows", results.count_rows(self._database, self._table), count)

    def _end(self) -> None:
        if self._process:
            self._process.send_signal(signal.SIGTERM)
            self._process.communicate(timeout=_PATIENCE_SECONDS)
            self._process = None


def _both(
    place: SubmitContext, side: Callable[[SubmitContext, Orders, int], Side], orders: Orders, clients: int
) -> tuple[Side, Side]:
    return _ours(place, orders, clients), side(place, orders, clients)


def _ours(place: SubmitContext, orders: Orders, clients: int) -> Side:
    program, *_ = ordercli().words
    return _serving(place, orders, clients, [program], "served")


def _with_commit_per_request(place: SubmitContext, orders: Orders, clients: int) -> Side:
    program = [PYTHON, _SERVERS / "commit_per_request.py"]
    return _serving(place, orders, clients, program, "committed-each")


def _serving(place: SubmitContext, orders: Orders, clients: int, program: Sequence[object], name: str) -> Side:
    database, port = place.databases / f"{name}.db", free_port()
    words = [*program, "serve", "--no-auth", "--port", port, "--database", database]
    return _side(place, orders, clients, _Server(database, words, "inbound_entry", _upgraded), port, _PATH)


def _fastapi(place: SubmitContext, orders: Orders, clients: int) -> Side:
    database, port = place.databases / "fastapi.db", free_port()
    words: list[object] = [python_peer(*_PEERS) / "python", _SERVERS / "fastapi_server.py", database, port]
    return _side(place, orders, clients, _Server(database, words, "inboundorder", _nothing), port, "/productOrder")


def _side(place: SubmitContext, orders: Orders, clients: int, server: _Server, port: int, path: str) -> Side:
    words = [sys.executable, "-m", "benchmarks.load", f"127.0.0.1:{port}", path, str(place.file(orders)), str(clients)]
    return Side(Command(words, folder=_ROOT), partial(server.start, port), partial(server.check, orders.count))


def _upgraded(database: Path) -> None:
    run(ordercli("db", "upgrade", "--database", database))


def _nothing(_database: Path) -> None:
    """Prepare nothing: the peer makes its tables itself."""


def free_port() -> int:
    """Return a port that nobody listens to."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
