from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.operations.cancel import Decision, propose_cancellation
from support.builders import encoded, line, product_order

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from support.running import Ordercli


@pytest.mark.parametrize(
    ("approval", "steps"),
    [
        (False, {"1": ["canceled"], "2": ["canceled"]}),
        (True, {"1": ["assessing_cancellation", "cancellation_in_progress", "canceled"], "2": ["canceled"]}),
    ],
)
def test_a_line_in_progress_takes_the_way_that_is_configured(
    ordercli: Ordercli, connection: Store, *, approval: bool, steps: dict[str, list[str]]
) -> None:
    ordercli("submit", stdin=encoded(product_order(items=[line("1"), line("2")])))
    ordercli("patch", "PO-1", "--set", "productOrderItem.1.state=in_progress")
    ordercli("patch", "PO-1", "--set", "state=on_hold")

    proposal = propose_cancellation(connection, 1, Decision.CANCELLED, approval=approval)

    assert proposal.revised
    assert (proposal.revised.revision.states, proposal.revised.revision.line_states) == (["canceled"], steps)
