"""Another process of this run: what it is asked goes out as bytes, and its answer comes back as bytes."""

from __future__ import annotations

import os
import pickle
import signal
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING

from ordercli.errors import BY_SIGNAL, ExitCode, OrdercliError, TryAgainError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    Answering = Callable[[bytes], bytes]

_FAILED = b"!"


class MemberError(OrdercliError):
    """A process of this run has ended."""

    exit_code = ExitCode.INTERNAL


class Member:
    """A process that answers in the order in which it is asked."""

    def __init__(self, process: int, connection: Connection) -> None:
        self._process = process
        self._connection = connection
        self._status: int | None = None

    def ask(self, question: bytes) -> None:
        """Hand over a question.

        Raises:
            MemberError, TryAgainError: the process has ended.
        """
        try:
            self._connection.send_bytes(question)
        except OSError as error:
            raise self._ended() from error

    def has_answered(self, seconds: float) -> bool:
        """Wait at most so long for the next answer, or for the end of the process."""
        try:
            return self._connection.poll(seconds)
        except OSError:
            return True

    def answer(self) -> bytes:
        """Wait for the next answer.

        Raises:
            MemberError, TryAgainError: the process has ended, by itself or by a signal; or what it raised.
        """
        try:
            answer = self._connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        if answer.startswith(_FAILED):
            raise pickle.loads(answer[len(_FAILED) :])  # noqa: S301 - from a process of our own
        return answer

    def leave(self) -> None:
        """Let the process end."""
        self._connection.close()

    def wait(self) -> int:
        """Wait until it has ended; its exit code."""
        if self._status is None:
            self._status = os.waitpid(self._process, 0)[1]
        return os.waitstatus_to_exitcode(self._status)

    def _ended(self) -> OrdercliError:
        """Why it is no longer there: a signal (out of memory, an operator) is trouble, anything else a bug."""
        code = self.wait()
        hint = (
            "nothing that was accepted is lost; run the command again; `ordercli batch list` tells how far a submit got"
        )
        if code < 0:
            return TryAgainError(f"A process of this run was killed by {signal.Signals(-code).name}", hint=hint)
        return MemberError(f"A process of this run has ended with {code}", hint=hint)


@contextmanager
def started(size: int, make: Callable[[], Answering]) -> Iterator[list[Member]]:
    """Start so many processes; each calls `make` when it is first asked. In the end, wait for all of them.

    To be called before a database is opened: SQLite's locks do not survive a fork.
    """
    members: list[Member] = []
    try:
        for _ in range(size):
            members.append(_start(make, members))
        yield members
    finally:
        close(members)


def close(members: Iterable[Member]) -> None:
    """Let the processes end, and wait for that."""
    for member in members:
        member.leave()
    for member in members:
        member.wait()


def _start(make: Callable[[], Answering], others: Iterable[Member]) -> Member:
    ours, theirs = Pipe()
    process = os.fork()
    if process:
        theirs.close()
        return Member(process, ours)
    # The parent alone answers signals; a member ends when its pipe does.
    for number in BY_SIGNAL:
        signal.signal(number, signal.SIG_IGN)
    ours.close()
    for other in others:
        other.leave()
    code = ExitCode.INTERNAL
    try:
        _serve(theirs, make)
        code = ExitCode.OK
    finally:
        os._exit(code)


def _serve(connection: Connection, make: Callable[[], Answering]) -> None:
    answering: Answering | None = None
    while True:
        try:
            question = connection.recv_bytes()
        except EOFError:
            return
        try:
            answering = answering or make()
            answer = answering(question)
        except Exception as error:  # noqa: BLE001 - raised again on the other side
            answer = _FAILED + _pickled(error)
        connection.send_bytes(answer)


def _pickled(error: Exception) -> bytes:
    try:
        return pickle.dumps(error)
    except Exception:  # noqa: BLE001 - an exception of any library
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))
