"""`queue status --watch`, `batch watch`, `events --follow`, a screenful of events, and the bar of `submit --wait`."""

from __future__ import annotations

import json
import select
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.builders import product_order, product_orders, service_order, write_orders
from support.running import COMMAND
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    import pexpect

    from support.running import Ordercli, Started

CREATED, CHANGED = "ProductOrderCreateEvent", "ProductOrderStateChangeEvent"


def queued(ordercli: Ordercli, count: int, name: str = "orders.ndjson") -> str:
    """Queue orders, and return the id of their batch."""
    write_orders(Path(name), *product_orders(count))
    result = ordercli("submit", name, "--async", "-o", "json")
    assert result.exit_code == 0, result.stderr
    return str(result.json["batchId"])


def next_line(process: Started) -> Any:
    """Wait for the next line on standard output."""
    assert process.stdout
    return json.loads(process.stdout.readline())


def interrupted(process: Started) -> str:
    """Press Ctrl-C, and return the rest of standard output."""
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate()
    return rest.decode()


def terminal(ordercli: Ordercli, *words: str) -> pexpect.spawn:
    return on_terminal([*COMMAND, *words], ordercli.folder, ordercli.environment())


def shown(name: str, value: str) -> str:
    """Return a pattern of a row of a table, which has escape sequences between its cells."""
    return rf"{name}[^\r\n]* {value}\b" if value.isdigit() else rf"{name}[^\r\n]* {value}"


@pytest.mark.every_engine
def test_a_pipe_gets_the_status_of_the_queue_at_each_change(ordercli: Ordercli) -> None:
    queued(ordercli, 2)

    with ordercli.start("queue", "status", "--watch") as process:
        first = next_line(process)
        ordercli("queue", "create", "PO-1")
        second = next_line(process)
        rest = interrupted(process)

    assert [(each["new"], each["completed"]) for each in (first, second)] == [(2, 0), (1, 1)]
    assert set(first) == set(ordercli("queue", "status", "-o", "json").json)
    assert (process.returncode, rest) == (130, "")


def test_a_terminal_shows_the_status_of_the_queue_until_ctrl_c(ordercli: Ordercli) -> None:
    queued(ordercli, 2)

    process = terminal(ordercli, "queue", "status", "--watch")
    process.expect(shown("new", "2"))
    ordercli("queue", "create", "PO-1")
    process.expect(shown("completed", "1"))
    process.sendintr()
    result = ended(process)

    assert result.exit_code == 130
    assert "Traceback" not in result.sent


@pytest.mark.every_engine
def test_a_batch_is_watched_to_its_end(ordercli: Ordercli) -> None:
    batch = queued(ordercli, 2)

    with ordercli.start("batch", "watch", batch) as process:
        first = next_line(process)
        ordercli("queue", "run")
        *_, last = map(json.loads, process.communicate()[0].splitlines())

    assert [(each["status"], each["waiting"]) for each in (first, last)] == [("processing", 2), ("completed", 0)]
    assert last == ordercli("batch", "show", batch, "-o", "json").json
    assert process.returncode == 0


def test_a_person_watches_a_batch_to_its_end(ordercli: Ordercli) -> None:
    batch = queued(ordercli, 2)

    process = terminal(ordercli, "batch", "watch", batch)
    process.expect(shown("waiting", "2"))
    process.expect(shown("done", "0%"))
    ordercli("queue", "run")
    result = ended(process)

    assert result.exit_code == 0
    assert result.screen.splitlines()[-1].split() == ["done", "100%"]


def test_a_batch_that_came_to_no_good_end_is_told_by_the_exit_code(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), product_order("A-1"), product_order("BAD", orderCurrency=...))
    stopped = ordercli("submit", "orders.ndjson", "--fail-fast", "-o", "json").json["batchId"]

    result = ordercli.process("batch", "watch", stopped)
    unknown = ordercli("batch", "watch", "f" * 32)

    assert (result.exit_code, result.json["status"]) == (1, "failed")
    assert (unknown.exit_code, unknown.stderr.startswith(f"error: No batch has the id '{'f' * 32}'")) == (3, True)


def first_followed(ordercli: Ordercli, process: Started) -> Any:
    """Create orders until the process follows them, and return the event of the last one."""
    assert process.stdout
    count = 0
    while not select.select([process.stdout], [], [], 0.2)[0]:
        count += 1
        write_orders(Path("early.ndjson"), product_order(f"EARLY-{count}"))
        ordercli("submit", "early.ndjson")
    events = [next_line(process)]
    while events[-1]["description"] != f"Product order created: EARLY-{count}, version 1":
        events.append(next_line(process))
    assert all("EARLY-" in event["description"] for event in events)
    return events[-1]


@pytest.mark.every_engine
def test_events_are_followed_from_now_on(ordercli: Ordercli) -> None:
    write_orders(Path("one.ndjson"), product_order("A-1"))
    write_orders(Path("two.ndjson"), product_order("A-2"), service_order("S-1"))
    ordercli("submit", "one.ndjson")

    with ordercli.start("events", "--follow", "--type", CREATED, "--resource", "productOrder") as process:
        last = first_followed(ordercli, process)
        with ordercli.start("events", "--follow", "--after", last["cursor"]) as whole:
            ordercli("submit", "two.ndjson")
            ordercli("patch", "A-2", "--set", "state=in_progress")
            of_orders = next_line(process)
            events = [next_line(whole) for _ in range(3)]
            interrupted(whole)
        rest = interrupted(process)

    assert of_orders == events[0]
    assert of_orders["description"] == "Product order created: A-2, version 1"
    assert [each["eventType"] for each in events] == [CREATED, "ServiceOrderCreateEvent", CHANGED]
    assert events == ordercli("events", "--after", last["cursor"], "-o", "ndjson").ndjson
    assert (process.returncode, rest) == (130, "")


def test_people_follow_events_line_by_line(ordercli: Ordercli) -> None:
    write_orders(Path("one.ndjson"), product_order("A-1"))
    ordercli("submit", "one.ndjson")

    process = terminal(ordercli, "events", "--follow", "--since", "1h")
    process.expect(r"Z  ProductOrderCreateEvent  Product order created: A-1, version 1\r\n")
    ordercli("cancel", "A-1", "--reason", "left")
    process.expect(r"Z  ProductOrderStateChangeEvent  ")
    process.sendintr()

    assert ended(process).exit_code == 130


def test_events_of_a_type(ordercli: Ordercli) -> None:
    write_orders(Path("one.ndjson"), product_order("A-1"), service_order("S-1"))
    ordercli("submit", "one.ndjson")
    ordercli("cancel", "A-1", "--reason", "left")

    several = ordercli("events", "--type", CHANGED, "--type", "ServiceOrderCreateEvent", "-o", "ndjson")
    unknown = ordercli("events", "--type", "ProductOrderCreatEvent")
    nothing_like_it = ordercli("events", "--type", "x")

    assert [each["eventType"] for each in several.ndjson] == ["ServiceOrderCreateEvent", CHANGED]
    assert (unknown.exit_code, unknown.stderr) == (
        2,
        "error: there are no events of type 'ProductOrderCreatEvent'\n  hint: did you mean ProductOrderCreateEvent?\n",
    )
    assert "hint: types: ProductOrderCreateEvent, ProductOrderStateChangeEvent, " in nothing_like_it.stderr


def test_a_terminal_gets_a_screenful_of_events_and_how_to_go_on(ordercli: Ordercli) -> None:
    write_orders(Path("many.ndjson"), *product_orders(50))
    ordercli("submit", "many.ndjson")
    words = ("events", "--type", CREATED)

    first = ended(terminal(ordercli, *words))
    *_, advice = first.screen.splitlines()
    second = ended(terminal(ordercli, *advice.partition(": ordercli ")[2].split()))
    everything = ended(terminal(ordercli, *words, "--limit", "0"))

    assert advice == "there are more: ordercli events --after 36.1 --type ProductOrderCreateEvent"
    assert [each.count("Product order created") for each in (first.screen, second.screen, everything.screen)] == [
        36,
        14,
        50,
    ]
    assert "there are more" not in second.screen + everything.screen
    assert len(ordercli("events", "-o", "ndjson").ndjson) == 50


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("queue status --watch --check", "--watch cannot be combined with --check or --metrics-file"),
        ("queue status --watch -o csv", "a view that goes on has the formats table and ndjson"),
        (f"batch watch {'f' * 32} -o id", "a view that goes on has the formats table and ndjson"),
        ("events --follow --limit 3", "--follow and --limit cannot be combined"),
        ("events --follow -o csv", "--follow has the formats table, ndjson and id"),
    ],
)
def test_what_cannot_go_on_is_refused(ordercli: Ordercli, words: str, message: str) -> None:
    result = ordercli(*words.split())

    assert (result.exit_code, result.stdout) == (2, "")
    assert message in result.stderr


def test_a_bar_shows_how_far_the_queue_is_while_submit_waits(ordercli: Ordercli) -> None:
    write_orders(Path("orders.ndjson"), *product_orders(2))

    process = terminal(ordercli, "submit", "orders.ndjson", "--async", "--wait", "60s")
    process.expect(r"create .*0%")
    ordercli("queue", "run")
    result = ended(process)

    assert (result.exit_code, "in the queue: 0 still waiting, 0 failed" in result.screen) == (0, True)
