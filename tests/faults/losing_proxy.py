"""A proxy in front of a PostgreSQL server: it sometimes loses the answer to a COMMIT, with the connection."""

from __future__ import annotations

import socket
from contextlib import suppress
from threading import Lock, Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

COMMIT = b"COMMIT\0"
SOCKET = ".s.PGSQL.5432"
_SIZE = 2**16


class LosingProxy:
    """Listen on a socket in a folder; once told to, lose one of every so many answers."""

    def __init__(self, folder: Path, server: str, rng: Random) -> None:
        folder.mkdir()
        self.sockets = str(folder)
        self.lost = 0
        self.one_in = 0
        self._server = f"{server}/{SOCKET}"
        self._rng = rng
        self._lock = Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(f"{folder}/{SOCKET}")
        self._listener.listen(100)
        Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        """Accept no more connections."""
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self._server)
        except OSError:
            client.close()
            server.close()
            return
        Link(self, client, server).run()

    def loses(self) -> bool:
        """Return whether this answer is lost."""
        with self._lock:
            loses = self.one_in > 0 and self._rng.randrange(self.one_in) == 0
            self.lost += loses
            return loses


class Link:
    """One connection in both directions."""

    def __init__(self, proxy: LosingProxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._loses = False

    def run(self) -> None:
        """Forward everything until one side ends or an answer is lost."""
        back = Thread(target=self._pass_answers, daemon=True)
        back.start()
        with suppress(OSError):
            before = b""
            while asked := self._client.recv(_SIZE):
                self._loses = COMMIT in before + asked and self._proxy.loses()
                before = asked[-len(COMMIT) :]
                self._server.sendall(asked)
        self._end(self._server)
        back.join()
        self._client.close()
        self._server.close()

    def _pass_answers(self) -> None:
        with suppress(OSError):
            while answer := self._server.recv(_SIZE):
                if self._loses:  # the server has committed, and nobody hears of it
                    break
                self._client.sendall(answer)
        self._end(self._client)
        self._end(self._server)

    @staticmethod
    def _end(side: socket.socket) -> None:
        with suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
