"""Six hosts share one PostgreSQL server: connections end, answers to COMMIT are lost, the server crashes."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from typing import TYPE_CHECKING, NamedTuple

from faults.campaign import Campaign, Trial
from faults.crashing_server import crashing_server
from faults.losing_proxy import LosingProxy
from faults.server_clients import let_time_pass
from ordercli.database.opening import make_database
from ordercli.operations.audit import audit
from support.builders import mixed_order, ndjson
from support.running import Ordercli
from support.stored import column

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from faults.crashing_server import CrashingServer

DRAINS = 4
SUBMITTERS = 2
ORDERS = 1500
EXPECTED_ENDS = {0, 75}
PATIENCE_SECONDS = 180


@dataclass
class Host:
    """A machine with its own home folder that repeats one command, as cron does, until it is stopped."""

    folder: Path
    address: str
    outputs: list[bytes] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder.mkdir()
        self._command = Ordercli(self.folder, self.address)

    def run(self, *words: str) -> int:
        """Run a command to its end, and return its exit code."""
        with self._command.start(*words) as process:
            try:
                stdout, stderr = process.communicate(timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                stdout, stderr = process.communicate()
                self.findings.append(f"{words} did not end")
        self.outputs.append(stdout)
        if process.returncode not in EXPECTED_ENDS or b"Traceback" in stderr:
            self.findings.append(f"{words} ended with {process.returncode}: {stderr[-300:].decode(errors='replace')}")
        return process.returncode

    def submit(self, file: Path) -> None:
        """Submit until it succeeds."""
        while self.run("submit", str(file), "--async", "-o", "ndjson", "--rejects", "none"):
            if self.findings:
                return

    def drain(self, batch_size: int, enough: Event) -> None:
        """Process the queue, however often that fails."""
        while not enough.is_set() and not self.findings:
            self.run("queue", "run", "--batch-size", str(batch_size))


def share_a_server(folder: Path, rng: Random, *, patient: bool = True) -> Trial:
    """Break everything while six hosts work; an impatient trial does not wait until lost claims have expired."""
    with crashing_server() as server, TemporaryDirectory(prefix="proxy-") as place:
        proxy = LosingProxy(Path(place) / "p", server.sockets, rng)
        make_database(server.address()).close()
        hosts = [Host(folder / f"host-{n}", server.address(proxy.sockets)) for n in range(DRAINS + SUBMITTERS)]
        enough = Event()
        calls: list[Callable[[], None]] = [
            *(partial(host.drain, rng.choice([5, 10, 20]), enough) for host in hosts[:DRAINS]),
            *(partial(host.submit, _written(folder / f"{n}.ndjson", n)) for n, host in enumerate(hosts[DRAINS:])),
        ]
        threads = [Thread(target=call, daemon=True) for call in calls]
        for thread in threads:
            thread.start()
        broken = _break_everything(server, proxy, rng)
        broken_at = time.monotonic()
        for thread in threads[DRAINS:]:
            thread.join(PATIENCE_SECONDS)
        enough.set()
        for thread in threads[:DRAINS]:
            thread.join(PATIENCE_SECONDS)
        proxy.close()
        if not patient:
            let_time_pass(server.address())
        last = Host(folder / "last", server.address())
        _drain_to_the_end(last)
        recovery = time.monotonic() - broken_at
        findings = [*broken.missing(), *(finding for host in (*hosts, last) for finding in host.findings)]
        return _verify(server.address(), hosts, findings, recovery, broken.total)


class Broken(NamedTuple):
    """The faults that were made: connections ended, answers to COMMIT lost, crashes of the server."""

    connections: int = 0
    commits: int = 0
    crashes: int = 0

    @property
    def total(self) -> int:
        """Return the sum."""
        return sum(self)

    def missing(self) -> list[str]:
        """Return why a trial proves nothing: too few faults were made."""
        enough = all(done >= wanted for done, wanted in zip(self, ENOUGH, strict=True))
        return [] if enough else [f"too little was broken: {self}"]


ENOUGH = Broken(connections=8, commits=4, crashes=1)


def _break_everything(server: CrashingServer, proxy: LosingProxy, rng: Random) -> Broken:
    """Break connections, answers and, in the middle, the server, while the hosts work."""
    broken = Broken()
    proxy.one_in = 8
    until = time.monotonic() + PATIENCE_SECONDS / 2
    while broken.missing() and time.monotonic() < until:
        time.sleep(rng.uniform(0.3, 1.0))
        broken = broken._replace(commits=proxy.lost)
        if not broken.crashes and broken.connections >= ENOUGH.connections / 2 and broken.commits:
            server.crash()
            broken = broken._replace(crashes=1)
        elif broken.connections < ENOUGH.connections:
            broken = broken._replace(connections=broken.connections + server.terminate(1))
    proxy.one_in = 0
    return broken


def _written(file: Path, submitter: int) -> Path:
    file.write_bytes(ndjson(*(mixed_order(mark) for mark in marks(submitter))))
    return file


def marks(submitter: int) -> list[str]:
    """Return the external ids of a submitter; it shares a third of them with the other one."""
    first = submitter * ORDERS * 2 // 3
    return [f"PO-{n}" for n in range(first, first + ORDERS)]


def _drain_to_the_end(host: Host) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until and not host.findings:
        host.run("queue", "run")
        host.run("queue", "status", "-o", "json")
        status = json.loads(host.outputs[-1])
        if not status["new"] + status["in_progress"] + status["pending"]:
            return
        time.sleep(1)
    host.findings.append("the queue was not drained")


def _verify(address: str, hosts: list[Host], findings: list[str], recovery: float, faults: int) -> Trial:
    """Compare what was sent and promised with what is stored."""
    sent = {mark for n in range(SUBMITTERS) for mark in marks(n)}
    receipts = [json.loads(line) for host in hosts for output in host.outputs for line in output.splitlines()]
    promised = {receipt["orderId"] for receipt in receipts if receipt.get("outcome") in {"accepted", "duplicate"}}
    with closing(make_database(address)) as connection:
        created = column(connection, "customer_order", "external_id")
        order_ids = set(column(connection, "customer_order", "order_id"))
    return Trial(
        lost=len(sent - set(created)) + len(promised - order_ids),
        twice=len(created) - len(set(created)),
        recovery_seconds=recovery,
        findings=(*findings, *map(str, audit(address))),
        **({"faults": faults} if "faults" in Trial._fields else {}),
    )


CAMPAIGNS = (
    Campaign("six hosts, connections ended, answers to COMMIT lost, a server that crashes", share_a_server, 50),
)
