"""Batches of records go out to several processes and come back judged, in the order of the input."""

from __future__ import annotations

import os
import pickle
import signal
from collections import deque
from contextlib import closing, contextmanager
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, NamedTuple

from ordercli.errors import BY_SIGNAL, BadInputError, ExitCode, OrdercliError, TryAgainError
from ordercli.pipeline.judgement.errands import Errand, encode, errand_of, opinions_of
from ordercli.pipeline.judgement.judging import Judged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.intake.record import Record
    from ordercli.tmf622.words import Profile

    Judge = Callable[[list[Record], Profile], list[Judged]]

_FAILED = b"!"


class CrewError(OrdercliError):
    """A process that judges orders has ended."""

    exit_code = ExitCode.INTERNAL


class _Member(NamedTuple):
    process: int
    connection: Connection


class Crew:
    """Processes that judge; each has one batch at a time, so that neither side waits for the other to read."""

    def __init__(self, members: list[_Member]) -> None:
        self._members = members

    def judge(self, batches: Iterator[list[Record]], profile: Profile) -> Iterator[list[Judged]]:
        """The batches, judged, in their order; what was read before the input broke off comes before the error.

        Raises:
            BadInputError: as the batches.
            CrewError, TryAgainError: a process has ended, by itself or by a signal; or what it raised.
        """
        idle = deque(self._members)
        busy: deque[tuple[_Member, list[Record]]] = deque()
        try:
            for records in batches:
                done = None if idle else _answer(*busy[0])
                member = idle.popleft() if idle else busy.popleft()[0]
                _ask(member, Errand(profile, records))
                busy.append((member, records))
                if done is not None:
                    yield done
        except BadInputError:
            yield from (_answer(*each) for each in busy)
            raise
        yield from (_answer(*each) for each in busy)

    def close(self) -> None:
        """Let the processes end, and wait for that."""
        for member in self._members:
            member.connection.close()
        for member in self._members:
            _end_of(member)


@contextmanager
def crew(size: int, make_judge: Callable[[], Judge]) -> Iterator[Crew]:
    """Start processes that judge; each calls `make_judge` once it is asked for the first time.

    To be called before a database is opened: SQLite's locks do not survive a fork.
    """
    members: list[_Member] = []
    with closing(Crew(members)) as made:
        for _ in range(size):
            members.append(_start(make_judge, [member.connection for member in members]))
        yield made


def _start(make_judge: Callable[[], Judge], others: list[Connection]) -> _Member:
    ours, theirs = Pipe()
    process = os.fork()
    if process:
        theirs.close()
        return _Member(process, ours)
    # The parent alone answers signals; a member ends when its pipe does.
    for number in BY_SIGNAL:
        signal.signal(number, signal.SIG_IGN)
    for other in (*others, ours):
        other.close()
    code = ExitCode.INTERNAL
    try:
        _serve(theirs, make_judge)
        code = ExitCode.OK
    finally:
        os._exit(code)


def _serve(connection: Connection, make_judge: Callable[[], Judge]) -> None:
    judge: Judge | None = None
    while True:
        try:
            errand = errand_of(connection.recv_bytes())
        except EOFError:
            return
        try:
            judge = judge or make_judge()
            answer = encode([each[1:] for each in judge(errand.records, errand.profile)])
        except Exception as error:  # noqa: BLE001 - raised again on the other side
            answer = _FAILED + _pickled(error)
        connection.send_bytes(answer)


def _pickled(error: Exception) -> bytes:
    try:
        return pickle.dumps(error)
    except Exception:  # noqa: BLE001 - an exception of any library
        return pickle.dumps(RuntimeError(f"{type(error).__name__}: {error}"))


def _ask(member: _Member, errand: Errand) -> None:
    try:
        member.connection.send_bytes(encode(errand))
    except OSError as error:
        raise _ended(member) from error


def _answer(member: _Member, records: list[Record]) -> list[Judged]:
    try:
        answer = member.connection.recv_bytes()
    except (EOFError, OSError) as error:
        raise _ended(member) from error
    if answer.startswith(_FAILED):
        raise pickle.loads(answer[len(_FAILED) :])  # noqa: S301 - from a process of our own
    return [Judged(record, *opinion) for record, opinion in zip(records, opinions_of(answer), strict=True)]


def _ended(member: _Member) -> OrdercliError:
    """Why a member is no longer there: a signal (out of memory, an operator) is trouble, anything else a bug."""
    code = os.waitstatus_to_exitcode(os.waitpid(member.process, 0)[1])
    hint = "nothing that was accepted is lost; run the command again, or go on with `ordercli batch resume`"
    if code < 0:
        return TryAgainError(f"A process that judges orders was killed by {signal.Signals(-code).name}", hint=hint)
    return CrewError(f"A process that judges orders has ended with {code}", hint=hint)


def _end_of(member: _Member) -> None:
    try:
        os.waitpid(member.process, 0)
    except ChildProcessError:
        return  # already known to have ended
