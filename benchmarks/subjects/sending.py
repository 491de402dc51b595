"""Orders and events that are sent on: `forward run` to a slow target, and events of `serve` to a subscriber."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import results
from benchmarks.inputs import Orders
from benchmarks.ours import SubmitContext, ordercli
from benchmarks.subjects.serving import free_port
from benchmarks.timing import Command, Took, run
from benchmarks.works import Mark, Side, Work

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROOT = Path(__file__).parents[2]
_PAIRS = 3
# By the number of requests in flight, how many orders are forwarded.
_FORWARDED = {4: 400, 16: 1_600}
_EVENTS = 2_000


def works(place: SubmitContext) -> Iterator[Work]:
    """Yield the rate at a target that answers after 50 ms, and the rate of deliveries."""
    for in_flight, count in _FORWARDED.items():
        yield Work(
            f"forward run, {in_flight} in flight, a target with 50 ms of latency (for each order)",
            "the latency by the number in flight",
            partial(_forwarding, place, Orders(count), in_flight),
            Mark("faster", 0.9),
            measure="each",
            pairs=_PAIRS,
        )
    yield Work(
        "serve: events delivered to one subscriber (for each event)",
        "a loop that posts as many lines, without a database",
        partial(_delivering, place, Orders(_EVENTS, form="v4")),
        measure="each",
        pairs=_PAIRS,
    )


def _script(*words: object) -> Command:
    return Command([sys.executable, "-m", *map(str, words)], folder=_ROOT)


def _forwarding(place: SubmitContext, orders: Orders, in_flight: int) -> tuple[Side, Side]:
    database, settings, port = place.databases / "forwarded.db", place.databases / "targets.toml", free_port()

    def before() -> None:
        target = f'[targets.crm]\nurl = "http://127.0.0.1:{port}"\nlookup = "path"\nmax_in_flight = {in_flight}\n'
        settings.write_text(target)
        place.copy(place.stocked, database)
        words = ("submit", place.file(orders), "--target", "crm", "--config", settings, "--database", database)
        run(ordercli(*words))

    def checked(took: Took) -> None:
        results.expect("orders at the target", json.loads(took.output)["orders"], orders.count)
        results.expect("orders", results.count_rows(database, "customer_order"), orders.count)

    ours = _script("benchmarks.forwards", "run", database, settings, port, in_flight)
    return Side(ours, before, checked), Side(_script("benchmarks.forwards", "ideal", in_flight))


def _delivering(place: SubmitContext, orders: Orders) -> tuple[Side, Side]:
    database, file, port = place.databases / "delivered.db", place.file(orders), free_port()

    def before() -> None:
        place.copy(place.empty, database)
        run(_script("benchmarks.deliveries", "subscribe", database, port))
        run(ordercli("submit", file, "--database", database, *orders.options))

    def checked(took: Took) -> None:
        results.expect("events", json.loads(took.output)["events"], orders.count)

    ours = _script("benchmarks.deliveries", "hub", database, port, orders.count)
    other = _script("benchmarks.deliveries", "loop", file, port, orders.count)
    return Side(ours, before, checked), Side(other, check=checked)
