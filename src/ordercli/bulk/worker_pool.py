"""Worker processes that validate records, and the order in which their results come back."""

from __future__ import annotations

import os
import pickle
import signal
from collections import deque
from contextlib import contextmanager
from multiprocessing.connection import Connection, Pipe
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ordercli.database.opening import exists, read_database
from ordercli.database.store import snapshot
from ordercli.errors import BY_SIGNAL, BadInputError, ExitCode, OrdercliError, TryAgainError
from ordercli.intake.record import Record
from ordercli.operations.validate import Standard, ValidatedOrder, WorkNotes, rulebook, validate_records
from ordercli.reference.store import coverage, reference_data
from ordercli.rulebook.rule import Finding  # noqa: TC001 - msgspec reads it

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.resources.validator import Rulebook
    from ordercli.settings import Settings


_MOST = 4  # one process that reads and writes can feed no more


def most_processes() -> int:
    """As many as there are processors for it, at most four."""
    bound_to = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(bound_to or 1, _MOST)


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


class Errand(NamedTuple):
    """A batch to be judged, and what it is judged by."""

    standard: Standard
    records: list[Record]


class Opinion(NamedTuple):
    """A judged order less its record, which the other side has; the members stand as in `ValidatedOrder`."""

    findings: list[Finding]
    external_id: str | None
    filled_currency: str | None
    work_notes: WorkNotes


encode = msgspec.msgpack.Encoder().encode
errand_of = msgspec.msgpack.Decoder(Errand).decode
opinions_of = msgspec.msgpack.Decoder(list[Opinion]).decode


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.intake.record import Record
    from ordercli.operations.validate import Standard

    JudgeBatch = Callable[[list[Record], Standard], list[ValidatedOrder]]


class Crew:
    """Processes that judge; each has one batch at a time, so that neither side waits for the other to read."""

    def __init__(self, members: list[Member]) -> None:
        self._members = members

    def judge(self, batches: Iterator[tuple[Standard, list[Record]]]) -> Iterator[list[ValidatedOrder]]:
        """The batches, judged, in their order; what was read before the input broke off comes before the error.

        Raises:
            BadInputError: as the batches.
            MemberError, TryAgainError: a process has ended, by itself or by a signal; or what it raised.
        """
        idle = deque(self._members)
        busy: deque[tuple[Member, list[Record]]] = deque()
        try:
            for standard, records in batches:
                done = None if idle else _opinions(*busy[0])
                member = idle.popleft() if idle else busy.popleft()[0]
                member.ask(encode(Errand(standard, records)))
                busy.append((member, records))
                if done is not None:
                    yield done
        except BadInputError:
            yield from (_opinions(*each) for each in busy)
            raise
        yield from (_opinions(*each) for each in busy)

    def close(self) -> None:
        """Let the processes end, and wait for that."""
        close(self._members)


@contextmanager
def crew(size: int, make_judge: Callable[[], JudgeBatch]) -> Iterator[Crew]:
    """Start processes that judge; each calls `make_judge` once it is asked for the first time.

    To be called before a database is opened: SQLite's locks do not survive a fork.
    """
    with started(size, lambda: _answering(make_judge())) as members:
        yield Crew(members)


def _answering(judge: JudgeBatch) -> Answering:
    def answer(question: bytes) -> bytes:
        errand = errand_of(question)
        return encode([each[1:] for each in judge(errand.records, errand.standard)])

    return answer


def _opinions(member: Member, records: list[Record]) -> list[ValidatedOrder]:
    opinions = opinions_of(member.answer())
    return [ValidatedOrder(record, *opinion) for record, opinion in zip(records, opinions, strict=True)]


SMALLEST_INPUT = 4 * 1024 * 1024


class Judge:
    """Judges batches by itself, with a connection of its own where there is a database to look references up in."""

    def __init__(self, database: str | None, settings: Settings, *, lint: bool | None) -> None:
        self._connection = read_database(database) if database and exists(database) else None
        self._settings = settings
        self._lint = lint
        self._reference = reference_data(self._connection, settings) if self._connection else None
        self.coverage = coverage(self._reference, settings)
        self._rulebooks: dict[Standard, Rulebook] = {}

    def judge(self, batches: Iterator[tuple[Standard, list[Record]]]) -> Iterator[list[ValidatedOrder]]:
        """Return the batches, judged, as a crew gives them back."""
        return (self.judge_batch(records, standard) for standard, records in batches)

    def judge_batch(self, records: list[Record], standard: Standard) -> list[ValidatedOrder]:
        """Judge a batch by the rules of this standard."""
        book = self._rulebooks.get(standard)
        if book is None:
            profile, mode = standard
            book = rulebook(self._settings, mode=mode, profile=profile, lint=self._lint, reference=self._reference)
            self._rulebooks[standard] = book
        if self._connection is None:
            return validate_records(records, book, None)
        with snapshot(self._connection):
            return validate_records(records, book, self._reference)

    def close(self) -> None:
        """Close the connection."""
        if self._connection:
            self._connection.close()


@contextmanager
def judges(size: int, database: str | None, settings: Settings, *, lint: bool | None) -> Iterator[Crew | None]:
    """A crew of so many; None for one, which is this process itself. To be called before a database is opened."""
    if size <= 1:
        yield None
        return
    # RELOCATED

    def apart() -> Callable[[list[Record], Standard], list[ValidatedOrder]]:
        return Judge(database, settings, lint=lint).judge_batch

    with crew(size, apart) as found:
        yield found


def crew_size(jobs: int | None, input_bytes: int | None) -> int:
    """How many processes judge: as many as were asked for, else as the input is worth (a pipe does not tell)."""
    if jobs is not None:
        return jobs
    is_large = input_bytes is not None and input_bytes >= SMALLEST_INPUT
    return most_processes() if is_large else 1
