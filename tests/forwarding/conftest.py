"""A plain peer, a target that leads to it, and the command with these settings."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.clock import timestamp_now
from ordercli.database.opening import open_database
from support.builders import line, product_order, write_orders
from support.followed import SOON
from support.peer import peering

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.peer import Peer
    from support.running import Ordercli, Result


class Forwarding:
    """The command with the target `crm`, which leads to a peer."""

    def __init__(self, ordercli: Ordercli, peer: Peer) -> None:
        self.ordercli = ordercli
        self.peer = peer
        self.file = ordercli.folder / "targets.toml"
        self.settings()

    def settings(self, *, lookup: str = "path", timeout: str = "5s", settle: str = "1ms", more: str = "") -> None:
        """Write the settings of the target."""
        self.use(self.peer.url, lookup=lookup, timeout=timeout, settle=settle, more=more)

    def use(
        self,
        url: str,
        *,
        profile: str = "tmf622-v4",
        lookup: str = "path",
        timeout: str = "5s",
        settle: str = "1ms",
        more: str = "",
    ) -> None:
        """Write the settings of a target at an address."""
        self.file.write_text(
            f'[targets.crm]\nurl = "{url}"\nprofile = "{profile}"\nlookup = "{lookup}"\n'
            f'timeout = "{timeout}"\nsettle = "{settle}"\n{more}'
        )

    def __call__(self, *words: str, **env: Any) -> Result:
        return self.ordercli(*words, "--config", str(self.file), **env)

    def submit(self, *orders: Any, options: tuple[str, ...] = ()) -> Result:
        """Queue orders for the target."""
        path = write_orders(self.ordercli.folder / "orders.ndjson", *orders)
        return self("submit", str(path), "--target", "crm", "--rejects", "none", *options)

    def local(self, *orders: Any) -> str:
        """Return the path of a file with other orders."""
        return write_orders(self.ordercli.folder / "local.ndjson", *orders)

    def wait_until_due(self) -> None:
        """Wait until what was postponed is due."""
        with closing(open_database(self.ordercli.database)) as store:
            (last,) = store.execute("SELECT max(execute_after) FROM inbound_entry").fetchone()
        while last and timestamp_now() < last:
            time.sleep(0.01)

    def run(self, *words: str, times: int = 1) -> Result:
        """Forward what is due, so many times."""
        for _ in range(times):
            result = self("forward", "run", "-o", "json", *words)
        return result

    def finish(self) -> None:
        """Forward until nothing waits for a time any more; no pause of the target keeps it from that."""
        for _ in range(8):
            self("forward", "resume", "crm")
            self.wait_until_due()
            self.run()

    def shown(self, identifier: str) -> Any:
        return self("forward", "show", identifier, "-o", "json").json


@pytest.fixture
def peer() -> Iterator[Peer]:
    with peering() as running:
        yield running


@pytest.fixture
def forwarding(ordercli: Ordercli, peer: Peer) -> Forwarding:
    return Forwarding(ordercli, peer)


@pytest.fixture
def sent(forwarding: Forwarding) -> Forwarding:
    """The order PO-1 with the line items 1 and 2 is at the target, and created here."""
    forwarding.settings(more=SOON)
    forwarding.submit(product_order("PO-1", items=[line("1"), line("2")]))
    assert forwarding.run().exit_code == 0
    return forwarding
