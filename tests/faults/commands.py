"""Run the command in processes forked from an interpreter that has imported it, so that thousands can be killed."""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
import time
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from support.running import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from multiprocessing.context import ForkServerProcess

    from ordercli.database.store import Store
    from ordercli.orders.order_rows import OrderWithLines
    from ordercli.resources.resource import Accepted, Resource

PATIENCE_SECONDS = 120
IMPORTED = (
    "ordercli.cli.app",
    "ordercli.cli.batch",
    "ordercli.cli.change_orders",
    "ordercli.cli.queue",
    "ordercli.cli.submit",
    "ordercli.database.migrate",
    "ordercli.database.postgres_server",
    "ordercli.database.postgres_upgrade",
    "ordercli.operations.drain",
    "ordercli.operations.reference",
    "ordercli.output.answers",
)

_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(list(IMPORTED))


@atexit.register
def _kill_the_rest() -> None:
    """Kill the processes that a failed test has left; stopped processes would never end."""
    for each in multiprocessing.active_children():
        each.kill()


class Running:
    """A running command; its output goes into a file."""

    def __init__(self, process: ForkServerProcess, printed: Path) -> None:
        self._process = process
        self._printed = printed
        process.start()

    def kill(self) -> bool:
        """Kill it with SIGKILL, and return whether it still ran."""
        self._process.kill()
        return self.end() == -signal.SIGKILL

    def end(self) -> int:
        """Wait for its end, and return its exit code; below zero it is the signal that ended it."""
        self._process.join(PATIENCE_SECONDS)
        if self._process.exitcode is None:
            self._process.kill()
            raise TimeoutError(f"it did not end; it has printed {self.printed[-200:]!r}")
        return self._process.exitcode

    def wait_until_stopped(self) -> None:
        """Wait until it has stopped itself (SIGSTOP)."""
        self._wait_until(lambda status: status["State"].startswith("T"), "it has not stopped")

    def wait_until_handled(self, number: signal.Signals) -> None:
        """Wait until it has handled a first signal; after that it does not catch this one any more."""
        caught = 1 << (number - 1)
        self._wait_until(lambda status: not int(status["SigCgt"], 16) & caught, "it has not heard of a signal")

    def _wait_until(self, holds: Callable[[dict[str, str]], bool], message: str) -> None:
        """Poll the status of the process until the condition holds."""
        file = Path(f"/proc/{self._process.pid}/status")
        until = time.monotonic() + PATIENCE_SECONDS
        while not holds(dict(line.split(":\t", 1) for line in file.read_text().splitlines())):
            if time.monotonic() > until:
                self._process.kill()
                raise TimeoutError(message)
            time.sleep(0.001)

    def go_on(self, *signals: signal.Signals) -> None:
        """Send these signals, then continue the process if it is stopped; it handles the signals at that moment."""
        assert self._process.pid
        for number in signals:
            os.kill(self._process.pid, number)
        # A process that had not stopped may have ended already, because of the signals.
        with suppress(ProcessLookupError) if signals else nullcontext():
            os.kill(self._process.pid, signal.SIGCONT)

    @property
    def has_ended(self) -> bool:
        """Return whether it has ended."""
        return self._process.exitcode is not None

    @property
    def printed(self) -> bytes:
        """Return its standard output so far."""
        return self._printed.read_bytes()


@dataclass
class Site:
    """A folder with a database, or the address of one, and the commands that work on it."""

    folder: Path
    address: str = ""
    _started: int = field(default=0)

    @property
    def database(self) -> str:
        """Return the database as commands get it."""
        return self.address or str(self.folder / "orders.db")

    def start(
        self,
        *args: str,
        failpoint: str = "",
        clock_offset: float = 0,
        poison: str = "",
        host: str = "",
        ignoring: Collection[signal.Signals] = (),
        commits_late: bool = False,
    ) -> Running:
        """Start a command.

        `poison` is the external id of an order whose creation kills its process; `host` is the name of another machine
        that it runs on; a submission that `commits_late` does so once, at its end.
        """
        self._started += 1
        printed = self.folder / f"{self._started}.out"
        printed.touch()
        variables = {
            **{name: value for name, value in os.environ.items() if name in KEPT},
            "HOME": str(self.folder),
            "ORDERCLI_DATABASE": self.database,
            "ORDERCLI_TESTING": "1",
            "ORDERCLI_FAILPOINT": failpoint,
            "ORDERCLI_CLOCK_OFFSET": str(clock_offset),
        }
        faults: list[Callable[[], object]] = [partial(signal.signal, number, signal.SIG_IGN) for number in ignoring]
        faults += [partial(_kill_at_creation_of, poison)] if poison else []
        faults += [partial(_be_on, host)] if host else []
        faults += [_commit_late] if commits_late else []
        call = (args, str(self.folder), variables, str(printed), faults)
        return Running(_forks.Process(target=_ordercli, args=call), printed)

    def run(self, *args: str, failpoint: str = "", clock_offset: float = 0, poison: str = "", host: str = "") -> int:
        """Run a command to its end, and return its exit code."""
        return self.start(*args, failpoint=failpoint, clock_offset=clock_offset, poison=poison, host=host).end()

    @property
    def complaints(self) -> bytes:
        """Return what all commands wrote to standard error."""
        log = self.folder / "stderr"
        return log.read_bytes() if log.exists() else b""


def _ordercli(
    args: tuple[str, ...], folder: str, variables: dict[str, str], printed: str, faults: list[Callable[[], object]]
) -> None:
    """Run the command in this forked process."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(variables)
    _redirect(0, os.open(os.devnull, os.O_RDONLY))
    _redirect(1, os.open(printed, os.O_WRONLY | os.O_APPEND))
    _redirect(2, os.open("stderr", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w", closefd=False), os.fdopen(2, "w")
    for fault in faults:
        fault()
    from ordercli.__main__ import main

    sys.argv = ["ordercli", *args]
    main()


def _redirect(number: int, target: int) -> None:
    os.dup2(target, number)
    if target != number:
        os.close(target)


def _kill_at_creation_of(external_id: str) -> None:
    """Simulate an order that crashes the interpreter or takes all memory."""
    from ordercli.operations import create
    from ordercli.resources.registry import RESOURCES

    def deadly(accepted: Accepted, body: bytes, at: str, resource: Resource) -> OrderWithLines:
        if accepted.external_id == external_id:
            os.kill(os.getpid(), signal.SIGKILL)
        return RESOURCES[resource.name].load_converter()(accepted, body, at, resource)

    vars(create)["RESOURCES"] = {name: replace(each, load_converter=lambda: deadly) for name, each in RESOURCES.items()}


def _be_on(host: str) -> None:
    """Simulate another machine."""
    here = os.uname()
    there = os.uname_result((here.sysname, host, here.release, here.version, here.machine))
    vars(os)["uname"] = lambda: there


def _commit_late() -> None:
    """Simulate a program that acknowledges orders before they are written: it commits when the batch is closed."""
    from ordercli.bulk import batches, submit
    from ordercli.failpoints import failpoint

    @contextmanager
    def late(connection: Store, name: str = "") -> Iterator[Store]:
        if not connection.in_transaction:
            connection.execute(connection.BEGIN_WRITE)
        yield connection
        if name == "submit-finish":
            connection.execute("COMMIT")
        failpoint(f"{name}-after-commit")

    for module in (batches, submit):
        vars(module)["transaction"] = late
