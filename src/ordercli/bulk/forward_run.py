"""Forward what waits for targets: once, or whenever an entry is due; requests run in threads, the store in one."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING

from uuid_utils import uuid7

from ordercli.clock import timestamp
from ordercli.database.opening import listen, open_database
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.operations.forward import Forwarder, ForwardRun
from ordercli.operations.forward_attempt import Outcome, What, attempt
from ordercli.queue import target_claims
from ordercli.queue.entries import CHANNEL
from ordercli.queue.workers import Worker
from ordercli.run_control import Interrupted, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import ThreadPoolExecutor

    from ordercli.database.store import Listener, Store
    from ordercli.operations.forward_attempt import Job
    from ordercli.operations.remote import Remote
    from ordercli.settings import Settings
    from ordercli.targets import Target

SHORTEST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
# What a run has done is reported so often while it is busy.
LONGEST_ROUND = 60.0
# While requests are under way: how long to wait for the next answer, and then look for other work.
_TURN_SECONDS = 0.25
# A limit per second lets the next order go soon.
LIMITED_SECONDS = 0.02


def forward_queue(
    database: str,
    settings: Settings,
    targets: Mapping[str, Target],
    connect: Callable[[Target], Remote],
    *,
    watch: bool = False,
    max_runtime: float,
    report: Callable[[list[ForwardRun]], None],
    on_hangup: Callable[[], None] | None = None,
) -> tuple[list[ForwardRun], ExitCode]:
    """Send what waits for these targets, until nothing is due, or with `watch` until a signal comes.

    `connect` makes the client of a target when the first entry for it is found. What is under way when the run ends is
    waited for. Call `report` with what was done so far at the end, whenever nothing is due, and at least once a minute.
    With `watch`, SIGHUP calls `on_hangup` if that is given, and does not end the run.

    Raises:
        BadDatabaseError, TryAgainError: the database cannot be used; the next run looks for what was under way.
        UsageError: a secret of a target cannot be used.
    """
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_database(database)))
        moment = timestamp(store.now())
        if not watch and not any(target_claims.work_is_waiting(store, name, moment) for name in targets):
            report([])
            return [], ExitCode.OK
        worker = stack.enter_context(Worker(database, uuid7().hex))
        listener = stack.enter_context(closing(listen(database, CHANNEL))) if watch else None
        stop = Stop().listen(on_hangup if watch else None)
        until = monotonic() + max_runtime
        run = _Run(store, worker, settings, stack, connect, goes_on=lambda: not stop.signal and monotonic() < until)
        _loop(run, targets, stop, listener, until, report)
        found = run.results()
    report(found)
    return found, code_of_stop(stop) or _code_of(found)


def _code_of(found: list[ForwardRun]) -> ExitCode:
    if any(each.refused for each in found):
        return ExitCode.USAGE
    if any(each.unreachable for each in found):
        return ExitCode.TRY_AGAIN
    return ExitCode.REJECTED if any(each.failed or each.uncertain for each in found) else ExitCode.OK


def _loop(
    run: _Run,
    targets: Mapping[str, Target],
    stop: Stop,
    listener: Listener | None,
    until: float,
    report: Callable[[list[ForwardRun]], None],
) -> None:
    """Let orders go as long as the run may last, then wait for what is under way."""
    pause, report_at = SHORTEST_PAUSE, monotonic() + LONGEST_ROUND
    while True:
        goes_on = run.goes_on()
        if not goes_on and not run.under_way and not run.has_outcomes:
            return
        begun = [run.turn(name, target, goes_on) for name, target in targets.items()]
        is_busy = bool(run.under_way) or any(begun)
        is_idle = not (is_busy or run.is_limited)
        if is_idle and listener is None:
            return
        if is_idle or monotonic() >= report_at:
            report(run.results())
            report_at = monotonic() + LONGEST_ROUND
        if is_busy:
            run.collect(_TURN_SECONDS)
            pause = SHORTEST_PAUSE
        elif run.is_limited:
            _wait(None, LIMITED_SECONDS, stop)
        else:
            _wait(listener, min(pause, max(until - monotonic(), 0.0)), stop)
            pause = min(pause * 2, LONGEST_PAUSE)


def _wait(listener: Listener | None, seconds: float, stop: Stop) -> None:
    from time import sleep

    try:
        with stop.waiting():
            if listener:
                listener.wait(seconds)
            else:
                sleep(seconds)
    except Interrupted:
        return


class _Run:
    """The forwarders of the targets, their threads, and the outcomes that were not noted yet."""

    def __init__(
        self,
        store: Store,
        worker: Worker,
        settings: Settings,
        stack: ExitStack,
        connect: Callable[[Target], Remote],
        *,
        goes_on: Callable[[], bool],
    ) -> None:
        self._store = store
        self._worker = worker
        self._settings = settings
        self._stack = stack
        self._connect = connect
        self.goes_on = goes_on
        self._forwarders: dict[str, Forwarder] = {}
        self._lines: dict[str, tuple[Remote, ThreadPoolExecutor]] = {}
        # The targets to which nothing more is sent until what they answered is noted.
        self._held_back: set[str] = set()
        self._arrived: SimpleQueue[tuple[str, Outcome]] = SimpleQueue()
        self._outcomes: dict[str, list[Outcome]] = {}
        self.under_way = 0

    @property
    def has_outcomes(self) -> bool:
        """Return whether outcomes of requests have to be noted."""
        return bool(self._outcomes)

    @property
    def is_limited(self) -> bool:
        """Return whether a limit of a target keeps entries waiting that are due."""
        return any(each.waits for each in self._forwarders.values())

    def results(self) -> list[ForwardRun]:
        """Return what was done for each target, with what remains."""
        for each in self._forwarders.values():
            each.count_remaining()
        return [each.result for each in self._forwarders.values()]

    def turn(self, name: str, target: Target, goes_on: bool) -> bool:  # noqa: FBT001 - one caller
        """Note what came of requests, let further ones go, then create orders; return whether anything was done.

        Orders are created while the next requests are under way.
        """
        forwarder = self._forwarders.get(name)
        outcomes = self._outcomes.pop(name, [])
        if forwarder is None:
            moment = timestamp(self._store.now())
            if not goes_on or not target_claims.work_is_waiting(self._store, name, moment):
                return False
            forwarder = self._begin(name, target)
        if outcomes:
            forwarder.record(outcomes)
            if any(each.what.pauses for each in outcomes):
                self._held_back.discard(name)
        forwarder.renew()
        jobs = []
        if goes_on and target_claims.work_is_waiting(self._store, name, timestamp(self._store.now())):
            jobs = forwarder.claim()
        else:
            forwarder.waits = False
        at_once = forwarder.without_request(jobs)
        done = {each.job.entry.seq for each in at_once}
        for job in jobs:
            if job.entry.seq not in done:
                self._send(name, target, job)
        if at_once:
            forwarder.record(at_once)
        forwarder.create([*outcomes, *at_once])
        return bool(outcomes or jobs)

    def collect(self, seconds: float) -> None:
        """Wait for an outcome, and take all that are there."""
        if not self.under_way:
            return
        try:
            found = self._arrived.get(timeout=seconds)
            while True:
                name, outcome = found
                self.under_way -= 1
                self._outcomes.setdefault(name, []).append(outcome)
                found = self._arrived.get_nowait()
        except Empty:
            return

    def _begin(self, name: str, target: Target) -> Forwarder:
        from concurrent.futures import ThreadPoolExecutor  # an idle run has no time to import it

        self._forwarders[name] = Forwarder(self._store, self._worker, self._settings, name, target)
        threads = ThreadPoolExecutor(target.max_in_flight, thread_name_prefix=name)
        self._stack.callback(threads.shutdown, wait=True, cancel_futures=True)
        self._lines[name] = self._connect(target), threads
        return self._forwarders[name]

    def _send(self, name: str, target: Target, job: Job) -> None:
        remote, threads = self._lines[name]
        self.under_way += 1
        threads.submit(partial(self._attempt, name, remote, target, job))

    def _attempt(self, name: str, remote: Remote, target: Target, job: Job) -> None:
        try:
            is_held_back = name in self._held_back or not self.goes_on()
            outcome = Outcome(job, What.HELD_BACK) if is_held_back else attempt(remote, target, job)
        except Exception as bug:  # noqa: BLE001 - an outcome must come, and nobody knows whether the order went
            # Only its type: what it says may have a header with a secret in it.
            outcome = Outcome(job, What.UNKNOWN, reason=f"internal error: {type(bug).__name__}")
        if outcome.what.pauses:
            self._held_back.add(name)
        self._arrived.put((name, outcome))
