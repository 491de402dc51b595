"""A pause by hand, and one that the target asks for, at the same time. SQLite has one writer."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from faults.server_clients import wait_for_one_at_a_lock
from support.builders import product_order
from support.running import PATIENCE_SECONDS

if TYPE_CHECKING:
    from forwarding.conftest import Forwarding
    from support.peer import Handler, Peer
    from support.running import Started


@pytest.fixture
def engine() -> str:
    return "postgresql"


@pytest.mark.slow
def test_a_pause_by_hand_is_not_replaced_by_one_that_ends(forwarding: Forwarding, peer: Peer) -> None:
    pausing: list[Started] = []
    stopped = threading.Event()

    def pause_and_answer(handler: Handler) -> None:
        words = ("forward", "pause", "crm", "--config", str(forwarding.file))
        pausing.append(
            forwarding.ordercli.start(
                *words, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="forward-pause-before-commit:stop"
            )
        )
        _wait_until_stopped(pausing[0].pid)
        stopped.set()
        handler.answer(503, b"", Retry_After="1")

    forwarding.submit(product_order("PO-1"))
    peer.answers["POST"] = [pause_and_answer]
    with forwarding.ordercli.start("forward", "run", "--config", str(forwarding.file)) as run:
        # Before it stops, the pause by hand may wait for a lock of the run itself.
        assert stopped.wait(PATIENCE_SECONDS)
        wait_for_one_at_a_lock(forwarding.ordercli.database, "")
        pausing[0].send_signal(signal.SIGCONT)
        run.communicate(timeout=PATIENCE_SECONDS)
    pausing[0].communicate(timeout=PATIENCE_SECONDS)
    (told,) = forwarding("forward", "status", "-o", "json").json

    assert (told["paused"], told["reason"], told["pausedUntil"]) == (True, "paused by ordercli forward pause", None)


def _wait_until_stopped(pid: int) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < until
        time.sleep(0.01)
