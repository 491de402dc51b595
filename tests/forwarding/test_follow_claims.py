"""A claim on an order that is followed: who lost it to another follower changes nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.forwarding import following, forwards, pauses
from ordercli.forwarding.following import Known
from ordercli.forwarding.forwards import ForwardRow
from ordercli.forwarding.pauses import TargetPauseRow
from support.builders import encoded, product_order
from support.stored import column

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli

pytestmark = pytest.mark.every_engine

FIRST, SECOND, LATER = (f"2026-03-01T08:0{n}:00.000Z" for n in range(3))


def test_nothing_is_due_while_the_order_was_not_created_here(connection: Store) -> None:
    forwards.add(connection, [ForwardRow("order-1", "crm", "productOrder", "PO-1", remote_id="remote-1")])

    assert following.is_due(connection, "crm", FIRST) is False
    assert following.claim(connection, "crm", FIRST, FIRST, SECOND, 1) == []


def test_a_follower_whose_claim_went_to_another_notes_nothing(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))
    (order_id,) = column(connection, "customer_order", "order_id")
    forwards.add(connection, [ForwardRow(order_id, "crm", "productOrder", "PO-1", remote_id="remote-1")])
    (lost,) = following.claim(connection, "crm", FIRST, FIRST, FIRST, 1)
    (held,) = following.claim(connection, "crm", FIRST, SECOND, SECOND, 1)

    by_lost = following.note(connection, lost.forward, Known("failed", LATER, 7, None, "not there"))
    untouched = forwards.find(connection, order_id)
    by_holder = following.note(connection, held.forward, Known("inProgress", LATER, 0, LATER, None))
    noted = forwards.find(connection, order_id)

    assert (lost.forward.follow_at, held.forward.follow_at) == (FIRST, SECOND)
    assert (lost.forward.asked_at, held.forward.asked_at) == (FIRST, SECOND)
    assert (by_lost, untouched) == (False, held.forward)
    assert by_holder is True
    assert noted
    assert (noted.remote_state, noted.followed_at, noted.follow_at) == ("inProgress", LATER, LATER)


def test_a_pause_is_written_only_if_there_are_failures_to_forget(connection: Store) -> None:
    row = TargetPauseRow("crm", FIRST, SECOND, 3, "no connection")
    pauses.pause(connection, row)

    forgotten = [pauses.forget_failures(connection, "crm") for _ in range(2)]

    found = pauses.find(connection, "crm")
    assert (forgotten, found) == ([True, False], TargetPauseRow("crm", FIRST, SECOND, 0, "no connection"))
