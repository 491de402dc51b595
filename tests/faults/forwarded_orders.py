"""Orders are forwarded through a proxy that breaks everything, and both sides are killed: each is there once."""

from __future__ import annotations

import json
import signal
import socket
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from faults.breaking_proxy import FAULTS, BreakingProxy
from faults.campaign import Campaign, Trial
from faults.server_clients import LONG_AGO, wait_for_clients_to_end
from faults.trial_server import lent_database
from faults.verification import fresh_database
from ordercli.database.address import is_server
from ordercli.database.opening import make_database, open_database
from ordercli.operations.audit import audit
from ordercli.operations.forward_entries import resolve, resume_target
from support import peer
from support.builders import product_order, service_order, write_orders
from support.running import PATIENCE_SECONDS, Ordercli
from support.serving import SERVICES_V4, V4, address_of
from support.stored import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from random import Random

    from support.running import Started

    Start = Callable[[int], Started]

# A system that creates whatever it gets has an order twice if the network brings a request twice.
WITHOUT_DOUBLES = tuple(each for each in FAULTS if each != "double the request")
ORDERS = 5_000
FORWARDERS = 2
LONGEST_LIFE_SECONDS = 8.0
MOST_ROUNDS = 60
# Longer than the proxy keeps a request: `settle` counts from the moment when the outcome was unknown.
TIMEOUT, SETTLE = "1s", "4s"
QUIET_SECONDS = 3.0
NAIVE = "none"


class Peers(NamedTuple):
    """The system that takes the orders: how it is started on a port, and the external ids and ids of its orders."""

    start: Start
    kept: Callable[[], list[tuple[str, str]]]
    base: Mapping[str, str]
    findings: Callable[[], list[str]] = list


class Sender:
    """The command with two targets, one for each kind of order, and its runs that are killed and started again."""

    def __init__(self, folder: Path, database: str, port: int, base: Mapping[str, str], lookup: str) -> None:
        self.command = Ordercli(folder, database)
        self.database = database
        self.names = sorted(base)
        self.settings = folder / "targets.toml"
        self.settings.write_text(
            "".join(_target(name, f"http://127.0.0.1:{port}{base[name]}", lookup) for name in base)
        )
        self.complaints = b""
        self._runs: list[Started] = []

    def __call__(self, *words: str) -> Any:
        return self.command(*words, "--config", str(self.settings))

    def start_runs(self) -> None:
        """Start what does not run."""
        self._runs = [each for each in self._runs if each.poll() is None]
        while len(self._runs) < FORWARDERS:
            words = ("forward", "run", "--watch", "--config", str(self.settings))
            self._runs.append(self.command.start(*words))

    def kill_runs(self, count: int = FORWARDERS) -> int:
        """Kill runs, and return their number."""
        if is_server(self.database):  # a claim on a server outlives its run by a minute, so all are killed together
            count = FORWARDERS
        killed, self._runs = self._runs[:count], self._runs[count:]
        for each in killed:
            each.kill()
        for each in killed:
            self.complaints += each.communicate(timeout=PATIENCE_SECONDS)[1]
        if is_server(self.database):
            wait_for_clients_to_end(self.database)
            self._update("claim_expires_at", "in_progress")
        return len(killed)

    def let_time_pass(self) -> None:
        """Move the times for which entries wait, as hours would; those that wait for a person wait on."""
        self._update("claim_expires_at", "in_progress")
        self._update("execute_after", "pending")

    def _update(self, column: str, state: str) -> None:
        with closing(open_database(self.database)) as store:
            store.execute(
                f"UPDATE inbound_entry SET {column} = ? WHERE state = ? AND {column} IS NOT NULL", (LONG_AGO, state)
            )

    def resume(self) -> None:
        """Let the targets go on, as someone who watches them would."""
        for name in self.names:
            resume_target(self.database, name)

    def states(self) -> Counter[str]:
        """Count the entries by state; `uncertain` are those that wait for a person."""
        with closing(open_database(self.database)) as store:
            found = store.execute(
                "SELECT CASE WHEN state = 'pending' AND execute_after IS NULL THEN 'uncertain' ELSE state END, count(*)"
                " FROM inbound_entry GROUP BY 1"
            ).fetchall()
        return Counter(dict(found))

    def resolve(self, there: Mapping[str, str | None]) -> None:
        """Say of each uncertain order whether it is among those that are there, with their ids."""
        with closing(open_database(self.database)) as store:
            found = store.execute(
                "SELECT order_id, external_id FROM inbound_entry WHERE state = 'pending' AND execute_after IS NULL"
            ).fetchall()
        for order_id, external_id in found:
            resolve(self.database, order_id, there.get(external_id), actor="faults")


def _target(name: str, url: str, lookup: str) -> str:
    return (
        f'[targets.{name}]\nurl = "{url}"\nresource = "{name}"\nlookup = "{lookup}"\n'
        f'profile = "{"tmf622" if name == "productOrder" else "tmf641"}"\n'
        f'timeout = "{TIMEOUT}"\nsettle = "{SETTLE}"\nmax_in_flight = 16\n'
    )


def forward(
    folder: Path,
    rng: Random,
    peers: Peers,
    address: str = "",
    *,
    lookup: str = "path",
    orders: int,
    faults: Sequence[str],
) -> Trial:
    """Submit orders, half of each kind, forward them while everything breaks, and count them at the other side."""
    if not address:
        (folder / "orders.db").write_bytes(fresh_database())
    with ExitStack() as stack:
        port = _free_port()
        other = Restarted(peers.start, port)
        stack.callback(other.end)
        proxy = BreakingProxy(port, rng, faults, one_in=6)
        stack.callback(proxy.close)
        sender = Sender(folder, address or str(folder / "orders.db"), proxy.port, peers.base, lookup)
        stack.callback(sender.kill_runs)
        marks = _submit(folder, sender, orders)
        kills = _break(sender, other, rng, partial(_resolve_blindly, sender) if lookup == NAIVE else sender.resume)
        broken_at = time.monotonic()
        proxy.one_in = 0
        other.start()
        _finish(sender, peers, is_naive=lookup == NAIVE)
        recovery = time.monotonic() - broken_at
        there, states = Counter(external_id for external_id, _ in peers.kept()), sender.states()
        findings = [f"{n} entries are {state}" for state, n in sorted(states.items()) if state != "completed"]
        findings += _findings(sender, there) + peers.findings()
    lost = sum(not there[each] for each in marks)
    twice = sum(n - 1 for n in there.values() if n > 1)
    return Trial(lost, twice, recovery, tuple(findings), kills + proxy.made.total())


def _submit(folder: Path, sender: Sender, orders: int) -> list[str]:
    """Queue orders for the targets, and return their external ids."""
    made = {
        "productOrder": [product_order(f"PO-{n}") for n in range(orders // 2)],
        "serviceOrder": [service_order(f"SO-{n}") for n in range(orders - orders // 2)],
    }
    for name in sender.names:
        path = write_orders(folder / f"{name}.ndjson", *made[name])
        submitted = sender("submit", path, "--target", name, "--rejects", "none")
        assert submitted.exit_code == 0, submitted.stderr
    return [each["externalId"] for name in sender.names for each in made[name]]


class Restarted:
    """The other side, which is killed and started again on its port."""

    def __init__(self, start: Start, port: int) -> None:
        self._start = partial(start, port)
        self._process: Started | None = None
        self.start()

    def start(self) -> None:
        """Start it, unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self._process = self._start()

    def end(self) -> None:
        """Kill it."""
        if self._process:
            self._process.send_signal(signal.SIGKILL)
            self._process.communicate(timeout=PATIENCE_SECONDS)


def _break(sender: Sender, other: Restarted, rng: Random, tend: Callable[[], None]) -> int:
    """Kill runs and the other side at random moments until hardly anything waits; return the number of kills."""
    kills = 0
    for _ in range(MOST_ROUNDS):
        sender.start_runs()
        other.start()
        until = time.monotonic() + rng.uniform(0.5, LONGEST_LIFE_SECONDS)
        while time.monotonic() < until:
            time.sleep(0.5)
            tend()
        if rng.random() < 0.5:
            other.end()
            kills += 1
        if rng.random() < 0.7:
            kills += sender.kill_runs(rng.randint(1, FORWARDERS))
        if not sender.states()["new"]:
            break
    kills += sender.kill_runs()
    return kills


def _finish(sender: Sender, peers: Peers, *, is_naive: bool) -> None:
    """Forward without faults until every order is completed; the times for which entries wait pass at once."""
    for _ in range(12):
        time.sleep(QUIET_SECONDS)  # what the proxy still holds arrives
        sender.let_time_pass()
        if is_naive:
            _resolve_blindly(sender)
        else:
            sender.resolve(dict(peers.kept()))
        sender.resume()
        for name in sender.names:
            sender("forward", "retry", "--target", name)
        sender("forward", "run")
        if set(sender.states()) == {"completed"}:
            return


def _resolve_blindly(sender: Sender) -> None:
    """Do as someone who takes no answer for a refusal, and sends everything again."""
    sender.resume()
    sender.resolve({})


def _findings(sender: Sender, there: Counter[str]) -> list[str]:
    """Return what is wrong on this side."""
    found = [str(fault) for fault in audit(sender.database)]
    if b"Traceback" in sender.complaints:
        found.append("a traceback was printed")
    with closing(make_database(sender.database)) as store:
        known = rows(store, "forward")
        orders = {each["external_id"] for each in rows(store, "customer_order")}
    found += [each["last_body"] for each in known if "internal error" in (each["last_body"] or "")]
    found += [f"{each['external_id']} has no id there" for each in known if each["remote_id"] is None]
    return found + [f"{each} was not created here" for each in sorted(there.keys() - orders)]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


# The other sides.


def _another_ordercli(folder: Path, address: str = "") -> Peers:
    """Another ordercli, with a database of its own."""
    folder.mkdir()
    database = address or str(folder / "orders.db")
    if not address:
        (folder / "orders.db").write_bytes(fresh_database())
    command = Ordercli(folder, database)

    def start(port: int) -> Started:
        process = command.start("serve", "--no-auth", "--port", str(port))
        assert process.stderr
        address_of(process.stderr)
        return process

    def kept() -> list[tuple[str, str]]:
        with closing(make_database(database)) as store:
            return [(each["external_id"], each["order_id"]) for each in rows(store, "customer_order")]

    base = {"productOrder": V4.removesuffix("/productOrder"), "serviceOrder": SERVICES_V4.removesuffix("/serviceOrder")}
    return Peers(start, kept, base, lambda: [str(fault) for fault in audit(database)])


def _plain_system(folder: Path) -> Peers:
    """A system that creates every order that it gets, also a second time."""
    folder.mkdir()
    file = folder / "orders.ndjson"
    command = _Plain(folder, "")

    def start(port: int) -> Started:
        process = command.start(str(port), str(file))
        assert process.stdout
        assert process.stdout.readline()
        return process

    def kept() -> list[tuple[str, str]]:
        orders = [json.loads(each) for each in file.read_bytes().splitlines()]
        return [(each["externalId"], each["id"]) for each in orders]

    return Peers(start, kept, {"productOrder": "", "serviceOrder": ""})


class _Plain(Ordercli):
    """The plain system, started as the command is."""

    words = (sys.executable, str(Path(peer.__file__)))


# The campaigns.


def to_another_ordercli(folder: Path, rng: Random, orders: int = ORDERS) -> Trial:
    """The other side is another ordercli; a request may reach it twice."""
    return forward(folder, rng, _another_ordercli(folder / "other"), orders=orders, faults=FAULTS)


def on_a_server(folder: Path, rng: Random, orders: int = ORDERS) -> Trial:
    """Both sides keep their orders on PostgreSQL."""
    with lent_database() as here, lent_database() as there:
        return forward(folder, rng, _another_ordercli(folder / "other", there), here, orders=orders, faults=FAULTS)


def to_a_plain_system(folder: Path, rng: Random, orders: int = ORDERS, lookup: str = "path") -> Trial:
    """The other side creates whatever it gets, so only the look-up keeps orders from being there twice."""
    peers = _plain_system(folder / "other")
    return forward(folder, rng, peers, lookup=lookup, orders=orders, faults=WITHOUT_DOUBLES)


CAMPAIGNS = (
    Campaign("forwarded orders, a proxy that breaks everything, kill -9", to_another_ordercli, 2),
    Campaign("forwarded orders, the same, PostgreSQL", on_a_server, 1),
    Campaign("forwarded orders, the same, to a system without checks", to_a_plain_system, 2),
    Campaign(
        "forwarded without look-ups, to a system without checks",
        partial(to_a_plain_system, orders=200, lookup=NAIVE),
        1,
        is_control=True,
    ),
)
