"""Deliver events to one subscriber, and print how many came a second between the first and the last one.

python -m benchmarks.deliveries subscribe DATABASE PORT     subscribe this address to the events of a database
python -m benchmarks.deliveries hub DATABASE PORT COUNT     start a server, and take so many events from it
python -m benchmarks.deliveries loop FILE PORT COUNT        post lines of a file as events, one after the other
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import IO, TYPE_CHECKING, cast

import urllib3

from benchmarks.ours import ordercli
from benchmarks.timing import WrongResultError

if TYPE_CHECKING:
    from collections.abc import Iterator

_HUB = "/tmf-api/productOrderingManagement/v4/hub"
_CREATED = 201
_PATIENCE_SECONDS = 600
_times: list[float] = []
_came = threading.Condition()


class Subscriber(BaseHTTPRequestHandler):
    """Takes every event."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Note when an event came, and answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        with _came:
            _times.append(perf_counter())
            _came.notify_all()
        self.send_response_only(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tell nothing."""


@contextmanager
def _listening(port: int) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), Subscriber) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()


@contextmanager
def _serving(database: str) -> Iterator[str]:
    """Run a server whose hub may call this host; yield its address."""
    command = ordercli("serve", "--no-auth", "--port", 0, "--database", database)
    allowed = {"ORDERCLI_SERVE_HUB_HOSTS": "127.0.0.1"}
    with subprocess.Popen(command.words, stderr=subprocess.PIPE, env=os.environ | command.env | allowed) as process:
        line = cast("IO[bytes]", process.stderr).readline().decode()
        yield (
            json.loads(line)["message"].rpartition(" ")[2] if line.startswith("{") else line.rpartition(" ")[2].strip()
        )
        process.terminate()


def subscribe(database: str, port: int) -> None:
    """Subscribe to the events from now on."""
    with _serving(database) as address:
        body = json.dumps({"callback": f"http://127.0.0.1:{port}/events"})
        answer = urllib3.request("POST", address + _HUB, body=body, headers={"Content-Type": "application/json"})
        if answer.status != _CREATED:
            raise WrongResultError(answer.data.decode())


def hub(database: str, port: int, count: int) -> None:
    """Take events from a server."""
    with _listening(port), _serving(database), _came:
        _came.wait_for(lambda: len(_times) >= count, _PATIENCE_SECONDS)


def loop(file: str, port: int, count: int) -> None:
    """Post lines as events over one connection."""
    pool = urllib3.HTTPConnectionPool("127.0.0.1", port)
    with _listening(port), Path(file).open("rb") as lines:
        for line in islice(lines, count):
            pool.request("POST", "/events", body=line)


def main() -> None:
    """Do what the command line says, and print the rate."""
    what, path, port, *count = sys.argv[1:]
    if what == "subscribe":
        subscribe(path, int(port))
        return
    (hub if what == "hub" else loop)(path, int(port), int(count[0]))
    times = _times[: int(count[0])]
    seconds = times[-1] - times[0]
    figures = {"events": len(times), "seconds": round(seconds, 3), "rate": round(len(times) / seconds)}
    print(json.dumps(figures | {"each": seconds / len(times)}))


if __name__ == "__main__":
    main()
