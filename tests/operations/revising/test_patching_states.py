from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.operations.patch import PatchProposer
from ordercli.operations.revise import Author, write
from ordercli.orders import order_store
from ordercli.orders.states import FINAL, LineState, OrderState, followers, known_states
from ordercli.queue.entries import PayloadRow, digest, keep_payloads
from ordercli.resources.document import merge_order
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from ordercli.resources.product_order.profiles import PROFILES
from ordercli.settings import OrderSettings, Settings
from support.builders import accepted, encoded, line, product_order
from support.forcing import force_state
from support.stored import column, rows, start_batch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from ordercli.operations.revise import Proposal
    from support.builders import Json

AT = "2026-03-01T09:00:00.000Z"
PATCHED = "ordercli patch"


def create(connection: Store, *items: Json, profile: str = "servicenow") -> None:
    """An order in a transaction of its own, which is never committed."""
    connection.execute(connection.BEGIN_WRITE)
    start_batch(connection)
    order = product_order(items=list(items) or [line()])
    body = encoded(as_v5(order) if profile == "tmf622-v5" else order)
    keep_payloads(connection, [PayloadRow(1, digest(body), body)])
    created = [PRODUCT_ORDER.to_rows(accepted(profile=profile), body, AT)]
    order_store.create(connection, created, "ana")


def propose(connection: Store, change: Json, *, approval: bool = False) -> Proposal:
    settings = Settings(orders=OrderSettings(cancellation_approval=approval))
    return PatchProposer(connection, settings).propose(1, lambda document: merge_order(document, change))


def patched(connection: Store, change: Json, *, approval: bool = False) -> list[str]:
    """Writes a patch; gives the messages that refuse it."""
    proposal = propose(connection, change, approval=approval)
    if not proposal.refused:
        assert write(connection, proposal, Author("ana")) is proposal
    return [finding.message for finding in proposal.findings]


def of_line(item_id: str = "1", **members: Any) -> Json:
    return {"productOrderItem": [{"id": item_id, **members}]}


def states(connection: Store) -> tuple[str, list[str]]:
    """The state of the order and those of its lines."""
    return column(connection, "customer_order", "state")[0], column(connection, "order_line_item", "state")


STATES = [OrderState(state) for state in known_states({}, "productOrder")]
LINE_STATES = [LineState(state) for state in known_states({}, "productOrder", line=True)]


@contextmanager
def undone(connection: Store) -> Iterator[None]:
    connection.execute("SAVEPOINT undone")
    yield
    connection.execute("ROLLBACK TO undone")


@pytest.mark.parametrize("before", STATES)
def test_an_order_may_be_set_to_what_follows(connection: Store, before: OrderState) -> None:
    create(connection)
    force_state(connection, "customer_order", before)
    allowed = followers(before)
    nothing = ", ".join(allowed) or "nothing, for this state is final"

    for after in set(STATES) - {before}:
        with undone(connection):
            text = patched(connection, {"state": after})

            refused = f"The order is {before} and cannot become {after}; allowed: {nothing}"
            assert text == ([] if str(after) in allowed else [refused])
            assert states(connection) == (after if after in allowed else before, ["new"])


@pytest.mark.parametrize("before", LINE_STATES)
def test_a_line_may_be_set_to_what_follows(connection: Store, before: LineState) -> None:
    create(connection, line("1"), line("2"))
    force_state(connection, "order_line_item", before)
    allowed = [str(each) for each in followers(before, line=True)]
    nothing = ", ".join(allowed) or "nothing, for this state is final"

    for after in set(LINE_STATES) - {before}:
        with undone(connection):
            text = patched(connection, of_line(state=after))

            refused = f"Line item 1 is {before} and cannot become {after}; allowed: {nothing}"
            assert text == ([] if str(after) in allowed else [refused])
            assert states(connection)[1] == [after if str(after) in allowed else before, before]


# What an order of TMF622 may be set to, by our word for its state; v4 and v5 have one word for new and acknowledged.
V4 = {
    "new": "rejected inProgress cancelled pending held",
    "acknowledged": "inProgress pending held cancelled",
    "in_progress": "pending held assessingCancellation completed failed partial",
    "awaiting_information": "inProgress assessingCancellation cancelled",
    "on_hold": "inProgress assessingCancellation cancelled",
    "assessing_cancellation": "pendingCancellation",
    "cancellation_in_progress": "cancelled",
}
ACCEPTED = "inProgress.accepted"
V5 = {
    **V4,
    "new": f"{V4['new']} {ACCEPTED}",
    "acknowledged": f"{V4['acknowledged']} {ACCEPTED}",
    "in_progress": f"{V4['in_progress']} {ACCEPTED}",
    "in_progress_accepted": "pending held completed failed partial",
    "draft": "acknowledged inProgress cancelled",
}
LINE_V4 = {**V4, "in_progress": V4["in_progress"].removesuffix(" partial")}
OF_STANDARDS = [
    ("tmf622-v4", "customer_order", V4),
    ("tmf622-v5", "customer_order", V5),
    ("tmf622-v4", "order_line_item", LINE_V4),
    ("tmf622-v5", "order_line_item", V4),
]


@pytest.mark.parametrize(("profile", "table", "words"), OF_STANDARDS)
def test_orders_and_lines_of_the_standard_may_be_set_to_what_follows_in_its_words(
    connection: Store, profile: str, table: str, words: dict[str, str]
) -> None:
    create(connection, line("1"), line("2"), profile=profile)
    of_order = table == "customer_order"
    known = known_states(PROFILES[profile].states, "productOrder", line=not of_order)
    shown = {state: PROFILES[profile].shown_state(state) for state in known}
    told: dict[str, set[str]] = {}

    for before in known:
        force_state(connection, table, before)
        told[str(before)] = set()
        for word in set(shown.values()) - {shown[before]}:
            with undone(connection):
                text = patched(connection, {"state": word} if of_order else of_line(state=word))
                after = column(connection, table, "state")[0]
                assert bool(text) == (after == before), (before, word, text)
                if not text:
                    assert shown[OrderState(after) if of_order else LineState(after)] == word
                    told[str(before)].add(word)

    assert told == {str(state): set(words.get(state, "").split()) for state in known}


@pytest.mark.parametrize("approval", [False, True])
@pytest.mark.parametrize("before", LINE_STATES)
def test_a_line_is_cancelled_from_where_it_can_be(connection: Store, before: LineState, *, approval: bool) -> None:
    create(connection, line("1"), line("2"))
    force_state(connection, "order_line_item", before)

    text = patched(connection, of_line(revisionOperation="cancel"), approval=approval)

    waits = approval and before is LineState.IN_PROGRESS
    possible = before not in FINAL | {LineState.ASSESSING_CANCELLATION}
    after = LineState.ASSESSING_CANCELLATION if waits else LineState.CANCELED
    assert bool(text) != possible
    assert states(connection)[1] == [after if possible else before, before]


def test_a_line_that_is_final_is_not_changed(connection: Store) -> None:
    create(connection, line("1"), line("2"))
    force_state(connection, "order_line_item", "completed")

    text = patched(connection, of_line(quantity=2))

    assert text == ["Line item 1 is completed and cannot become different; allowed: nothing, for this state is final"]


def test_the_order_follows_its_lines(connection: Store) -> None:
    create(connection, line("1"), line("2"))
    seen = []

    for change in (
        of_line("1", state="in_progress"),
        of_line("2", state="in_progress"),
        of_line("1", state="completed"),
        of_line("2", state="failed"),
    ):
        assert patched(connection, change) == []
        seen.append(states(connection))

    assert seen == [
        ("in_progress", ["in_progress", "new"]),
        ("in_progress", ["in_progress", "in_progress"]),
        ("in_progress", ["completed", "in_progress"]),
        ("partial", ["completed", "failed"]),
    ]


def test_an_order_on_hold_follows_its_lines_when_it_is_taken_up_again(connection: Store) -> None:
    create(connection)
    patched(connection, of_line(state="in_progress"))
    patched(connection, {"state": "on_hold"})
    patched(connection, of_line(state="completed"))
    held = states(connection)

    patched(connection, {"state": "in_progress"})

    assert (held, states(connection)) == (("on_hold", ["completed"]), ("completed", ["completed"]))
    assert rows(connection, "order_history")[-1]["changes"] == '[["/state","on_hold","completed"]]'


def test_a_state_set_on_the_order_leaves_the_lines_alone(connection: Store) -> None:
    create(connection, line("1"), line("2"))

    patched(connection, {"state": "canceled"})

    assert states(connection) == ("canceled", ["new", "new"])


@pytest.mark.parametrize("origin", ["in_progress", "awaiting_information", "on_hold"])
def test_an_assessment_set_by_a_patch_remembers_where_it_came_from(connection: Store, origin: str) -> None:
    create(connection)
    force_state(connection, "customer_order", origin)
    patched(connection, {"state": "assessing_cancellation"})
    other = "on_hold" if origin == "in_progress" else "in_progress"

    refused = patched(connection, {"state": other})
    back = patched(connection, {"state": origin})

    printed = f"allowed: {origin}, cancellation_in_progress"
    assert refused == [f"The order is assessing_cancellation and cannot become {other}; {printed}"]
    assert (back, states(connection)[0], column(connection, "customer_order", "assessed_from")) == ([], origin, [None])


def test_where_a_profile_has_one_word_for_two_states_either_may_go_on(connection: Store) -> None:
    create(connection, profile="tmf622-v4")

    held = patched(connection, {"state": "held"})

    (_, entry) = rows(connection, "order_history")
    assert (held, states(connection)[0]) == ([], "on_hold")
    assert entry["changes"] == '[["/state","acknowledged","held"]]'


def test_states_are_reported_in_the_words_of_the_profile(connection: Store) -> None:
    create(connection, profile="tmf622-v4")

    text = patched(connection, {"state": "completed"})

    allowed = "rejected, inProgress, cancelled, pending, held"
    assert text == [f"The order is acknowledged and cannot become completed; allowed: {allowed}"]


class TestPastThePointOfNoReturn:
    """A line whose `ponr` is true."""

    REFUSED = ("Line item 1 is past its point of no return",)

    @pytest.fixture(autouse=True)
    def gone(self, connection: Store) -> None:
        create(connection, line("1"), line("2"))
        for change in ({"state": "in_progress"}, {"ponr": True}):
            assert patched(connection, of_line(**change)) == []

    @pytest.mark.parametrize(
        "change",
        [{"quantity": 5}, {"revisionOperation": "cancel"}, {"ponr": "false"}, {"state": "assessing_cancellation"}],
    )
    def test_it_is_neither_changed_nor_cancelled(self, connection: Store, change: Json) -> None:
        assert patched(connection, of_line(**change)) == list(self.REFUSED)

    @pytest.mark.parametrize("state", ["awaiting_information", "on_hold", "completed", "failed"])
    def test_its_state_moves_on(self, connection: Store, state: str) -> None:
        assert patched(connection, of_line(state=state)) == []
        assert states(connection)[1] == [state, "new"]

    def test_the_order_is_not_cancelled(self, connection: Store) -> None:
        assert patched(connection, {"state": "assessing_cancellation"}) == list(self.REFUSED)

    def test_other_lines_are_still_changed(self, connection: Store) -> None:
        assert patched(connection, of_line("2", quantity=5)) == []

    def test_it_is_shown_on_the_line_and_on_the_order(self, connection: Store) -> None:
        document = propose(connection, {}).before.document

        assert (document["ponr"], [item["ponr"] for item in document["productOrderItem"]]) == (
            "true",
            ["true", "false"],
        )


def test_an_operation_that_came_with_the_order_cancels_nothing_later(connection: Store) -> None:
    create(connection, line("1", revisionOperation="cancel"), line("2"))

    text = patched(connection, of_line("1", quantity=2))

    (_, entry) = rows(connection, "order_history")
    assert (text, states(connection)) == ([], ("new", ["new", "new"]))
    assert entry["changes"] == '[["/productOrderItem/0/quantity",1,2]]'
