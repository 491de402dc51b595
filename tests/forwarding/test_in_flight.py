"""Orders wait in a run for their turn, so that no request waits for the store; how a run ends."""

from __future__ import annotations

import json
import signal
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from ordercli.database.opening import open_database
from ordercli.exit_codes import BY_SIGNAL
from support.builders import product_orders
from support.running import PATIENCE_SECONDS, wait_until_handled

if TYPE_CHECKING:
    from forwarding.conftest import Forwarding
    from support.peer import Handler, Peer
    from support.running import Started

pytestmark = [pytest.mark.slow, pytest.mark.every_engine, pytest.mark.usefixtures("audited")]


def test_the_next_order_does_not_wait_until_the_last_one_is_noted(forwarding: Forwarding, peer: Peer) -> None:
    noted: list[int] = []

    def count_and_keep(handler: Handler) -> None:
        with closing(open_database(forwarding.ordercli.database)) as store:
            noted.extend(store.execute("SELECT count(*) FROM forward WHERE remote_id IS NOT NULL").fetchone())
        handler.answer(201, handler.server.keep(json.loads(handler.body)))

    forwarding.settings(more="max_in_flight = 1\n")
    forwarding.submit(*product_orders(2))
    peer.answers["POST"] = [count_and_keep, count_and_keep]
    # The store is slow: the first order is noted half a second after its answer.
    run = forwarding.ordercli.process(
        *("forward", "run", "--config", str(forwarding.file)),
        ORDERCLI_TESTING="1",
        ORDERCLI_FAILPOINT="forward-answers-before-commit:sleep:0.5",
    )

    assert (run.exit_code, noted, peer.most_running) == (0, [0, 0], 1)


def test_a_signal_lets_what_is_under_way_end_and_sends_nothing_more(forwarding: Forwarding, peer: Peer) -> None:
    running: list[Started] = []

    def end_and_keep(handler: Handler) -> None:
        (run,) = running
        run.send_signal(signal.SIGTERM)
        wait_until_handled(run.pid)
        handler.answer(201, handler.server.keep(json.loads(handler.body)))

    forwarding.settings(more="max_in_flight = 1\n")
    forwarding.submit(*product_orders(3))
    peer.answers["POST"] = [None, end_and_keep]
    words = ("forward", "run", "--watch", "--config", str(forwarding.file), "-o", "json")
    running.append(forwarding.ordercli.start(*words))
    told, complaints = running[0].communicate(timeout=PATIENCE_SECONDS)

    assert (running[0].returncode, complaints) == (BY_SIGNAL[signal.SIGTERM], b"")
    assert [(each["completed"], each["remaining"]) for each in json.loads(told)] == [(2, 1)]
    assert peer.external_ids() == ["PO-1", "PO-2"]
    shown = forwarding.shown("PO-3")
    assert (shown["state"], shown["sentAt"], shown["attempts"]) == ("new", None, 0)
