"""Free the external id of a canceled order, and tell it in its history."""

from __future__ import annotations

from msgspec.structs import replace

from ordercli.clock import timestamp_now
from ordercli.operations.find import RELEASED_ID
from ordercli.operations.revise import OrderSnapshot, Proposal, RevisedOrder
from ordercli.orders.changes import Change
from ordercli.orders.order_rows import Revision


def with_release(proposal: Proposal) -> Proposal:
    """Return the proposal, whose revision cancels an order, with the change that its external id becomes free."""
    external_id = proposal.before.stored.order.external_id
    if proposal.revised is None or external_id is None:
        return proposal
    revised = proposal.revised
    return proposal._replace(revised=revised._replace(changes=[*revised.changes, _release(external_id)]))


def release_of(before: OrderSnapshot) -> Proposal:
    """Return the revision of a canceled order by which its external id becomes free; none if it has no id."""
    stored = before.stored
    if stored.order.external_id is None:
        return Proposal(before, [])
    order = replace(stored.order, version=stored.order.version + 1, updated_at=timestamp_now())
    revision = Revision(order, list(stored.lines.values()), [], {}, None, [])
    return Proposal(before, [], RevisedOrder(revision, before.document, [_release(stored.order.external_id)]))


def _release(external_id: str) -> Change:
    return Change(f"/{RELEASED_ID}", None, external_id)
