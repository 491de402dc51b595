from __future__ import annotations

from typing import TYPE_CHECKING, get_args, get_type_hints

import pytest

from ordercli.database.address import masked
from ordercli.database.catalogue import TRIGGERS, objects
from ordercli.database.opening import exists, found_version
from ordercli.database.store import SCHEMA_VERSION
from ordercli.operations.audit import remedy
from ordercli.operations.audit_orders import Discrepancy
from ordercli.output.advice import Advice
from support.builders import encoded, line, ndjson, product_order, product_orders
from support.forcing import force_state, forget_references

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli
    from support.servers import Server

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


DIFFER = "queue {order}: its entry and its customer order differ in batch, source, kind, profile, currency or ids"
PRICE = [{"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.9}}}]


@pytest.fixture
def order_id(ordercli: Ordercli) -> str:
    """Orders of every kind; the id of PO-1, which was patched."""
    item = line("1", itemPrice=PRICE, product={"productCharacteristic": [{"name": "Speed", "value": "1"}]})
    found = ordercli("submit", "-o", "id", stdin=encoded(product_order(items=[item, line("2")]))).stdout.strip()
    ordercli("patch", "PO-1", "--set", "productOrderItem.2.quantity=3", "--set", "state=in_progress")
    ordercli("submit", "--async", stdin=ndjson(*product_orders(4, first=2)))
    ordercli("queue", "run", "--batch-size", "2")
    ordercli("submit", "--async", stdin=encoded(product_order("PO-9")))
    ordercli("cancel", "PO-3", "--reason", "left")
    return found


@pytest.mark.usefixtures("order_id")
def test_what_agrees_has_no_fault(ordercli: Ordercli) -> None:
    result = ordercli("db", "check")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (
            "UPDATE order_line_item SET quantity = '7' WHERE item_id = '2'",
            "tables: quantity of line 2 is '7', by the document '3'",
        ),
        (
            "UPDATE order_line_item SET mrc = '1' WHERE mrc IS NOT NULL",
            "tables: mrc of line 1 is '1', by the document '19.9'",
        ),
        (
            "UPDATE customer_order SET channel_id = 'x' WHERE seq = 1",
            "tables: channel_id of the order is 'x', by the document None",
        ),
        (
            "DELETE FROM order_characteristic_value",
            "tables: the characteristics in the table are not those of the document",
        ),
        (
            "INSERT INTO order_line_item_contact (order_seq, line_n, n) VALUES (1, 0, 0)",
            "tables: the contacts in the table are not those of the document",
        ),
        (
            "INSERT INTO order_line_related_item (order_seq, line_n, n, kind) VALUES (1, 0, 0, 'line')",
            "tables: the related in the table are not those of the document",
        ),
        (
            "DELETE FROM order_line_item WHERE order_seq = 1 AND item_id = '2'",
            "tables: the lines in the table are not those of the document",
        ),
        (
            "UPDATE customer_order SET version = 3 WHERE seq = 1",
            "history: the order has version 3, its history [1, 2]",
        ),
        (
            "UPDATE order_line_item SET version = 5 WHERE item_id = '2'",
            'history: /productOrderItem/1/version is "5", by the history "2"',
        ),
        (
            "UPDATE order_line_item SET ponr = TRUE WHERE item_id = '2'",
            'history: /productOrderItem/1/ponr is "true", by the history "false"',
        ),
        (
            "UPDATE customer_order SET state = 'on_hold' WHERE seq = 1",
            'history: /state is "on_hold", by the history "in_progress"',
        ),
    ],
)
def test_an_order_that_does_not_agree_is_a_fault(
    ordercli: Ordercli, connection: Store, order_id: str, damage: str, fault: str
) -> None:
    forget_references(connection)
    connection.execute(damage)

    result = ordercli("db", "check")

    check, _, message = fault.partition(": ")
    assert result.exit_code == 1
    assert f"{check} {order_id}: {message}" in result.stdout.splitlines()


def test_a_state_that_the_lines_do_not_have_is_a_fault(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    force_state(connection, "order_line_item", "completed")

    result = ordercli("db", "check")

    assert f"states {order_id}: the order is in_progress, by its lines completed" in result.stdout.splitlines()


@pytest.mark.of_a_file
def test_a_history_that_is_gone_is_a_fault(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    connection.execute("DROP TRIGGER history_no_delete")
    connection.execute("DELETE FROM order_history WHERE version = 1 AND order_seq = 1")

    result = ordercli("db", "check")

    assert result.stdout == f"history {order_id}: the order has version 2, its history [2]\n"


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (
            "UPDATE payload SET body = body || ' ' WHERE seq = 1",
            "payload: the accepted document 1 is no longer what was written",
        ),
        (
            "INSERT INTO payload (sha256, body) SELECT sha256, body FROM payload WHERE seq = 1",
            "payload: the accepted document 7 belongs to no entry and to no order",
        ),
        (
            "UPDATE revised_document SET body = CAST(body || ' ' AS BLOB)",
            "payload: the revised document 1 is no longer what was written",
        ),
    ],
)
@pytest.mark.of_a_file
@pytest.mark.usefixtures("order_id")
def test_a_document_that_was_changed_is_a_fault(ordercli: Ordercli, connection: Store, damage: str, fault: str) -> None:
    connection.execute(damage)

    assert ordercli("db", "check").stdout == f"{fault}\n"


@pytest.mark.of_a_file
def test_an_order_that_lost_its_document_is_a_fault(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DELETE FROM payload WHERE seq = 1")

    result = ordercli("db", "check")

    assert result.exit_code == 1
    assert f"document {order_id}: its accepted document is lost" in result.stdout.splitlines()


@pytest.mark.of_a_file
def test_of_a_damaged_file_nothing_else_is_reported(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    connection.execute("UPDATE customer_order SET channel_id = 'x' WHERE order_id = ?", (order_id,))
    connection.execute("PRAGMA writable_schema = ON")
    connection.execute(
        "UPDATE sqlite_schema SET sql = replace(sql, 'customer_id', 'currency') WHERE name = 'order_customer'"
    )

    result = ordercli("db", "check")

    assert result.exit_code == 1
    assert {line.partition(":")[0] for line in result.stdout.splitlines()} == {"integrity"}


@pytest.mark.parametrize(
    ("damage", "faults"),
    [
        (
            "UPDATE batch SET read = read + 1, accepted = accepted + 1 WHERE mode = 'async' AND accepted = 4",
            ["queue: batch {batch} accepted 5 orders, 4 are known"],
        ),
        (
            "DELETE FROM inbound_entry WHERE external_id = 'PO-2'",
            ["queue: batch {batch} has 4 customer orders and 3 completed entries"],
        ),
        (
            "UPDATE inbound_entry SET state = 'new' WHERE external_id = 'PO-4'",
            [
                "queue: batch {batch} accepted 4 orders, 5 are known",
                "queue: batch {batch} has 4 customer orders and 3 completed entries",
                "queue {order}: there is a customer order, but its entry is new",
            ],
        ),
        (
            "UPDATE inbound_entry SET state = 'completed' WHERE external_id = 'PO-9'",
            [
                "queue: batch {last} accepted 1 order, 0 are known",
                "queue: batch {last} has 0 customer orders and 1 completed entry",
                "queue {waiting}: its entry is completed, but there is no customer order",
            ],
        ),
        (
            "UPDATE batch SET read = read + 1, accepted = accepted + 1 WHERE mode = 'sync'",
            ["queue: batch {sync} accepted 2 orders, 1 is known"],
        ),
        (
            "UPDATE inbound_entry SET external_id = 'PO-1' WHERE external_id = 'PO-9'",
            ["queue: externalId 'PO-1' of source 'cli' is held twice"],
        ),
        (
            "UPDATE batch SET read = read + 1 WHERE mode = 'sync'",
            ["queue: batch {sync} has read 2 orders and has outcomes of 1"],
        ),
        (
            "UPDATE inbound_entry SET source = 'crm' WHERE external_id = 'PO-4'",
            [DIFFER],
        ),
        (
            "UPDATE inbound_entry SET filled_currency = 'USD', submitted_by = 'x' WHERE external_id = 'PO-4'",
            [
                DIFFER,
                "history {order}: by its history {actor!r} submitted it, by its entry 'x'",
            ],
        ),
        (
            "UPDATE batch SET source = 'crm' WHERE mode = 'sync'",
            ["history {first}: its source is 'cli', by its batch 'crm'"],
        ),
        (
            "UPDATE inbound_entry SET state = 'error', error_code = 'ORD190', error = 'why' WHERE external_id = 'PO-9'",
            [
                "queue {waiting}: the reason of its error cannot be read",
                "queue: 1 entry is in error with ORD190, and 0 failures are counted",
            ],
        ),
    ],
)
@pytest.mark.usefixtures("order_id")
def test_a_queue_that_does_not_add_up_is_a_fault(
    ordercli: Ordercli, connection: Store, damage: str, faults: list[str]
) -> None:
    batch, last = connection.execute("SELECT id FROM batch WHERE mode = 'async' ORDER BY started_at").fetchall()
    ids = dict(connection.execute("SELECT external_id, order_id FROM inbound_entry").fetchall())
    (sync,) = connection.execute("SELECT id FROM batch WHERE mode = 'sync'").fetchone()
    first, actor = connection.execute(
        "SELECT order_id, actor FROM customer_order JOIN order_history ON order_seq = customer_order.seq"
        " ORDER BY order_history.seq LIMIT 1"
    ).fetchone()
    connection.execute(damage)

    result = ordercli("db", "check")

    named = {"sync": sync, "batch": batch[0], "last": last[0], "order": ids["PO-4"], "waiting": ids["PO-9"]}
    named |= {"first": first, "actor": actor}
    assert (result.exit_code, result.stdout.splitlines()) == (1, [fault.format(**named) for fault in faults])


@pytest.mark.of_a_file
@pytest.mark.usefixtures("order_id")
def test_what_points_at_nothing_is_a_fault(ordercli: Ordercli, connection: Store) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("UPDATE customer_order SET batch_id = 'x' WHERE external_id = 'PO-1'")

    result = ordercli("db", "check")

    assert result.stdout.splitlines()[0] == "foreign-key: row 1 of customer_order refers to a missing row of batch"


@pytest.mark.parametrize("mode", [(), ("--async",)])
def test_receipts_are_held_against_what_is_there(ordercli: Ordercli, tmp_path: Path, mode: tuple[str, ...]) -> None:
    printed = ordercli("submit", *mode, "-o", "ndjson", stdin=ndjson(*product_orders(2))).stdout
    rejected = ordercli("submit", "-o", "ndjson", "--rejects", "none", stdin=b"{}").stdout
    promise = encoded({"orderId": "0" * 32, "externalId": "PO-7"}).decode()
    (tmp_path / "receipts.ndjson").write_text(f'{printed}{rejected}{promise}\n{{"orderId": "cut o')

    result = ordercli("db", "check", "--receipts", "receipts.ndjson")

    assert result.exit_code == 1
    assert result.stdout == f"receipt {'0' * 32}: line 4 of the receipts has it, but the database does not\n"


def test_receipts_of_entries_that_failed_and_were_purged_are_no_fault(
    ordercli: Ordercli, connection: Store, tmp_path: Path
) -> None:
    printed = ordercli("submit", "--async", "-o", "ndjson", stdin=ndjson(*product_orders(2))).stdout
    connection.execute("UPDATE payload SET body = ? WHERE seq = 1", (b"x",))
    ordercli("queue", "run")
    ordercli("queue", "purge", "--error", "0s", "--yes")
    (tmp_path / "receipts.ndjson").write_text(printed)

    result = ordercli("db", "check", "--receipts", "receipts.ndjson")

    assert (result.exit_code, result.stdout) == (0, "")


def test_a_file_that_holds_no_receipts_is_bad_input(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "receipts.ndjson").write_text("no receipt\n")

    assert ordercli("db", "check", "--receipts", "receipts.ndjson").exit_code == 6
    assert ordercli("db", "check", "--receipts", "none.ndjson").exit_code == 6


def test_faults_are_reported_to_programs_too(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    connection.execute("UPDATE customer_order SET channel_id = 'x' WHERE seq = 1")

    result = ordercli("db", "check", "-o", "ndjson")

    message = "channel_id of the order is 'x', by the document None"
    remedies = {check: remedy(check) for check in get_args(get_type_hints(Discrepancy)["check"])}
    reported = f"{remedies['tables']}, and `ordercli history {order_id}` tells what ordercli did"
    assert result.ndjson == [{"check": "tables", "orderId": order_id, "message": message, "remedy": reported}]
    assert result.stderr == ""
    assert remedy("another") not in remedies.values()


def test_what_to_do_is_printed_once_for_each_check(ordercli: Ordercli, connection: Store, order_id: str) -> None:
    connection.execute("UPDATE order_line_item SET quantity = '7'")
    connection.execute("UPDATE batch SET accepted = accepted + 1 WHERE mode = 'sync'")

    result = ordercli("db", "check")

    reported = {"queue": remedy("queue"), "tables": remedy("tables", order_id)}
    assert result.stderr == "".join(f"  what to do ({check}): {words}\n" for check, words in reported.items())


def test_what_to_do_is_printed_with_the_database_that_was_checked(
    ordercli: Ordercli, connection: Store, order_id: str
) -> None:
    connection.execute("UPDATE customer_order SET channel_id = 'x' WHERE seq = 1")

    in_words = ordercli("db", "check", "--database", ordercli.database)
    for_programs = ordercli("db", "check", "--database", ordercli.database, "-o", "ndjson")

    command = f"`{Advice(ordercli.database).command('history', order_id)}`"
    reported = remedy("tables", order_id).replace(f"`ordercli history {order_id}`", command)
    assert in_words.stderr == f"  what to do (tables): {reported}\n"
    assert for_programs.json["remedy"] == reported


def test_a_database_that_is_none_is_bad_input(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"no database" * 1000)

    assert ordercli("db", "check", "--database", "no.db").exit_code == 6


@pytest.fixture
def nowhere(engine: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where no database is: a path without a file, or the address of a server's database without tables."""
    if engine == "sqlite":
        yield str(tmp_path / "none.db")
        return
    server: Server = request.getfixturevalue("server")
    address = server.empty_database()
    yield address
    server.drop(address)


def test_where_no_database_is_none_is_made(ordercli: Ordercli, nowhere: str, engine: str) -> None:
    result = ordercli("db", "check", "--database", nowhere)

    reported = {
        "sqlite": f"error: there is no database {nowhere} (from --database)",
        "postgresql": f"error: {masked(nowhere)} (from --database) has no tables of ordercli",
    }
    assert (result.exit_code, result.stdout, result.stderr.splitlines()[0]) == (6, "", reported[engine])
    assert not exists(nowhere)


def test_an_older_schema_is_reported_and_left_as_it_is(ordercli: Ordercli, connection: Store, engine: str) -> None:
    older = SCHEMA_VERSION - 1
    if engine == "sqlite":
        connection.execute(f"PRAGMA user_version = {older}")
    else:
        connection.execute("UPDATE alembic_version SET version_num = ?", (f"{older:04}",))

    result = ordercli("db", "check")

    reported = f"{masked(ordercli.database)} has the older schema {older}; the current one is {SCHEMA_VERSION}"
    assert (result.exit_code, result.stdout, result.stderr) == (
        6,
        "",
        f"error: {reported}\n  hint: run `ordercli db upgrade`\n",
    )
    assert found_version(ordercli.database) == older


@pytest.mark.of_a_file
def test_an_empty_file_is_no_database_and_stays_empty(ordercli: Ordercli, tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()

    result = ordercli("db", "check", "--database", "empty.db")

    assert (result.exit_code, (tmp_path / "empty.db").stat().st_size) == (6, 0)


HARMLESS = "suppress_redundant_updates_trigger"
FOREIGN = {
    "sqlite": [
        ("CREATE TABLE song (title)", "the table song was not made by ordercli"),
        ("CREATE VIEW waiting AS SELECT * FROM inbound_entry", "the view waiting was not made by ordercli"),
        ("CREATE INDEX slow ON batch (source)", "the index slow on batch was not made by ordercli"),
        (
            "CREATE TRIGGER lost AFTER INSERT ON batch BEGIN DELETE FROM batch; END",
            "the trigger lost on batch was not made by ordercli",
        ),
    ],
    "postgresql": [
        ("CREATE TABLE song (title text)", "the table song was not made by ordercli"),
        ("CREATE VIEW waiting AS SELECT 1", "the view waiting was not made by ordercli"),
        ("CREATE INDEX slow ON batch (source)", "the index slow on batch was not made by ordercli"),
        (
            f"CREATE TRIGGER history_no_update BEFORE UPDATE ON batch FOR EACH ROW EXECUTE FUNCTION {HARMLESS}()",
            "the trigger history_no_update on batch was not made by ordercli",
        ),
        (
            "CREATE RULE lost AS ON INSERT TO batch DO INSTEAD NOTHING",
            "the rule lost on batch was not made by ordercli",
        ),
    ],
}


@pytest.mark.parametrize("n", range(5))
def test_what_others_have_made_in_the_schema_is_named(
    ordercli: Ordercli, connection: Store, engine: str, n: int
) -> None:
    statement, stated = FOREIGN[engine][n % len(FOREIGN[engine])]
    connection.execute(statement)

    result = ordercli("db", "check", "-o", "ndjson")

    wanted = {"check": "schema", "orderId": None, "message": stated, "remedy": remedy("schema")}
    assert (result.exit_code, result.ndjson) == (1, [wanted])


def test_every_object_that_the_migrations_make_is_known(connection: Store) -> None:
    found = objects(connection)

    assert {each.name: each.table for each in found if each.kind == "trigger"} == TRIGGERS
    assert {each.kind for each in found} == {"table", "index", "trigger"}
