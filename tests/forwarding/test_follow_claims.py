"""A claim on an order that is followed: who lost it to another follower changes nothing any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.forwarding import following, forwards
from ordercli.forwarding.forwards import ForwardRow
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
    assert following.claim(connection, "crm", FIRST, SECOND, 1) == []


def test_a_follower_whose_claim_went_to_another_notes_nothing(ordercli: Ordercli, connection: Store) -> None:
    ordercli("submit", stdin=encoded(product_order("PO-1")))
    (order_id,) = column(connection, "customer_order", "order_id")
    forwards.add(connection, [ForwardRow(order_id, "crm", "productOrder", "PO-1", remote_id="remote-1")])
    (lost,) = following.claim(connection, "crm", FIRST, FIRST, 1)
    (held,) = following.claim(connection, "crm", FIRST, SECOND, 1)

    by_lost = (
        following.note_state(connection, order_id, FIRST, "failed", LATER, unchanged=7),
        following.ask_again(connection, order_id, FIRST, None, "not there"),
    )
    untouched = forwards.find(connection, order_id)
    by_holder = (
        following.note_state(connection, order_id, SECOND, "inProgress", LATER, unchanged=0),
        following.ask_again(connection, order_id, SECOND, LATER, None),
    )
    noted = forwards.find(connection, order_id)

    assert (lost.forward.follow_at, held.forward.follow_at) == (FIRST, SECOND)
    assert (by_lost, untouched) == ((False, False), held.forward)
    assert by_holder == (True, True)
    assert noted
    assert (noted.remote_state, noted.followed_at, noted.follow_at) == ("inProgress", LATER, LATER)
