"""Worker processes, and the validation of records in them with results in input order."""

from __future__ import annotations

import os
import signal
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ordercli.errors import BadInputError, ErrorKind, OrdercliError, TryAgainError
from ordercli.operations.validate import ValidatedOrder, Validator
from ordercli.run_control import STOP_SIGNALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

    from ordercli.intake.record import Record
    from ordercli.operations.validate import RuleSet
    from ordercli.settings import Settings

    Work = Callable[[Any], object]

_MOST_WORKERS = 4  # the process that reads and writes cannot keep more of them busy


class WorkerError(OrdercliError):
    """A process of this run has ended."""

    kind = ErrorKind.INTERNAL


class WorkerProcess:
    """A process that answers requests in their order.

    A pool of the standard library does not serve here: when a worker is killed, `ProcessPoolExecutor` fails the
    questions of all workers, and `multiprocessing.Pool` waits for ever. The queue must know which claim the killed
    worker had.
    """

    def __init__(self, make_work: Callable[[], Work], others: Iterable[WorkerProcess] = ()) -> None:
        from multiprocessing import get_context  # takes 10 ms, which most runs need not spend

        fork = get_context("fork")  # spawned processes would import everything again
        self.connection, child_end = fork.Pipe()
        inherited = [self.connection, *(other.connection for other in others)]
        self._process = fork.Process(target=_serve, args=(child_end, inherited, make_work))
        self._process.start()
        child_end.close()

    def ask(self, question: object) -> None:
        """Send a question.

        Raises:
            WorkerError, TryAgainError: the process has ended.
        """
        try:
            self.connection.send(question)
        except OSError as error:
            raise self._ended() from error

    def has_answered(self, seconds: float) -> bool:
        """Wait at most `seconds`; return whether the process has answered or ended."""
        try:
            return self.connection.poll(seconds)
        except OSError:
            return True

    def answer(self) -> Any:  # noqa: ANN401 - whatever the work returns
        """Wait for the next answer.

        Raises:
            WorkerError, TryAgainError: the process has ended, by itself or by a signal; or what the work raised.
        """
        try:
            is_answer, answer = self.connection.recv()
        except (EOFError, OSError) as error:
            raise self._ended() from error
        if not is_answer:
            raise answer
        return answer

    def leave(self) -> None:
        """Let the process end."""
        self.connection.close()

    def kill(self) -> None:
        """End the process, whatever it does; it ignores the other signals, which are for the first process."""
        self._process.kill()

    def wait(self) -> None:
        """Wait until the process has ended."""
        self._process.join()

    def _ended(self) -> OrdercliError:
        """Return the error for a process that ended: to be tried again after a signal (out of memory), else a bug."""
        self.wait()
        code = self._process.exitcode or 0
        hint = (
            "nothing that was accepted is lost; run the command again; `ordercli batch list` tells how far a submit got"
        )
        if code < 0:
            return TryAgainError(f"A process of this run was killed by {signal.Signals(-code).name}", hint=hint)
        return WorkerError(f"A process of this run has ended with {code}", hint=hint)


def _serve(connection: Connection, inherited: Iterable[Connection], make_work: Callable[[], Work]) -> None:
    """Answer until the parent closes the connection, or ends."""
    for number in STOP_SIGNALS:  # only the parent handles signals
        signal.signal(number, signal.SIG_IGN)
    for each in inherited:  # otherwise this process would not notice the end of the parent
        each.close()
    work: Work | None = None
    while True:
        try:
            question = connection.recv()
        except (EOFError, OSError):
            return
        try:
            work = work or make_work()
            answer = (True, work(question))
        except Exception as error:  # noqa: BLE001 - raised again in the parent
            answer = (False, error)
        try:
            connection.send(answer)
        except OSError:
            return
        except Exception:  # noqa: BLE001 - an exception that cannot be pickled
            connection.send((False, RuntimeError(f"{type(answer[1]).__name__}: {answer[1]}")))


@contextmanager
def worker_processes(
    size: int, make_work: Callable[[], Work], *, only_read: bool = False
) -> Iterator[list[WorkerProcess]]:
    """Start `size` processes; each calls `make_work` at its first question. At the end, wait for all of them.

    With `only_read`, their work changes nothing, and what they still do at the end is cut short.
    Call it before a database is opened: SQLite's locks do not survive a fork.
    """
    workers: list[WorkerProcess] = []
    try:
        for _ in range(size):
            workers.append(WorkerProcess(make_work, workers))
        yield workers
    finally:
        if only_read:
            for worker in workers:
                worker.kill()
        close(workers)


def close(workers: Iterable[WorkerProcess]) -> None:
    """Let the processes end, and wait for them."""
    for worker in workers:
        worker.leave()
    for worker in workers:
        worker.wait()


class WorkerPool:
    """Processes that validate. Each gets one chunk at a time: with more, both pipes could fill up and never drain."""

    def __init__(self, workers: list[WorkerProcess]) -> None:
        self._workers = workers

    def validate_chunks(self, chunks: Iterator[tuple[list[Record], RuleSet]]) -> Iterator[list[ValidatedOrder]]:
        """Validate chunks, and yield them in their order; chunks that were read before an error are yielded first.

        Raises:
            BadInputError: the input cannot be read to its end.
            WorkerError, TryAgainError: a process has ended, by itself or by a signal; or the error that it raised.
        """
        idle = deque(self._workers)
        busy: deque[tuple[WorkerProcess, list[Record]]] = deque()
        try:
            for records, rule_set in chunks:
                done = None if idle else _answered(*busy[0])
                worker = idle.popleft() if idle else busy.popleft()[0]
                worker.ask((records, rule_set))
                busy.append((worker, records))
                if done is not None:
                    yield done
        except BadInputError:
            yield from (_answered(*each) for each in busy)
            raise
        yield from (_answered(*each) for each in busy)

    def close(self) -> None:
        """Let the processes end, and wait for them."""
        close(self._workers)


def _answered(worker: WorkerProcess, records: list[Record]) -> list[ValidatedOrder]:
    answers, unwrapped = worker.answer()
    if unwrapped:
        records = [unwrapped.get(n, record) for n, record in enumerate(records)]
    return [ValidatedOrder(record, *answer) for record, answer in zip(records, answers, strict=True)]


@contextmanager
def validating_workers(
    jobs: int | None, database: str | None, settings: Settings, *, lint: bool | None
) -> Iterator[WorkerPool | None]:
    """Start `jobs` processes that validate, with None one per CPU (at most 4). Yield None for one.

    Call it before a database is opened: SQLite's locks do not survive a fork.
    """
    size = cpu_count() if jobs is None else jobs
    if size == 1:
        yield None
        return

    def make_work() -> Work:
        validator = Validator.open(database, settings, lint=lint)

        def work(question: tuple[list[Record], RuleSet]) -> tuple[list[tuple[object, ...]], dict[int, Record]]:
            records, rule_set = question
            validated = validator.validate(records, rule_set)
            pairs = enumerate(zip(validated, records, strict=True))
            # The parent has the records, except those that were taken out of a wrapper.
            unwrapped = {n: each.record for n, (each, record) in pairs if each.record is not record}
            return [each[1:] for each in validated], unwrapped

        return work

    with worker_processes(size, make_work) as workers:
        yield WorkerPool(workers)


def cpu_count() -> int:
    """Return the number of CPUs that this process may use, at most 4."""
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(available or 1, _MOST_WORKERS)
