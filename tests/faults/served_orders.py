"""A server under 64 clients is killed, or its power fails: what it has acknowledged is kept, once."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from asyncio import IncompleteReadError
from contextlib import closing, suppress
from functools import cache, partial
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from faults.apsw_driver import journal, through
from faults.campaign import Campaign, Trial
from faults.disk import RecordingVfs, Reported, lay_out
from faults.power_cut import DATABASE, HISTORIES, WAL_FULL, History, cut, recover
from faults.trial_server import lent_database
from faults.verification import site, verify
from ordercli.database.opening import make_database
from ordercli.http.accepting import Accepting, Post
from ordercli.http.paths import SERVICENOW
from ordercli.intake.texts import record_of
from ordercli.operations.contexts import Context
from ordercli.queue.workers import Worker
from ordercli.settings import Settings
from support.builders import encoded, product_order
from support.running import PATIENCE_SECONDS, Ordercli
from support.serving import VENDOR, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.http.answers import Answer

CLIENTS = 64
KILLS = 3
LONGEST_LIFE_SECONDS = 1.0
GROUPS = 8
_MODES = ("", "?mode=async")


class Late(Ordercli):
    """The command, broken: its server acknowledges orders before they are committed."""

    words = (sys.executable, str(Path(__file__).with_name("late_server.py")))


def kill(folder: Path, rng: Random, address: str = "", command: type[Ordercli] = Ordercli) -> Trial:
    """Servers on one database are killed, one after the other, while 64 clients post orders."""
    at = site(folder, address)
    numbers, acknowledged = count(1), set[str]()
    odd: list[str] = []
    for _ in range(KILLS):
        with serving(command(folder, at.database)) as served:
            asyncio.run(_load(served.address, numbers, acknowledged, odd, partial(_end, served, rng)))
            served.process.communicate(timeout=PATIENCE_SECONDS)
    trial = verify(at, promised=acknowledged, faults=KILLS)
    return trial._replace(findings=(*trial.findings, *odd))


def kill_on_a_server(folder: Path, rng: Random) -> Trial:
    """Do the same on PostgreSQL."""
    with lent_database() as address:
        return kill(folder, rng, address)


async def _end(served: Any, rng: Random) -> None:
    await asyncio.sleep(rng.uniform(0.05, LONGEST_LIFE_SECONDS))
    served.process.send_signal(signal.SIGKILL)


async def _load(address: str, numbers: Iterator[int], acknowledged: set[str], odd: list[str], end: Any) -> None:
    parts = urlsplit(address)
    clients = [_post(parts.hostname or "", parts.port or 0, numbers, acknowledged, odd) for _ in range(CLIENTS)]
    await asyncio.gather(end(), *clients)


async def _post(host: str, port: int, numbers: Iterator[int], acknowledged: set[str], odd: list[str]) -> None:
    """Post one order after the other, until the connection breaks."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError:
        return
    try:
        for n in numbers:
            body = encoded(product_order(f"PO-{n}", description=f"PO-{n}"))
            head = f"POST {VENDOR}{_MODES[n % 2]} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            told = await reader.readuntil(b"\r\n\r\n")
            length = int(told.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            document = json.loads(await reader.readexactly(length))
            if told[9:12] in {b"201", b"202"}:
                acknowledged.add(document.get("orderId") or document["id"])
            else:
                odd.append(f"an order was answered {told[9:12].decode()}: {document}")
    except (OSError, IncompleteReadError):
        return
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@cache
def _recorded(number: int) -> History:
    """Record how a server writes groups of orders, and acknowledges them after each commit."""
    rng = Random(number)  # noqa: S311 - so that it can be repeated
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = str(folder / DATABASE)
        with journal(WAL_FULL):
            make_database(path).close()
        before = {DATABASE: (folder / DATABASE).read_bytes()}
        lay_out(folder, before)
        vfs = RecordingVfs(f"served-{number}")
        with journal(WAL_FULL), through(vfs, vfs.name, f"PRAGMA wal_autocheckpoint = {rng.choice((4, 30))}"):
            _serve(path, vfs, rng)
        return History(before, vfs.events)


def _serve(path: str, vfs: RecordingVfs, rng: Random) -> None:
    numbers = count(1)
    with Worker(path, f"{rng.getrandbits(32):08x}") as worker:
        accepting = Accepting(path, Settings(), worker, _raise)
        for _ in range(GROUPS):
            posts = [_order(next(numbers), rng) for _ in range(rng.randint(1, CLIENTS))]
            answers = accepting.accept(posts)
            _tell(vfs, "accepted", answers)
            _tell(vfs, "created", [each for each in answers if each.status == 201])
        accepting.close()


def _order(n: int, rng: Random) -> Post:
    """Return the order of a client; a few have the key of a repeated request."""
    body = encoded(product_order(f"PO-{n}", description=f"PO-{n}"))
    context = Context("submit", "http", "servicenow", rng.choice(("sync", "async")))
    key = f"key-{n}" if rng.random() < 0.2 else None
    return Post(SERVICENOW, record_of(body, "http", 1, 1, 1, len(body)), context, "client", key)


def _tell(vfs: RecordingVfs, what: str, answers: list[Answer]) -> None:
    ids = (json.loads(each.body) for each in answers)
    vfs.events.append(Reported(what, frozenset(each.get("orderId") or each["id"] for each in ids)))


def _raise(error: Exception) -> None:
    raise error


def power_cut(folder: Path, rng: Random) -> Trial:
    """Cut the power at any moment of a server's life."""
    left = cut(_recorded(rng.randrange(HISTORIES)), rng)
    lay_out(folder, left.before)
    with closing(make_database(str(folder / DATABASE))):
        pass
    return recover(str(folder / DATABASE), left.known)


CAMPAIGNS = (
    Campaign("kill -9 of a server under 64 clients", kill, 100),
    Campaign("kill -9 of a server under 64 clients, PostgreSQL", kill_on_a_server, 50),
    Campaign(
        "a server that acknowledges before the commit, and kill -9", partial(kill, command=Late), 10, is_control=True
    ),
    Campaign("power cut of a server under 64 clients, WAL and FULL", power_cut, 1000),
)
