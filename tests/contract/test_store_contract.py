"""What every engine offers to the rest of the program, through the `Store` protocol (database/store.py)."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from datetime import UTC
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.opening import listen, make_database, read_database
from ordercli.database.statements import Row, insert_rows
from ordercli.database.store import savepoint, snapshot, transaction
from ordercli.orders.order_rows import WorkNoteRow
from ordercli.queue.batches import NewBatch
from ordercli.queue.entries import NewEntry, PayloadRow
from ordercli.reference.memory import HeldRecords
from ordercli.reference.store import ServedRecords, StoredRecords
from ordercli.resources.product_order.product_order import PRODUCT_ORDER
from support.builders import accepted, encoded, line, product_order
from support.records import customer, load, product
from support.stored import ACCEPTED_AT, BATCH, enqueue, order_id, present, start_batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.database.store import Store

INSERT = "INSERT INTO payload (seq, sha256, body) VALUES (?, ?, ?)"


@pytest.fixture
def other(database: str) -> Iterator[Store]:
    """A second connection, which does not wait for locks."""
    with closing(make_database(database)) as opened:
        if opened.one_writer:
            opened.execute("PRAGMA busy_timeout = 0")
        yield opened


@pytest.fixture
def locked(engine: Any) -> type[Exception]:
    """The error of the engine if another connection holds a lock."""
    error: type[Exception] = engine.OperationalError
    return error


def may(store: Store, action: Callable[[Store], object], locked: type[Exception]) -> bool:
    """Return whether a transaction of this connection can do this at once: nobody else holds what it needs."""
    try:
        with transaction(store, "test"):
            if not store.one_writer:
                store.execute("SET LOCAL lock_timeout = '10ms'")
            action(store)
    except locked:
        return False
    return True


def seqs(store: Store) -> list[int]:
    return [seq for (seq,) in store.execute("SELECT seq FROM payload ORDER BY seq")]


def keep(store: Store, *numbers: int) -> None:
    insert_rows(store, [PayloadRow(n, b"\x00", b"{}") for n in numbers])


def entry(seq: int, external_id: str) -> NewEntry:
    columns = (seq, order_id(seq), external_id, "cli", "servicenow", None, ACCEPTED_AT, ACCEPTED_AT, BATCH, "f", 1, 1)
    return NewEntry(*columns)


def test_rows_are_tuples_of_what_was_selected(connection: Store) -> None:
    written = connection.executemany(INSERT, [(1, b"\x00", b"{}"), (2, b"\x01", b"[]")])
    changed = connection.execute("UPDATE payload SET body = ? WHERE seq > ?", (b"null", 1))

    found = connection.execute("SELECT seq, sha256, body FROM payload ORDER BY seq")

    assert (written.rowcount, changed.rowcount) == (2, 1)
    assert found.fetchone() == (1, b"\x00", b"{}")
    assert found.fetchall() == [(2, b"\x01", b"null")]
    assert found.fetchone() is None


def test_integers_and_texts_of_a_json_list_are_parameters(connection: Store) -> None:
    keep(connection, 1, 2, 3)

    some = connection.execute(f"SELECT seq FROM payload WHERE seq {connection.IN_LIST} ORDER BY seq", ("[3, 1, 9]",))
    none = connection.execute(f"SELECT seq FROM payload WHERE seq {connection.IN_LIST}", ("[]",))
    texts = connection.execute(f"SELECT wanted.value FROM {connection.WANTED}", (json.dumps(["a", "é'\"", ""]),))

    assert (some.fetchall(), none.fetchall()) == ([(1,), (3,)], [])
    assert sorted(texts.fetchall()) == [("",), ("a",), ("é'\"",)]


def test_a_text_with_a_nul_finds_nothing_and_is_no_fault(connection: Store) -> None:
    start_batch(connection)

    assert connection.execute("SELECT id FROM batch WHERE id = ?", (f"{BATCH}\0",)).fetchall() == []
    assert connection.executemany("UPDATE batch SET read = 1 WHERE id = ?", [(f"{BATCH}\0",)]).rowcount == 0


@pytest.mark.parametrize("at_once", [1, 2, 500])
def test_a_stream_yields_all_rows_in_their_order_and_several_may_be_open(connection: Store, at_once: int) -> None:
    keep(connection, *range(1, 6))
    statement = "SELECT seq FROM payload WHERE seq > ? ORDER BY seq"

    outside = list(connection.stream(statement, (3,), at_once=at_once))
    with snapshot(connection):
        one, two = (connection.stream(statement, (after,), at_once=at_once) for after in (0, 2))
        pairs = list(zip(one, two, strict=False))
        rest = list(one)

    assert outside == [(4,), (5,)]
    assert pairs == [((1,), (3,)), ((2,), (4,)), ((3,), (5,))]
    assert rest == [(5,)]


def test_new_rows_have_the_values_that_were_given(connection: Store) -> None:
    batch = NewBatch(
        "b1", "crm", "async", "servicenow", "[]", None, "a\tb\\\n'é", None, ACCEPTED_AT, rejects_bytes=2**40
    )
    bodies = [PayloadRow(2**40, b"\x00\xff", b""), PayloadRow(1, b"", bytes(range(256)))]

    insert_rows(connection, [batch], bodies, [])
    connection.insert("payload", ("seq", "sha256", "body"), iter([(7, b"\x01", b"x")]))
    connection.insert("payload", ("seq", "sha256", "body"), [])

    (kept,) = present(connection, "batch")
    assert [
        kept.get(name) for name in ("id", "source", "idempotency_key", "rejects_file", "rejects_bytes", "purged")
    ] == [*("b1", "crm", "a\tb\\\n'é", None, 2**40, 0)]
    assert connection.execute("SELECT seq, sha256, body FROM payload ORDER BY seq").fetchall() == [
        (1, b"", bytes(range(256))),
        (7, b"\x01", b"x"),
        (2**40, b"\x00\xff", b""),
    ]


def test_all_of_some_rows_are_written_or_none(connection: Store, engine: Any) -> None:
    enqueue(connection, product_order("taken"))
    keep(connection, 2, 3, 4)

    def add(*entries: NewEntry) -> bool:
        with transaction(connection, "test"):
            rows = [tuple(getattr(each, name) for name in NewEntry.__struct_fields__) for each in entries]
            return connection.insert_all_or_none(
                NewEntry.TABLE, NewEntry.__struct_fields__, rows, order_by="external_id"
            )

    both = add(entry(3, "b"), entry(2, "a"))
    # Where one transaction writes at a time, nobody can take a value in the meantime, and such rows are a bug.
    clash: Any = None
    with suppress(engine.IntegrityError):
        clash = add(entry(4, "taken"))

    assert (both, clash) == (True, None if connection.one_writer else False)
    assert connection.execute("SELECT seq, external_id FROM inbound_entry ORDER BY seq").fetchall() == [
        *((1, "taken"), (2, "a"), (3, "b"))
    ]


def test_keys_are_never_given_twice(connection: Store) -> None:
    with transaction(connection, "test"):
        first = list(connection.next_keys("payload", 2))
        keep(connection, *first)
    connection.execute("DELETE FROM payload")

    second = list(connection.next_keys("payload", 3))

    assert (first, second) == ([1, 2], [3, 4, 5])


def test_keys_go_on_after_those_of_a_copy(connection: Store) -> None:
    keep(connection, 1)
    connection.continue_after("payload", 40)

    assert connection.last_key("payload") == 40
    assert list(connection.next_keys("payload", 2)) == [41, 42]


def test_keys_of_an_empty_table_go_on_after_those_of_a_copy(connection: Store) -> None:
    connection.continue_after("payload", 40)

    assert list(connection.next_keys("payload", 2)) == [41, 42]


def test_a_table_that_another_one_numbers_has_given_no_key(connection: Store) -> None:
    enqueue(connection, product_order())

    assert [connection.last_key(table) for table in ("customer_order", "inbound_entry", "batch")] == [0, 0, 0]


def test_a_transaction_is_kept_when_it_ends(connection: Store) -> None:
    with transaction(connection, "test"):
        during = connection.in_transaction
        keep(connection, 1)

    assert (during, connection.in_transaction) == (True, False)
    assert seqs(connection) == [1]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_a_transaction_that_fails_leaves_nothing(connection: Store, error: type[BaseException]) -> None:
    with suppress(error), transaction(connection, "test"):
        keep(connection, 1)
        raise error

    assert (connection.in_transaction, seqs(connection)) == (False, [])


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_savepoint_that_fails_takes_only_its_own_part_back(connection: Store, error: type[BaseException]) -> None:
    with transaction(connection, "test"):
        keep(connection, 1)
        with suppress(error), savepoint(connection):
            keep(connection, 2)
            raise error
        with savepoint(connection):
            keep(connection, 3)

    assert seqs(connection) == [1, 3]


def test_a_statement_that_is_refused_in_a_savepoint_leaves_the_rest(
    connection: Store, integrity_error: type[Exception]
) -> None:
    with transaction(connection, "test"):
        keep(connection, 1)
        with pytest.raises(integrity_error), savepoint(connection):
            keep(connection, 2, 1)

    assert seqs(connection) == [1]


def test_a_snapshot_sees_one_state(connection: Store, other: Store) -> None:
    with snapshot(connection):
        before = seqs(connection)
        # With a rollback journal, nobody can write while somebody reads.
        if other.is_remote or other.execute("PRAGMA journal_mode").fetchone() == ("wal",):
            keep(other, 1)
        after = seqs(connection)

    assert (before, after, connection.in_transaction) == ([], [], False)


@pytest.mark.parametrize(
    ("first", "second", "on_a_server"),
    [(False, False, False), (True, False, False), (False, True, False), (True, True, True)],
)
def test_a_lock_is_held_until_the_transaction_ends(
    connection: Store, other: Store, locked: type[Exception], *, first: bool, second: bool, on_a_server: bool
) -> None:
    with transaction(connection, "test"):
        connection.lock("source", shared=first)
        during = may(other, lambda store: store.lock("source", shared=second), locked)
    after = may(other, lambda store: store.lock("source", shared=second), locked)

    assert (during, after) == (on_a_server and not connection.one_writer, True)


def test_a_lock_of_another_name_excludes_nobody_on_a_server(
    connection: Store, other: Store, locked: type[Exception]
) -> None:
    with transaction(connection, "test"):
        connection.lock("source a")
        free = may(other, lambda store: store.lock("source b"), locked)

    assert free != connection.one_writer


def test_locked_tables_can_be_read_and_not_written(connection: Store, other: Store, locked: type[Exception]) -> None:
    with transaction(connection, "test"):
        connection.lock_tables(["payload", "batch"])
        during = seqs(other), may(other, lambda store: keep(store, 1), locked)
    after = may(other, lambda store: keep(store, 2), locked)

    assert (during, after, seqs(connection)) == (([], False), True, [2])


def test_rows_that_are_held_are_kept_from_others_and_may_be_skipped(
    connection: Store, other: Store, locked: type[Exception]
) -> None:
    keep(connection, 1, 2)
    left: list[tuple[int]] = []

    with transaction(connection, "test"):
        held = connection.execute(f"SELECT seq FROM payload WHERE seq = 1 {connection.FOR_UPDATE}").fetchall()
        changed = may(other, lambda store: store.execute("UPDATE payload SET body = sha256 WHERE seq = 1"), locked)
        skipping = f"SELECT seq FROM payload ORDER BY seq {other.SKIP_LOCKED}"
        read = may(other, lambda store: left.extend(store.execute(skipping)), locked)

    assert (held, changed) == ([(1,)], False)
    assert (read, left) == ((False, []) if connection.one_writer else (True, [(2,)]))


def test_references_may_be_broken_until_the_commit(connection: Store, integrity_error: type[Exception]) -> None:
    start_batch(connection)
    keep(connection, 1)
    rows = PRODUCT_ORDER.to_rows(
        accepted(1, order_id=order_id(1)), encoded(product_order(items=[line("1")])), ACCEPTED_AT
    )
    note = WorkNoteRow(1, 0, 0, ACCEPTED_AT, "why")

    def write_deferred(*tables: Sequence[Row]) -> None:
        with transaction(connection, "test"):
            connection.defer_references()
            insert_rows(connection, *tables)

    with pytest.raises(integrity_error), transaction(connection, "test"):
        insert_rows(connection, [rows.order], [note])
    with pytest.raises(integrity_error):
        write_deferred([rows.order], [note])
    write_deferred([rows.order], [note], rows.lines)

    assert [row["text"] for row in present(connection, "order_line_work_note")] == ["why"]


def test_a_listener_on_a_server_hears_of_what_was_committed_and_of_nothing_else(
    connection: Store, database: str
) -> None:
    with closing(listen(database, "ordercli_test")) as listener:
        before = listener.wait(0)
        with suppress(RuntimeError), transaction(connection, "test"):
            connection.notify("ordercli_test")
            raise RuntimeError
        rolled_back = listener.wait(0)
        with transaction(connection, "test"):
            connection.notify("ordercli_test")
        committed = listener.wait(600 if connection.is_remote else 0)
        afterwards = listener.wait(0)

    assert (before, rolled_back, committed, afterwards) == (False, False, connection.is_remote, False)


def test_a_listener_does_not_hear_of_what_was_committed_before_it_listened(connection: Store, database: str) -> None:
    with transaction(connection, "test"):
        connection.notify("ordercli_test")

    with closing(listen(database, "ordercli_test")) as late:
        assert late.wait(0) is False


def test_the_clock_gives_moments_in_utc_that_do_not_go_back(connection: Store) -> None:
    moments = [connection.now() for _ in range(3)]

    assert moments == sorted(moments)
    assert {moment.tzinfo for moment in moments} == {UTC}


def test_a_sound_database_has_no_damage_and_no_broken_reference(connection: Store) -> None:
    enqueue(connection, product_order())

    assert (list(connection.damage()), list(connection.broken_references())) == ([], [])


def test_a_database_that_was_opened_to_read_refuses_to_write(database: str, connection: Store, engine: Any) -> None:
    with closing(read_database(database)) as reading:
        assert seqs(reading) == []
        if reading.is_read_only:
            with pytest.raises(engine.OperationalError, match="readonly"):
                keep(reading, 1)

    assert (connection.is_read_only, seqs(connection)) == (False, [])


KEPT = (
    customer("c-1", externalId="both"),
    customer("c-2", externalId="twice"),
    customer("c-3", externalId="twice"),
    customer("both"),
    product("c-1"),
)
NAMES = [
    *(("Customer", name) for name in ("c-1", "both", "twice", "nobody", "zażółć", "c-1\0")),
    ("Product", "c-1"),
    ("Product", "c-2"),
]


@pytest.mark.parametrize("ahead", [NAMES, NAMES[:1], []])
def test_records_are_the_same_however_many_were_fetched_ahead(connection: Store, ahead: list[tuple[str, str]]) -> None:
    assert load(connection, *KEPT) == []
    records = ServedRecords(connection) if connection.is_remote else StoredRecords(connection)
    held = HeldRecords(*KEPT)

    records.look_ahead(ahead)

    assert [(records.knows(*name), records.find(*name)) for name in NAMES] == [
        (held.knows(*name), held.find(*name)) for name in NAMES
    ]
