"""The state of an order at its target comes back: the order here takes it, and what does not fit is told."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.store import transaction
from ordercli.operations.follow import Follower, Told, What, ask_now
from ordercli.operations.forward import Forwarder
from ordercli.queue.workers import Worker
from ordercli.resources.product_order.examples_v5 import as_v5
from ordercli.settings import Settings
from ordercli.targets import Target
from support.builders import product_order, product_orders, service_order
from support.followed import ONE, SOON, counts, follow, states
from support.peer import status
from support.stored import rows

if TYPE_CHECKING:
    from forwarding.conftest import Forwarding
    from ordercli.database.store import Store
    from ordercli.forwarding.following import Followed
    from support.peer import Peer
    from support.running import Result

pytestmark = [pytest.mark.every_engine, pytest.mark.slow, pytest.mark.usefixtures("audited")]


def set_states(peer: Peer, order: str, *lines: str) -> None:
    """Let the only order at the target and its line items have these states."""
    peer.orders[0]["state"] = order
    for item, state in zip(peer.orders[0]["productOrderItem"], lines, strict=False):
        item["state"] = state


def test_the_order_and_its_lines_take_the_states_that_they_have_there(
    sent: Forwarding, peer: Peer, connection: Store
) -> None:
    set_states(peer, "inProgress", "completed", "inProgress")

    first = follow(sent)
    between = states(sent)
    set_states(peer, "completed", "completed", "completed")
    second = follow(sent)
    third = follow(sent)

    assert (first.exit_code, counts(first)) == (0, [{**ONE, "asked": 1, "changed": 1}])
    assert between == ["inProgress", "completed", "inProgress"]
    assert (second.exit_code, counts(second)) == (0, [{**ONE, "asked": 1, "changed": 1, "final": 1}])
    assert states(sent) == ["completed"] * 3
    assert (third.exit_code, third.stdout) == (0, "")
    (row,) = rows(connection, "forward")
    assert (row["remote_state"], row["follow_at"], row["trouble"]) == ("completed", None, None)
    history = sent("history", "PO-1", "-o", "ndjson").ndjson
    assert [(each["kind"], each["actor"]) for each in history[1:]] == [("remote", "target crm")] * 2
    assert [each["pointer"] for each in history[1]["changes"]] == [
        "/state",
        "/productOrderItem/0/state",
        "/productOrderItem/1/state",
    ]
    told = sent("history", "PO-1", "--events", "-o", "ndjson").ndjson
    assert [each["eventType"] for each in told[1:]] == ["ProductOrderStateChangeEvent"] * 2


def test_the_sheet_of_an_order_tells_where_it_is_and_in_which_state(sent: Forwarding, peer: Peer) -> None:
    set_states(peer, "inProgress", "inProgress", "inProgress")
    follow(sent)
    sent.submit(product_order("PO-2"))

    known, waiting = (sent("show", name, "-o", "table").stdout.splitlines() for name in ("PO-1", "PO-2"))

    assert known[3:6] == ["  target      crm", "  id there    remote-1", "  state there inProgress"]
    assert waiting[3:5] == ["  target      crm", "  attempts    0"]


def test_the_target_decides_the_state_of_the_order_whatever_its_lines_are(sent: Forwarding, peer: Peer) -> None:
    set_states(peer, "inProgress", "completed", "completed")

    followed = follow(sent)

    assert counts(followed) == [{**ONE, "asked": 1, "changed": 1}]
    assert states(sent) == ["inProgress", "completed", "completed"]
    assert sent("db", "check").stdout == ""


def test_the_same_state_changes_nothing_and_is_asked_for_later_each_time(
    sent: Forwarding, peer: Peer, connection: Store
) -> None:
    runs = [follow(sent) for _ in range(3)]
    (row,) = rows(connection, "forward")
    sent.settings(more='follow_every = "1h"\n')
    follow(sent, "PO-1")  # due or not, after the last answer
    again = follow(sent)
    by_name = follow(sent, "PO-1")

    assert [counts(each) for each in runs] == [[{**ONE, "asked": 1}]] * 3
    assert (row["unchanged"], row["remote_state"]) == (3, "acknowledged")
    assert states(sent) == ["acknowledged"] * 3
    assert again.stdout == ""
    assert counts(by_name) == [{**ONE, "asked": 1}]
    assert [path for method, path, _ in peer.requests if method == "GET"] == ["/productOrder/remote-1"] * 5


def test_questions_count_in_the_limit_per_second_as_orders_that_are_sent_do(
    sent: Forwarding, connection: Store
) -> None:
    sent.settings(more="max_per_second = 1\n")
    sent.submit(product_order("PO-2"))
    sent.run()

    followed = follow(sent)

    found = rows(connection, "forward")
    moments = sorted(datetime.fromisoformat(each[name]) for each in found for name in ("sent_at", "asked_at"))
    assert counts(followed) == [{**ONE, "asked": 2}]
    assert [after - before >= timedelta(seconds=1) for before, after in pairwise(moments)] == [True] * 3


def test_an_order_that_is_final_here_stays_so_and_that_is_told(sent: Forwarding, peer: Peer) -> None:
    sent("cancel", "PO-1", "--reason", "not wanted", "--local-only")
    set_states(peer, "inProgress", "inProgress")

    followed = follow(sent)
    shown = sent.shown("PO-1")
    (counted,) = sent("forward", "status", "-o", "json").json
    checked = sent("queue", "status", "--check", "--metrics-file", str(sent.ordercli.folder / "metrics"))
    figures = (sent.ordercli.folder / "metrics").read_text().splitlines()
    set_states(peer, "completed", "completed", "completed")
    last = follow(sent)

    assert (followed.exit_code, counts(followed)) == (1, [{**ONE, "asked": 1, "troubled": 1}])
    assert "1 order must be looked at; `ordercli list --target crm --trouble" in followed.stderr
    assert shown["trouble"] == (
        "the order is cancelled here, which is final, and inProgress there;"
        " line item 1 is cancelled here, which is final, and inProgress there"
    )
    assert shown["remoteState"] == "inProgress"
    assert counted["troubled"] == 1
    assert "target crm: 1 order there must be looked at; see `ordercli list --trouble" in checked.stderr
    assert 'ordercli_target_orders_troubled{target="crm"} 1' in figures
    assert states(sent) == ["cancelled"] * 3
    assert (last.exit_code, counts(last)) == (1, [{**ONE, "asked": 1, "final": 1, "troubled": 1}])
    assert follow(sent).stdout == ""


def test_a_state_that_does_not_follow_is_taken_and_told(sent: Forwarding, peer: Peer) -> None:
    set_states(peer, "inProgress", "inProgress")
    follow(sent)
    set_states(peer, "acknowledged", "acknowledged")

    back = follow(sent)
    trouble = sent.shown("PO-1")["trouble"]
    agreed = follow(sent)

    assert (back.exit_code, counts(back)) == (1, [{**ONE, "asked": 1, "changed": 1, "troubled": 1}])
    assert states(sent) == ["acknowledged"] * 3
    assert trouble == (
        "the order went from inProgress to acknowledged there, which does not follow;"
        " line item 1 went from inProgress to acknowledged there, which does not follow"
    )
    assert (agreed.exit_code, sent.shown("PO-1")["trouble"]) == (0, None)


def test_what_was_changed_here_meanwhile_is_not_overwritten_silently(sent: Forwarding, peer: Peer) -> None:
    set_states(peer, "inProgress")
    follow(sent)
    sent("patch", "PO-1", "--set", "state=held", "--local-only")

    followed = follow(sent)

    assert (followed.exit_code, counts(followed)) == (1, [{**ONE, "asked": 1, "changed": 1, "troubled": 1}])
    assert sent.shown("PO-1")["trouble"] == (
        "the order was set to held here, and takes inProgress again, its state there"
    )
    assert states(sent)[0] == "inProgress"


def test_an_order_that_has_not_changed_for_months_is_asked_for_again(sent: Forwarding, connection: Store) -> None:
    with transaction(connection, "test"):
        connection.execute("UPDATE forward SET unchanged = 2000")

    result = follow(sent)

    assert (result.exit_code, counts(result)) == (0, [{**ONE, "asked": 1}])


def test_an_order_at_a_target_that_is_not_asked_is_told(sent: Forwarding, peer: Peer) -> None:
    other = '[targets.other]\nurl = "http://127.0.0.1:1"\n'
    sent.settings(more=f'follow_every = "1h"\n{other}')
    elsewhere = follow(sent, "PO-1", "--target", "other")
    sent.file.write_text(other)
    unknown = follow(sent, "PO-1")

    assert [each.exit_code for each in (elsewhere, unknown)] == [4, 4]
    assert "Order PO-1 is at the target crm, which is not asked now" in elsewhere.stderr
    assert "Order PO-1 is at the target crm, which is not asked now" in unknown.stderr
    assert [method for method, *_ in peer.requests if method == "GET"] == []


def test_many_orders_are_asked_for_once_each_in_a_run(forwarding: Forwarding, peer: Peer) -> None:
    forwarding.settings(more=SOON)
    forwarding.submit(*product_orders(30))
    forwarding.run()
    for order in peer.orders:
        order["state"] = "inProgress"
    peer.requests.clear()

    result = follow(forwarding)

    assert counts(result) == [{**ONE, "asked": 30, "changed": 30}]
    assert sorted(path for _, path, _ in peer.requests) == sorted(f"/productOrder/remote-{n}" for n in range(1, 31))
    assert peer.most_running <= 4
    listed = forwarding("list", "--state", "inProgress", "-o", "json").json
    assert len(listed) == 30


def follow_an_hour_later(forwarding: Forwarding) -> Result:
    words = ("forward", "follow", "-o", "json", "--config", str(forwarding.file))
    return forwarding.ordercli.process(*words, ORDERCLI_TESTING="1", ORDERCLI_CLOCK_OFFSET="3600")


@pytest.mark.of_a_file  # the clock of a server cannot be shifted
@pytest.mark.parametrize("place", ["forward-follow-claim-after", "forward-follow-before", "forward-follow-after"])
def test_what_a_killed_follower_had_claimed_is_asked_for_later(
    sent: Forwarding, peer: Peer, connection: Store, place: str
) -> None:
    set_states(peer, "inProgress")

    killed = sent.ordercli.process(
        "forward",
        "follow",
        "--config",
        str(sent.file),
        ORDERCLI_TESTING="1",
        ORDERCLI_FAILPOINT=f"{place}-commit:kill",
    )
    at_once = follow(sent)
    afterwards = follow_an_hour_later(sent)

    is_noted = place == "forward-follow-after"
    assert killed.exit_code == -9
    assert counts(at_once) == ([{**ONE, "asked": 1}] if is_noted else [])
    assert counts(afterwards) == [{**ONE, "asked": 1, "changed": int(not is_noted)}]
    assert states(sent)[0] == "inProgress"
    assert [each["kind"] for each in rows(connection, "order_history")] == ["creation", "remote"]


def test_a_slower_follower_does_not_overwrite_what_a_later_one_has_learned(sent: Forwarding, connection: Store) -> None:
    """The first one still waits for its answer when somebody asks for the order by name, and another one claims it."""
    first, second = (Follower(connection, "crm", Target(url=sent.peer.url)) for _ in range(2))
    (claimed,) = first.claim(None, 10)
    ask_now(connection, ["PO-1"], None, ["crm"])
    (claimed_again,) = second.claim(None, 10)

    second.record([told(claimed_again, "inProgress")])
    first.record([told(claimed, "held")])

    assert second.claim(None, 10) == []
    assert (first.result.changed, second.result.changed) == (0, 1)
    assert states(sent)[0] == "inProgress"
    assert [each["kind"] for each in rows(connection, "order_history")] == ["creation", "remote"]


def told(order: Followed, state: str) -> Told:
    return Told(order, What.STATE, {"id": "remote-1", "state": state})


@pytest.mark.parametrize(
    ("profile", "order", "remote", "expected"),
    [
        ("servicenow", product_order(), {"state": "in_progress"}, "in_progress"),
        ("servicenow", service_order(), {"state": "submitted"}, "submitted"),
        ("servicenow", service_order(), {"state": "acknowledged"}, "acknowledged"),
        ("tmf622-v5", as_v5(product_order()), {"state": "inProgress.accepted"}, "inProgress.accepted"),
        ("tmf641", service_order(), {"state": "held"}, "held"),
        # A target of another standard: its words are known too.
        ("servicenow", product_order(), {"state": "inProgress"}, "in_progress"),
    ],
)
def test_both_kinds_of_orders_follow_in_the_words_of_their_profiles(
    forwarding: Forwarding, peer: Peer, profile: str, order: Any, remote: Any, expected: str
) -> None:
    kind = "serviceOrder" if "serviceOrderItem" in order else "productOrder"
    forwarding.settings(more=f'{SOON}resource = "{kind}"\n')
    forwarding.file.write_text(forwarding.file.read_text().replace("tmf622-v4", profile))
    forwarding.submit(order)
    forwarding.run()
    path = "/order/" if profile == "servicenow" else "/"
    peer.answers["GET"] = [status(200, {"id": "remote-1", **remote})]

    followed = follow(forwarding)

    assert counts(followed) == [{**ONE, "asked": 1, "changed": 1}]
    (listed,) = forwarding("list", "--target", "crm", "-o", "json").json
    assert listed["state"] == expected
    assert listed["forwardedTo"]["state"] == remote["state"]
    assert peer.requests[-1][:2] == ("GET", f"{path}{kind}/remote-1")


def test_a_watch_goes_on_until_its_time_is_over(sent: Forwarding, peer: Peer) -> None:
    set_states(peer, "inProgress")

    watched = follow(sent, "--watch", "--max-runtime", "700ms")

    (found,) = watched.json
    assert (watched.exit_code, found["changed"], found["unread"]) == (0, 1, 0)
    assert states(sent)[0] == "inProgress"


def test_no_order_waits_for_the_limit_of_a_paused_target(sent: Forwarding, connection: Store) -> None:
    target = Target(url=sent.peer.url, max_per_second=1)
    with transaction(connection, "test"):
        connection.execute("UPDATE forward SET asked_at = '9999-01-01T00:00:00.000Z'")

    with Worker(sent.ordercli.database, "worker") as worker:
        follower = Follower(connection, "crm", target)
        forwarder = Forwarder(connection, worker, Settings(), "crm", target)
        limited = [follower.claim(None, 1), follower.waits, forwarder.claim(), forwarder.waits]
        sent("forward", "pause", "crm")
        paused = [follower.claim(None, 1), follower.waits, forwarder.claim(), forwarder.waits]

    # A run that saw orders wait for the limit would not end before the pause does.
    assert limited == [[], True, [], True]
    assert paused == [[], False, [], False]
