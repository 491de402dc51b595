"""`db check` knows forwarded orders: each kind of damage is told, with what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.builders import product_order
from support.stored import column, rows

if TYPE_CHECKING:
    from forwarding.conftest import Forwarding
    from ordercli.database.store import Store
    from support.peer import Peer

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


@pytest.mark.parametrize(
    ("damage", "order", "fault"),
    [
        (
            ("DELETE FROM forward WHERE order_id = '{waiting}'",),
            "waiting",
            "its entry goes to target crm, and nothing is known of it there",
        ),
        (
            ("UPDATE forward SET target = 'other' WHERE order_id = '{waiting}'",),
            "waiting",
            "its entry goes to target crm, and nothing is known of it there",
        ),
        (
            ("UPDATE inbound_entry SET target = NULL WHERE order_id = '{waiting}'",),
            "waiting",
            "it goes to target crm, and its entry is in the local queue",
        ),
        (
            ("UPDATE forward SET order_id = 'lost' WHERE order_id = '{arrived}'",),
            "lost",
            "target crm has it as remote-1, and there is neither its entry nor its customer order",
        ),
        (
            ("UPDATE forward SET remote_id = NULL WHERE order_id = '{arrived}'",),
            "arrived",
            "there is a customer order, and its id at target crm is not known",
        ),
        (
            ("UPDATE forward SET remote_id = 'remote-1' WHERE order_id = '{waiting}'",),
            "waiting",
            "target crm has it as remote-1, as it has another order",
        ),
        (
            (
                "UPDATE inbound_entry SET state = 'cancelled', reason = 'x' WHERE order_id = '{waiting}'",
                "UPDATE forward SET remote_id = 'remote-2' WHERE order_id = '{waiting}'",
            ),
            "waiting",
            "target crm has it, and its entry is discarded",
        ),
        (
            (
                "UPDATE inbound_entry SET state = 'pending', execute_after = NULL WHERE order_id = '{waiting}'",
                "UPDATE forward SET remote_id = 'remote-2' WHERE order_id = '{waiting}'",
            ),
            "waiting",
            "target crm has it, and its entry is uncertain",
        ),
    ],
)
def test_a_forwarded_order_that_does_not_agree_is_a_fault(
    forwarding: Forwarding, peer: Peer, connection: Store, damage: tuple[str, ...], order: str, fault: str
) -> None:
    forwarding.submit(product_order("PO-1"))
    forwarding.run()
    forwarding.submit(product_order("PO-2"))
    arrived, waiting = column(connection, "inbound_entry", "order_id")
    assert forwarding("db", "check").stdout == ""
    ids = {"arrived": arrived, "waiting": waiting, "lost": "lost"}

    for statement in damage:
        connection.execute(statement.format(**ids))
    result = forwarding("db", "check", "-o", "ndjson")

    found = [(each["check"], each["orderId"], each["message"]) for each in result.ndjson]
    remedies = {each["remedy"] for each in result.ndjson if each["check"] == "forward"}
    assert result.exit_code == 1
    assert ("forward", ids[order], fault) in found
    assert remedies
    assert all(each.startswith("look at the order at its target (`ordercli forward show") for each in remedies)
    assert len(rows(connection, "forward")) in {1, 2}
    assert len(peer.orders) == 1
