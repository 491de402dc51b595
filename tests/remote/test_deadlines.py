"""A request ends in time, however slowly the other side answers or reads."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from ordercli.operations.remote import NoAnswerError
from ordercli.remote.client import Client
from ordercli.settings import Seconds
from ordercli.targets import Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n"


def slowly(data: bytes, piece: int = 1) -> Callable[[socket.socket, threading.Event], None]:
    """Answer a piece at a time, each sooner than the timeout."""

    def answer(connection: socket.socket, ended: threading.Event) -> None:
        connection.recv(65536)
        for first in range(0, len(data), piece):
            if ended.wait(0.05):
                return
            connection.sendall(data[first : first + piece])

    return answer


def read_slowly(connection: socket.socket, ended: threading.Event) -> None:
    while not ended.wait(0.05) and connection.recv(1024):
        pass


@contextmanager
def answering(answer: Callable[[socket.socket, threading.Event], None]) -> Iterator[str]:
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)

        def serve() -> None:
            with suppress(OSError):
                connection, _ = listening.accept()
                with connection:
                    answer(connection, ended)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            ended.set()
            thread.join()


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\n \r\n" * 1000


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (slowly(HEAD * 100), b"{}"),
        (slowly(HEAD + b"\r\n" + b" " * 100_000, 100), b"{}"),
        (slowly(CHUNKED, 9), b"{}"),
        (read_slowly, b" " * 20_000_000),
    ],
    ids=["head", "body", "chunks", "reads slowly"],
)
def test_a_slow_request_is_given_up(answer: Callable[[socket.socket, threading.Event], None], body: bytes) -> None:
    with answering(answer) as url:
        client = Client(Target(url=url, timeout=Seconds(0.3)))
        with pytest.raises(NoAnswerError, match=r"no answer in time|timed out"):
            client.request("POST", "/productOrder", None, body)
