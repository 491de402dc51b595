"""`db copy` moves a whole store, and lets nothing get lost on the way."""

from __future__ import annotations

import json
import signal
import tracemalloc
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.database import copying
from ordercli.database.faults import driver_errors
from ordercli.database.opening import exists, open_database
from ordercli.database.store import transaction
from ordercli.errors import BadDatabaseError, ConflictError
from ordercli.operations import copy
from ordercli.queue.entries import PayloadRow, delete_payloads, keep_payloads
from support import stored
from support.builders import ndjson, product_order, product_order_v5, service_order, write_orders

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ordercli.database.store import Store
    from ordercli.run_control import Progress
    from support.builders import Json
    from support.running import Ordercli, Result
    from support.servers import Server

ORDERS = 40
TABLES = [each for each in copy.all_tables() if each.name != "api_token"]

SAMPLES = Path(__file__).parents[2] / "samples"
# What other systems, clients of HTTP and upgrades of specifications would fill.
EMPTY = {"forward", "hub_lease", "hub_subscription", "kept_answer", "order_line_work_note", "target_pause"}

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


@pytest.fixture
def source(ordercli: Ordercli) -> str:
    """A store in which something of everything has happened; made by the real commands."""
    created = [product_order(f"PO-{n}", note=[{"text": "Grüße \N{GRINNING FACE}\0"}]) for n in range(ORDERS)]
    assert ordercli("submit", stdin=ndjson(*created)).exit_code == 0
    assert ordercli("submit", "--async", stdin=ndjson(*(product_order(f"Q-{n}") for n in range(ORDERS)))).exit_code == 0
    assert ordercli("queue", "run").exit_code == 0
    assert ordercli("submit", "--async", stdin=ndjson(product_order("WAITING"))).exit_code == 0
    assert ordercli("patch", "PO-1", "--set", "state=acknowledged").exit_code == 0
    assert ordercli("queue", "pause").exit_code == 0
    return ordercli.database


@pytest.fixture
def target(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where the store goes, on the other engine; nothing is there yet."""
    if engine == "postgresql":
        yield str(tmp_path / "moved.db")
        return
    server: Server = request.getfixturevalue("server")
    address = server.empty_database()
    yield address
    server.drop(address)


def content(database: str) -> dict[str, list[Json]]:
    """Every row of every table."""
    with closing(open_database(database)) as connection:
        return {
            table.name: [dict(zip(table.columns, row, strict=True)) for row in copying.every(connection, table)]
            for table in TABLES
        }


@pytest.fixture
def whole(ordercli: Ordercli, source: str) -> str:
    """The store with both kinds of orders, refused, failed, cancelled and revised ones, and a catalogue."""
    further = [{"@type": "ExternalIdentifier", "id": each} for each in ("V5", "V5-B")]
    v5 = product_order_v5("V5", externalId=further)
    assert ordercli("submit", "--profile", "tmf622", stdin=ndjson(v5)).exit_code == 0
    write_orders(Path("late.ndjson"), service_order("S-1"), product_order("BAD", orderCurrency=...))
    assert ordercli("submit", "late.ndjson").exit_code == 1
    repair = ("--code", "ORD113", "--set", "orderCurrency=EUR")
    assert ordercli("rejects", "fix", "late.ndjson.rejects.ndjson", *repair).exit_code == 0
    assert ordercli("rejects", "submit", "late.ndjson.rejects.ndjson").exit_code == 0
    wrong = ordercli("submit", "--async", "-o", "json", stdin=ndjson(service_order("S-2"))).json["batchId"]
    assert ordercli("batch", "cancel", wrong, "--reason", "wrong file", "--yes").exit_code == 0
    off = {"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false"}
    broken = ndjson({"externalId": "BROKEN", "productOrderItem": 7})
    assert ordercli("submit", "--async", stdin=broken, **off).exit_code == 0
    assert ordercli("queue", "create", "BROKEN").exit_code == 1
    assert ordercli("reference", "import", str(SAMPLES / "reference.ndjson")).exit_code == 0
    samples = [str(SAMPLES / name) for name in ("enterprise-sd-wan.json", "disconnect.json")]
    assert ordercli("submit", *samples).exit_code == 0
    assert ordercli("patch", "SDW-2026-0105", "--set", "description=Grüße").exit_code == 0
    return source


def test_a_whole_store_goes_over_row_by_row(ordercli: Ordercli, whole: str, target: str) -> None:
    source = whole
    before = content(source)

    result = ordercli("db", "copy", source, target, "-o", "json")

    counts = {table: len(found) for table, found in before.items()}
    assert {table for table, found in counts.items() if not found} == EMPTY
    assert (result.exit_code, result.stderr) == (0, "")
    assert {each["table"]: (each["rows"], each["copied"]) for each in result.json["tables"]} == {
        table: (found, found) for table, found in counts.items()
    }
    assert (result.json["rows"], result.json["copied"]) == (sum(counts.values()), sum(counts.values()))
    assert content(target) == before == content(source)
    assert ordercli("db", "check", "--database", target).exit_code == 0


def test_work_goes_on_in_the_new_place(ordercli: Ordercli, source: str, target: str) -> None:
    ordercli("db", "copy", source, target)
    here = ("--database", target)

    again = ordercli("submit", "--async", "-o", "json", *here, stdin=ndjson(product_order("Q-3"), product_order("NEW")))
    ordercli("queue", "resume", *here)
    run = ordercli("queue", "run", "-o", "json", *here)

    assert (again.json["duplicates"], again.json["accepted"]) == (1, 1)
    assert (run.exit_code, run.json["completed"], run.json["remaining"]) == (0, 2, 0)
    assert ordercli("db", "check", *here).exit_code == 0


def test_a_copy_that_is_there_is_compared_and_left_as_it_is(ordercli: Ordercli, source: str, target: str) -> None:
    first = ordercli("db", "copy", source, target, "-o", "json").json
    before = content(target)

    again = ordercli("db", "copy", source, target, "-o", "json").json

    assert again["copied"] == 0
    assert [each["sha256"] for each in again["tables"]] == [each["sha256"] for each in first["tables"]]
    assert content(target) == before


class KilledError(BaseException):
    """Stands for the end of the process."""


def killed_after(chunks: int, source: str, target: str) -> copy.DatabaseCopy | None:
    """Copy a store, and end like a killed process after so many transactions."""
    calls = count(1)

    def kill(_: Progress) -> None:
        if next(calls) == chunks:
            raise KilledError

    try:
        return copy.move(source, target, on_progress=kill)
    except KilledError:
        return None


def test_a_copy_that_is_killed_again_and_again_goes_on_where_it_ended(
    ordercli: Ordercli, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "CHUNK_ROWS", 30)
    before = content(source)

    killed = 0
    while (result := killed_after(3, source, target)) is None:
        killed += 1
    left = result.copied

    assert killed > 3
    assert 0 < left < result.rows
    assert content(target) == before
    assert ordercli("db", "copy", source, target, "-o", "json").json["copied"] == 0


def test_a_killed_process_leaves_what_the_next_one_needs(ordercli: Ordercli, source: str, target: str) -> None:
    process = ordercli.start("db", "copy", source, target)
    while not is_made(target):
        assert process.poll() is None
    process.kill()
    process.communicate()

    result = ordercli.process("db", "copy", source, target, "-o", "json")

    assert result.exit_code == 0
    assert content(target) == content(source)


def is_made(target: str) -> bool:
    """Whether the copy has got as far as the tables of the target."""
    try:
        return exists(target)
    except BadDatabaseError:  # they are being made
        return False


def test_a_signal_ends_a_copy_after_its_chunk(
    ordercli: Ordercli, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "CHUNK_ROWS", 30)

    stopped = interrupted_copy(ordercli, source, target, monkeypatch)
    result = stopped.json
    after = ordercli("db", "copy", source, target, "-o", "json")

    assert (stopped.exit_code, result["exitCode"], result["copied"], result["tables"]) == (143, 143, 3, [])
    missing = result["rows"] - result["copied"]
    reported = f"{missing} rows are missing; run the same command again"
    assert json.loads(stopped.stderr) == {"severity": "note", "message": reported}
    assert after.json["copied"] == missing
    assert content(target) == content(source)


def interrupted_copy(ordercli: Ordercli, source: str, target: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    """Run `db copy`; SIGTERM comes after its first chunk of rows."""
    move = copy.move

    def interrupted(source: str, target: str, *, stop: Callable[[], bool], **_: object) -> copy.DatabaseCopy:
        return move(source, target, stop=stop, on_progress=lambda _: signal.raise_signal(signal.SIGTERM))

    with monkeypatch.context() as patched:
        patched.setattr(copy, "move", interrupted)
        return ordercli("db", "copy", source, target, "-o", "json")


def test_a_target_that_holds_something_else_is_refused_and_left_as_it_is(
    ordercli: Ordercli, source: str, target: str
) -> None:
    ordercli("submit", "--database", target, stdin=ndjson(product_order("OTHER")))
    before = content(target)

    result = ordercli("db", "copy", source, target)

    assert (result.exit_code, result.stdout) == (4, "")
    assert result.stderr.startswith(f"error: {target} holds rows in batch that {source} does not have\n")
    assert content(target) == before


def test_what_has_come_to_the_source_since_is_brought_too(ordercli: Ordercli, source: str, target: str) -> None:
    ordercli("db", "copy", source, target)
    ordercli("submit", stdin=ndjson(product_order("LATE")))

    result = ordercli("db", "copy", source, target, "-o", "json")

    assert result.exit_code == 0
    assert {each["table"]: each["copied"] for each in result.json["tables"] if each["copied"]} == {
        "batch": 1,
        "customer_order": 1,
        "order_history": 1,
        "order_line_item": 1,
        "payload": 1,
    }
    assert content(target) == content(source)


def test_a_copy_does_not_go_on_once_something_that_it_brought_has_changed(
    ordercli: Ordercli, source: str, target: str
) -> None:
    ordercli("db", "copy", source, target)
    before = content(target)
    ordercli("queue", "discard", "WAITING", "--reason", "given up")

    result = ordercli("db", "copy", source, target)

    assert result.exit_code == 4
    assert result.stderr.startswith(f"error: {target} holds rows in inbound_entry that {source} does not have\n")
    assert content(target) == before


def test_nobody_can_write_to_the_source_meanwhile(source: str, target: str) -> None:
    printed = []

    def write(_: Progress) -> None:
        with closing(open_database(source)) as other:
            other.execute("SET lock_timeout = 1" if other.engine == "postgresql" else "PRAGMA busy_timeout = 0")
            with pytest.raises(driver_errors()) as refusal:
                other.execute("DELETE FROM queue_pause")
        printed.append(str(refusal.value).splitlines()[0])

    copy.move(source, target, on_progress=write)

    assert set(printed) <= {"database is locked", "canceling statement due to lock timeout"}
    assert printed


def test_a_target_that_somebody_writes_to_is_reported(ordercli: Ordercli, source: str, target: str) -> None:
    def write(_: Progress) -> None:
        with closing(open_database(target)) as connection, transaction(connection, "test"):
            connection.execute("INSERT INTO queue_pause (id, paused_at) VALUES (1, '') ON CONFLICT DO NOTHING")

    ordercli("queue", "resume")

    with pytest.raises(ConflictError, match="somebody has written to it during the copy"):
        copy.move(source, target, on_progress=write)


def test_numbers_of_payloads_that_are_gone_are_not_given_again(connection: Store, database: str, target: str) -> None:
    first, last = stored.enqueue_many(connection, 2)
    with transaction(connection, "test"):
        connection.execute("DELETE FROM inbound_entry WHERE order_id = ?", (last,))
        delete_payloads(connection, "[2]")

    copy.move(database, target)

    with closing(open_database(target)) as moved:
        stored.enqueue(moved, product_order("NEW"))
        assert stored.column(moved, "inbound_entry", "seq") == [1, 3]
        assert stored.column(moved, "inbound_entry", "order_id") == [first, stored.order_id(3)]


def test_a_store_of_any_size_takes_little_memory(
    connection: Store, database: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copy, "CHUNK_BYTES", 2**20)
    with transaction(connection, "test"):
        keep_payloads(connection, [PayloadRow(n, b"", n.to_bytes(2, "big") * 2**19) for n in range(1, 33)])

    tracemalloc.start()
    result = copy.move(database, target)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert result.copied == 32
    assert peak < 16 * 2**20


@pytest.mark.of_a_file
def test_a_source_that_is_not_there_is_not_made(ordercli: Ordercli, target: str) -> None:
    result = ordercli("db", "copy", "nowhere.db", target)

    printed = "error: there is no database nowhere.db (from SOURCE)"
    assert (result.exit_code, result.stderr.splitlines()[0]) == (6, printed)
    assert (Path("nowhere.db").exists(), exists(target)) == (False, False)


@pytest.mark.of_a_file
def test_a_store_is_not_copied_into_itself(ordercli: Ordercli, source: str) -> None:
    Path("link.db").symlink_to(source)

    results = [ordercli("db", "copy", source, other) for other in (source, "link.db")]

    assert [(each.exit_code, each.stderr.splitlines()[0]) for each in results] == [
        (2, "error: SOURCE and TARGET are the same database")
    ] * 2
