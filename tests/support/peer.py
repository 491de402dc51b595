"""A plain system that takes orders as TMF622 says, and creates every order that it gets, also a second time.

Started as a program it serves on the port that is given, keeps its orders in the file that is given, and goes on with
them when it is started again. A test in the same process changes how it answers (`answers`), and sees what it got.
"""

from __future__ import annotations

import json
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

COLLECTIONS = ("/productOrder", "/serviceOrder")
Json = dict[str, Any]


class Peer(ThreadingHTTPServer):
    """The server, and what it has."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int = 0, file: Path | None = None, context: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.lock = threading.Lock()
        self.file = file
        self.orders: list[Json] = []
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        # By method: what answers instead, once for each element; None answers as usual.
        self.answers: dict[str, list[Callable[[Handler], None] | None]] = {
            "POST": [],
            "GET": [],
            "PATCH": [],
            "CANCEL": [],
        }
        # Requests to change orders: method, path, body.
        self.changes: list[tuple[str, str, Json]] = []
        self.running, self.most_running = 0, 0
        if context:
            self.socket = context.wrap_socket(self.socket, server_side=True)
        self.scheme = "https" if context else "http"
        if file and file.exists():
            self.orders = [json.loads(line) for line in file.read_bytes().splitlines()]

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.server_address[1]}"

    def keep(self, document: Json) -> Json:
        """Create an order, whatever is known already."""
        with self.lock:
            number = len(self.orders) + 1
            order = {**document, "id": f"remote-{number}", "href": f"/productOrder/remote-{number}"}
            order["state"] = "acknowledged"
            self.orders.append(order)
            if self.file:
                with self.file.open("ab") as file:
                    file.write(json.dumps(order).encode() + b"\n")
            return order

    def external_ids(self) -> list[str]:
        """The external ids of the orders it has, sorted."""
        return sorted(each["externalId"] for each in self.orders)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that break: tests break them."""


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    server: Peer
    timeout = 30

    def do_POST(self) -> None:
        """Create an order."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "ancel" in self.path:
            self._change("CANCEL", body, 201, {"state": "done"})
            return
        self._count(1)
        try:
            if self._answers_as_told("POST", body):
                return
            self.answer(201, self.server.keep(json.loads(body)))
        finally:
            self._count(-1)

    def do_PATCH(self) -> None:
        """Take a change, and do nothing about it."""
        self._change("PATCH", self.rfile.read(int(self.headers["Content-Length"])), 200, {})

    def _change(self, kind: str, body: bytes, number: int, document: Json) -> None:
        if not self._answers_as_told(kind, body):
            self.server.changes.append((self.command, self.path, json.loads(body)))
            self.answer(number, document)

    def do_GET(self) -> None:
        """Find orders."""
        if self._answers_as_told("GET"):
            return
        parts = urlsplit(self.path)
        with self.server.lock:
            orders = list(self.server.orders)
        if not parts.path.endswith(COLLECTIONS):
            wanted = unquote(parts.path.rpartition("/")[2])
            found = next((each for each in orders if wanted in {each["id"], each.get("externalId")}), None)
            self.answer(*((200, found) if found else (404, {"code": "60", "reason": "not found"})))
            return
        asked = parse_qs(parts.query).get("externalId")
        self.answer(200, [each for each in orders if asked is None or each.get("externalId") in asked])

    def answer(self, status: int, document: object = None, **headers: str) -> None:
        """Answer with a document, or with bytes as they are."""
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in {"Content_Type": "application/json", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing of what was answered."""

    def _answers_as_told(self, method: str, body: bytes = b"") -> bool:
        with self.server.lock:
            self.server.requests.append((method, self.path, dict(self.headers)))
            told = self.server.answers[method]
            answer = told.pop(0) if told else None
        self.body = body
        if answer:
            answer(self)
        return answer is not None

    def _count(self, change: int) -> None:
        with self.server.lock:
            self.server.running += change
            self.server.most_running = max(self.server.most_running, self.server.running)


@contextmanager
def peering(context: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """Run a peer in this process."""
    peer = Peer(context=context)
    thread = threading.Thread(target=peer.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield peer
    finally:
        peer.shutdown()
        thread.join()
        peer.server_close()


# What a test can tell a peer to answer.


def status(number: int, document: object = None, **headers: str) -> Callable[[Handler], None]:
    """Answer with a status, and do nothing."""
    return lambda handler: handler.answer(number, document, **headers)


def close(handler: Handler) -> None:
    """Close the connection without an answer, and do nothing."""
    handler.close_connection = True


def keep_and_close(handler: Handler) -> None:
    """Create the order, and close the connection without an answer."""
    handler.server.keep(json.loads(handler.body))
    handler.close_connection = True


def keep_and(number: int, document: object = None, **headers: str) -> Callable[[Handler], None]:
    """Create the order, and answer something else."""

    def answer(handler: Handler) -> None:
        handler.server.keep(json.loads(handler.body))
        handler.answer(number, document, **headers)

    return answer


def main() -> None:
    """Serve until the process is killed."""
    port, file = sys.argv[1:]
    peer = Peer(int(port), Path(file))
    sys.stdout.write(f"{peer.url}\n")
    sys.stdout.flush()
    peer.serve_forever()


if __name__ == "__main__":
    main()
