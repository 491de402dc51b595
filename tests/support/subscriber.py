"""A subscriber to events: a process that listens, tells what it gets, and answers as it is told.

Started as a program it listens on the port that is given, with TLS if a certificate and its key are given too. It
prints the port, then each event that it gets, before it answers. `PUT /mode` says how it answers then on: a status,
`close`, `redirect`, `wait` (until the mode is another one, then as that says) or `hang` (until then, and then not at
all).
"""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

import httpx

PATIENCE_SECONDS = 60

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_mode = threading.Condition()
_modes = ["204"]


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        """Change the mode."""
        with _mode:
            _modes[0] = self._body()
            _mode.notify_all()
        self._answer(204)

    def do_POST(self) -> None:
        """Take an event."""
        event = json.loads(self._body())
        mode = _modes[0]
        told = {"path": self.path, "mode": mode, "host": self.headers["Host"], "event": event}
        print(json.dumps(told), flush=True)  # noqa: T201 - this is a program
        with _mode:
            _mode.wait_for(lambda: _modes[0] not in {"hang", "wait"})
            mode = _modes[0] if mode == "wait" else mode
        if mode in {"hang", "close"}:
            self.close_connection = True
        elif mode == "redirect":
            self._answer(302, Location="/elsewhere")
        else:
            self._answer(int(mode))

    def _body(self) -> str:
        return self.rfile.read(int(self.headers["Content-Length"])).decode()

    def _answer(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": "0"}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Tell nothing else."""


class Subscriber:
    """A running subscriber."""

    def __init__(self, port: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        arguments = [str(port), *map(str, tls or ())]
        self._process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        self.callback = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/events"
        self._told: SimpleQueue[Any] = SimpleQueue()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self._told.put(json.loads(line))

    def next(self) -> Any:
        """Wait for the next event, and return it with what was seen of its request."""
        return self._told.get(timeout=PATIENCE_SECONDS)

    def has_more(self) -> bool:
        """Return whether another event has come already."""
        try:
            self._told.get_nowait()
        except Empty:
            return False
        return True

    def answer(self, mode: str) -> None:
        """Answer like this from now on."""
        httpx.put(f"http://127.0.0.1:{self.port}/mode", content=mode.encode(), timeout=PATIENCE_SECONDS)

    def end(self) -> None:
        """End the process."""
        self._process.kill()
        self._reading.join(PATIENCE_SECONDS)
        self._process.communicate(timeout=PATIENCE_SECONDS)


@contextmanager
def subscriber(port: int = 0, tls: tuple[Path, Path] | None = None) -> Iterator[Subscriber]:
    """Start a subscriber, with a certificate and its key for TLS, and end it in the end."""
    found = Subscriber(port, tls)
    try:
        yield found
    finally:
        found.end()


def until(condition: Callable[[], Any]) -> Any:
    """Return what a condition gives as soon as it is true."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, "it does not become true"
        time.sleep(0.02)
    return found


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
    if sys.argv[2:]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*sys.argv[2:])
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)  # noqa: T201 - this is a program
    server.serve_forever()
