"""Who works on a claim, and whether that process still lives."""

from __future__ import annotations

import fcntl
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ordercli.errors import TryAgainError

if TYPE_CHECKING:
    from types import TracebackType


class Worker:
    """This process as the owner of claims: a name, and a lock that the system drops when the process ends."""

    def __init__(self, database: str, token: str) -> None:
        self._folder = Path(f"{Path(database).resolve()}-workers")  # one folder, by whichever way a run comes
        self.name = f"{socket.gethostname()}-{os.getpid()}-{token[-8:]}"
        self._lock: int | None = None

    def __enter__(self) -> Self:
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._lock = os.open(self._path(self.name), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise TryAgainError(f"Cannot write {self._folder}: {error.strerror}") from error
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._path(self.name).unlink(missing_ok=True)
        if self._lock is not None:
            os.close(self._lock)

    def is_gone(self, name: str) -> bool:
        """Whether the owner of that name has ended: its lock is free, or was tidied away."""
        if name == self.name:
            return False
        try:
            lock = os.open(self._path(name), os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        else:
            self._path(name).unlink(missing_ok=True)
            return True
        finally:
            os.close(lock)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.lock"
