from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ordercli.operations import drain
from ordercli.operations.drain import Lease, QueueRun
from ordercli.queue import claims
from support.stored import column, enqueue_many, states

if TYPE_CHECKING:
    from ordercli.database.store import Store

pytestmark = pytest.mark.every_engine
THEN, SOON = "2026-03-01T09:00:00.000Z", "2026-03-01T09:01:00.000Z"


@pytest.fixture
def held(connection: Store) -> Lease:
    """Of the claims one, two and three, the first two are in hand; each is of one entry."""
    enqueue_many(connection, 3)
    found = Lease(connection, QueueRun())
    for token in ("one", "two", "three"):
        claims.claim(connection, token, "me", THEN, SOON, 1)
    found.hold("one")
    found.hold("two")
    return found


def renewed(connection: Store) -> list[bool]:
    return [expires_at > SOON for expires_at in column(connection, "inbound_entry", "claim_expires_at")]


def test_all_claims_in_hand_are_renewed_and_no_other(
    connection: Store, held: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "monotonic", lambda: float("inf"))

    held.renew()

    assert renewed(connection) == [True, True, False]


def test_claims_are_left_as_they_are_before_a_third_of_their_time_has_gone(connection: Store, held: Lease) -> None:
    held.renew()

    assert renewed(connection) == [False, False, False]


def test_what_was_worked_off_or_given_back_is_not_renewed(
    connection: Store, held: Lease, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drain, "monotonic", lambda: float("inf"))
    held.end("one")
    held.release("two")

    held.renew()

    assert column(connection, "inbound_entry", "claim_expires_at") == [SOON, None, SOON]
    assert states(connection) == {1: "in_progress", 2: "new", 3: "in_progress"}
