"""Follow what has arrived at targets: once, or whenever an order is due; requests run in threads, the store in one."""

from __future__ import annotations

from contextlib import ExitStack, closing
from functools import partial
from time import monotonic, sleep
from typing import TYPE_CHECKING, NamedTuple

from ordercli.bulk.forward_run import LIMITED_SECONDS, LONGEST_ROUND
from ordercli.clock import timestamp
from ordercli.database.opening import open_database
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.forwarding import following
from ordercli.operations.follow import Follower, FollowRun, Told, What, ask
from ordercli.run_control import Interrupted, Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future, ThreadPoolExecutor

    from ordercli.database.store import Store
    from ordercli.forwarding.following import Followed
    from ordercli.operations.remote import Remote
    from ordercli.targets import Target

# How long to wait for the next answer, and for the next order that is due.
_TURN_SECONDS = 0.25
_LONGEST_PAUSE = 5.0
# A run claims so many times what it can ask for at once, so that no thread waits for the store.
_AHEAD = 2


def follow_orders(
    database: str,
    targets: Mapping[str, Target],
    connect: Callable[[Target], Remote],
    *,
    watch: bool = False,
    max_runtime: float,
    report: Callable[[list[FollowRun]], None],
    on_hangup: Callable[[], None] | None = None,
) -> tuple[list[FollowRun], ExitCode]:
    """Ask these targets for the states of their orders: of those that are due now, or with `watch` until a signal.

    What is under way when the run ends is waited for. For `report` and `on_hangup` see `forward_queue`.

    Raises:
        BadDatabaseError, TryAgainError: the database cannot be used; what was under way is asked for again later.
        UsageError: a secret of a target cannot be used.
    """
    with ExitStack() as stack:
        store = stack.enter_context(closing(open_database(database)))
        due = timestamp(store.now())
        if not watch and not any(following.is_due(store, name, due) for name in targets):
            report([])
            return [], ExitCode.OK
        stop = Stop().listen(on_hangup if watch else None)
        run = _Run(store, stack, connect, report)
        run.follow(targets, None if watch else due, stop, monotonic() + max_runtime)
        found = run.results()
    report(found)
    return found, code_of_stop(stop) or _code_of(found)


def _code_of(found: list[FollowRun]) -> ExitCode:
    if any(each.refused for each in found):
        return ExitCode.USAGE
    if any(each.unreachable for each in found):
        return ExitCode.TRY_AGAIN
    return ExitCode.REJECTED if any(each.troubled for each in found) else ExitCode.OK


class _Line(NamedTuple):
    """What a run has for one target."""

    follower: Follower
    remote: Remote
    threads: ThreadPoolExecutor


class _Run:
    """The followers of the targets, and the requests that are under way."""

    def __init__(
        self,
        store: Store,
        stack: ExitStack,
        connect: Callable[[Target], Remote],
        report: Callable[[list[FollowRun]], None],
    ) -> None:
        self._report = report
        self._store = store
        self._stack = stack
        self._connect = connect
        self._lines: dict[str, _Line] = {}
        self._under_way: dict[Future[Told], str] = {}

    def results(self) -> list[FollowRun]:
        """Return what was learned from each target."""
        return [line.follower.result for line in self._lines.values()]

    def follow(self, targets: Mapping[str, Target], due: str | None, stop: Stop, until: float) -> None:
        """Ask as long as the run may last and anything is due, then wait for what is under way.

        With `due`, only what was due at that moment is asked for, so that the run ends.
        """
        pause, report_at = _TURN_SECONDS, monotonic() + LONGEST_ROUND
        while True:
            goes_on = not stop.signal and monotonic() < until
            begun = [self._begin(name, target, due) for name, target in targets.items()] if goes_on else []
            is_limited = goes_on and any(line.follower.waits for line in self._lines.values())
            if not self._under_way and (not goes_on or (due and not any(begun) and not is_limited)):
                return
            if not self._under_way or monotonic() >= report_at:
                self._report(self.results())
                report_at = monotonic() + LONGEST_ROUND
            if self._under_way:
                self._collect()
                pause = _TURN_SECONDS
            elif is_limited:
                _wait(LIMITED_SECONDS, stop)
            else:
                _wait(min(pause, max(until - monotonic(), 0.0)), stop)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _begin(self, name: str, target: Target, due: str | None) -> bool:
        """Let requests for a target go; return whether there were any."""
        waiting = sum(each == name for each in self._under_way.values())
        free = target.max_in_flight * _AHEAD - waiting
        if free <= 0 or not following.is_due(self._store, name, due or timestamp(self._store.now())):
            if name in self._lines:
                self._lines[name].follower.waits = False
            return False
        line = self._line(name, target)
        claimed = line.follower.claim(due, free)
        for order in claimed:
            self._under_way[line.threads.submit(partial(_ask, line.remote, target, order))] = name
        return bool(claimed)

    def _line(self, name: str, target: Target) -> _Line:
        from concurrent.futures import ThreadPoolExecutor  # an idle run has no time to import it

        if name not in self._lines:
            threads = ThreadPoolExecutor(target.max_in_flight, thread_name_prefix=name)
            self._stack.callback(threads.shutdown, wait=True, cancel_futures=True)
            self._lines[name] = _Line(Follower(self._store, name, target), self._connect(target), threads)
        return self._lines[name]

    def _collect(self) -> None:
        """Wait for an answer, and note all that are there."""
        from concurrent.futures import FIRST_COMPLETED, wait

        done, _ = wait(self._under_way, _TURN_SECONDS, FIRST_COMPLETED)
        told: dict[str, list[Told]] = {}
        for each in done:
            told.setdefault(self._under_way.pop(each), []).append(each.result())
        for name, answers in told.items():
            self._lines[name].follower.record(answers)


def _ask(remote: Remote, target: Target, order: Followed) -> Told:
    try:
        return ask(remote, target, order)
    except Exception as bug:  # noqa: BLE001 - the other orders go on
        # Only its type: what it says may have a header with a secret in it.
        return Told(order, What.UNKNOWN, reason=f"internal error: {type(bug).__name__}")


def _wait(seconds: float, stop: Stop) -> None:
    try:
        with stop.waiting():
            sleep(seconds)
    except Interrupted:
        return
