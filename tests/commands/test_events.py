from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.builders import encoded, ndjson, product_order, product_orders

if TYPE_CHECKING:
    from support.builders import Json
    from support.running import Ordercli

pytestmark = [pytest.mark.usefixtures("audited"), pytest.mark.every_engine]


@pytest.fixture
def events(ordercli: Ordercli) -> list[Json]:
    """All events of three orders, of which one waited in the queue while another was patched."""
    ordercli("submit", "--async", stdin=encoded(product_order("PO-1")))
    ordercli("submit", stdin=encoded(product_order("PO-2")))
    ordercli("patch", "PO-2", "--set", "state=in_progress", "--set", "channel.-.id=web")
    ordercli("queue", "run")
    ordercli("submit", stdin=encoded(product_order("PO-3")))
    ordercli("cancel", "PO-1", "PO-3", "--reason", "left")
    return ordercli("events", "-o", "ndjson").ndjson


def test_events_are_reported_in_the_order_of_their_commits(events: list[Json]) -> None:
    reported = [(each["cursor"], each["eventType"], each["description"].partition(": ")[2]) for each in events]

    assert reported == [
        ("1.1", "ProductOrderCreateEvent", "PO-2, version 1"),
        ("2.1", "ProductOrderStateChangeEvent", "PO-2, version 2"),
        ("2.2", "ProductOrderAttributeValueChangeEvent", "PO-2, version 2"),
        ("3.1", "ProductOrderCreateEvent", "PO-1, version 1"),
        ("4.1", "ProductOrderCreateEvent", "PO-3, version 1"),
        ("5.1", "CancelProductOrderCreateEvent", "PO-1, version 2"),
        ("5.2", "ProductOrderStateChangeEvent", "PO-1, version 2"),
        ("6.1", "CancelProductOrderCreateEvent", "PO-3, version 2"),
        ("6.2", "ProductOrderStateChangeEvent", "PO-3, version 2"),
    ]


def test_a_reader_goes_on_behind_any_event(ordercli: Ordercli, events: list[Json]) -> None:
    rest = [ordercli("events", "--after", each["cursor"], "-o", "ndjson").ndjson for each in events]
    as_before = [ordercli("events", "--since", each["cursor"], "-o", "ndjson").ndjson for each in events]

    assert rest == [events[n:] for n in range(1, len(events) + 1)]
    assert as_before == rest


def test_events_since_a_time(ordercli: Ordercli) -> None:
    # The second one was committed late: it began long before the first.
    for name, hours_ago in (("PO-1", 3), ("PO-2", 4.5), ("PO-3", 1)):
        offset = str(-3600 * hours_ago)
        submitted = ordercli.process(
            "submit", stdin=encoded(product_order(name)), ORDERCLI_TESTING="1", ORDERCLI_CLOCK_OFFSET=offset
        )
        assert submitted.exit_code == 0

    def since(*options: str) -> list[str]:
        return [each["cursor"] for each in ordercli("events", *options, "-o", "ndjson").ndjson]

    assert since("--since", "4h") == ["1.1", "3.1"]
    assert since("--since", "4h", "--limit", "1") == ["1.1"]
    assert since("--since", "4h", "--after", "1.1") == ["3.1"]
    assert since("--since", "5h") == ["1.1", "2.1", "3.1"]
    assert since("--since", "2 hours ago") == ["3.1"]
    assert since("--since", "now") == []


def test_a_cursor_is_given_once(ordercli: Ordercli) -> None:
    result = ordercli("events", "--after", "1", "--since", "2")

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: --after and --since both have a cursor\n  hint: give one of them, or --since a time\n"
    )


def test_a_reader_that_takes_a_few_at_a_time_misses_none(ordercli: Ordercli, events: list[Json]) -> None:
    taken: list[Json] = []
    cursor = "0"
    while some := ordercli("events", "--since", cursor, "--limit", "2", "-o", "ndjson").ndjson:
        assert len(some) <= 2
        taken += some
        cursor = some[-1]["cursor"]

    assert taken == events


def test_a_whole_number_stands_for_all_events_of_its_entry(ordercli: Ordercli, events: list[Json]) -> None:
    assert ordercli("events", "--since", "2", "-o", "ndjson").ndjson == events[3:]


def test_the_events_of_an_order_are_the_same_alone(ordercli: Ordercli, events: list[Json]) -> None:
    alone = ordercli("history", "PO-2", "--events", "-o", "ndjson").ndjson

    assert alone == [{name: each[name] for name in each if name != "cursor"} for each in events[:3]]


def test_nothing_new_is_nothing(ordercli: Ordercli, events: list[Json]) -> None:
    result = ordercli("events", "--since", events[-1]["cursor"])

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize("cursor", ["x", "", "1.", "-1", "1.1.1", "9" * 19])
def test_what_is_no_cursor_is_refused(ordercli: Ordercli, cursor: str) -> None:
    result = ordercli("events", "--after", cursor)

    printed = f"error: --after takes the cursor of an event, such as 12.1, or 0, not {cursor!r}\n"
    assert (result.exit_code, result.stderr) == (2, printed)


def test_many_orders_are_reported_in_bounded_steps(ordercli: Ordercli) -> None:
    ordercli("submit", stdin=ndjson(*product_orders(450)))

    reported = ordercli("events", "-o", "ndjson").ndjson

    assert [each["cursor"] for each in reported] == [f"{n}.1" for n in range(1, 451)]
    assert [each["event"]["productOrder"]["externalId"] for each in reported] == [f"PO-{n}" for n in range(1, 451)]
