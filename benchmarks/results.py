"""Whether what a command left behind is right: rows, payload bytes and ids."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.timing import WrongResultError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.inputs import Orders
    from benchmarks.timing import Took


def expect(what: str, found: object, wanted: object) -> None:
    """Raise WrongResultError if the two values differ."""
    if found != wanted:
        raise WrongResultError(f"{what}: {str(found)[:100]} instead of {str(wanted)[:100]}")


def check_queued(database: Path, file: Path, orders: Orders) -> None:
    """Each good line is in the inbound queue, byte for byte, under an id of its own."""
    with closing(_open(database)) as connection:
        _check_payloads(connection, file, orders)
        entries = (
            "SELECT count(*), count(DISTINCT order_id), min(length(order_id)), count(DISTINCT external_id)"
            " FROM inbound_entry WHERE state = 'new'"
        )
        n = _accepted(orders)
        expect("entries", connection.execute(entries).fetchone(), (n, n, 32 if n else None, n))


def check_created(database: Path, file: Path, orders: Orders) -> None:
    """Each good line is a customer order with its lines, its payload byte for byte as it came."""
    with closing(_open(database)) as connection:
        _check_payloads(connection, file, orders)
        n = _accepted(orders)
        created = (
            "SELECT count(*), count(DISTINCT order_id), min(length(order_id)), count(DISTINCT external_id)"
            " FROM customer_order"
        )
        expect("orders", connection.execute(created).fetchone(), (n, n, 32, n))
        lines = connection.execute("SELECT count(*) FROM order_line_item").fetchone()[0]
        expect("lines", lines, count_lines(file, orders))


def check_drained(database: Path, file: Path, orders: Orders) -> None:
    """As created, and each entry is completed under the id that it was accepted with."""
    check_created(database, file, orders)
    with closing(_open(database)) as connection:
        same = (
            "SELECT count(*) FROM inbound_entry AS e JOIN customer_order AS o ON o.seq = e.seq"
            " WHERE e.state = 'completed' AND o.order_id = e.order_id AND o.external_id = e.external_id"
        )
        expect("completed entries", connection.execute(same).fetchone()[0], _accepted(orders))


def check_summary(took: Took, **wanted: int) -> None:
    """Check members of the summary object that a command printed."""
    summary = json.loads(took.output)
    expect("summary", {name: summary.get(name) for name in wanted}, wanted)


def check_rejects(file: Path, orders: Orders) -> None:
    """Check that the rejects file has each broken line once."""
    refused = orders.count - orders.good
    with file.open("rb") as rejects:
        expect("rejects", sum(1 for _ in rejects), refused)


def check_shown(took: Took, external_id: str) -> None:
    """Check that the right order is shown."""
    expect("order shown", json.loads(took.output).get("externalId"), external_id)


def check_found(took: Took, orders: Orders) -> None:
    """Check that exactly the broken lines have a finding that is an error."""
    found = {each["line"] - 1 for each in map(json.loads, took.output.splitlines()) if each["severity"] == "error"}
    expect("lines with errors", found, {number for number in range(orders.count) if orders.is_bad(number)})


def check_listed(took: Took, count: int) -> None:
    """So many ids, all different."""
    expect("orders listed", len(set(took.output.split())), count)


def count_rows(database: Path, table: str) -> int:
    """How many rows a table of any SQLite file has."""
    with closing(_open(database)) as connection:
        found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        return found


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{database}?mode=ro", uri=True)


def _check_payloads(connection: sqlite3.Connection, file: Path, orders: Orders) -> None:
    bodies: Iterator[tuple[Any]] = connection.execute("SELECT body FROM payload ORDER BY seq")
    found = hashlib.sha256()
    for (body,) in bodies:
        found.update(body + b"\n")
    expect("payload bytes", found.hexdigest(), _digest_of_good(file, orders))


def _accepted(orders: Orders) -> int:
    return min(orders.good, orders.distinct or orders.good)


def _good_lines(file: Path, orders: Orders) -> Iterator[bytes]:
    with file.open("rb") as lines:
        for number, line in enumerate(lines):
            if number < (orders.distinct or orders.count) and not orders.is_bad(number):
                yield line


@cache
def _digest_of_good(file: Path, orders: Orders) -> str:
    found = hashlib.sha256()
    for line in _good_lines(file, orders):
        found.update(line)
    return found.hexdigest()


@cache
def count_lines(file: Path, orders: Orders) -> int:
    """How many line items the good orders have."""
    items = "serviceOrderItem" if orders.form == "services" else "productOrderItem"
    return sum(len(json.loads(line)[items]) for line in _good_lines(file, orders))
