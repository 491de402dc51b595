"""No command reads or sorts a whole table; without statistics SQLite plans as for a million rows."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.database.opening import make_database
from ordercli.database.sqlite import SqliteStore, sqlite
from support.builders import product_order, product_orders, write_orders
from support.stored import enqueue

if TYPE_CHECKING:
    from support.running import Ordercli

pytestmark = pytest.mark.slow

COMMANDS = [
    "submit orders.ndjson --async",
    "submit orders.ndjson --idempotency-key night",
    "submit bad.ndjson",
    "queue run",
    "queue run --revalidate",
    "queue status",
    "queue list",
    "queue show PO-1",
    "queue create PO-2",
    "queue retry PO-3",
    "queue discard PO-3 --reason gone",
    "queue purge",
    "queue pause",
    "queue resume",
    "list",
    "list --state new --limit 50",
    "list --sort created --ascending",
    "list --sort updated",
    "list --sort externalId",
    "list --sort state",
    "list --external-id PO-5",
    "list --customer customer-1",
    "list --currency EUR",
    "list --since 2026-01-01",
    "list --batch bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "list --group-by state --since 2026-01-01",
    "list --where productOrderItem.action=add --action add --characteristic a=b --due-before 2026-01-01",
    "list --currency XXX",
    "show 0123456789abcdef",
    "show @last",
    "show PO-1",
    "show PO-5",
    "history PO-5",
    "events --limit 10",
    "patch PO-5 patch.json",
    "cancel PO-6 --reason changed",
    "batch list",
    "report --since 2026-01-01",
    "report --batch bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "reference list Currency",
    "reference show Currency EUR",
    "reference stats",
    "submit far.ndjson --target crm --config targets.toml",
    "forward run --config targets.toml",
    "forward follow --config targets.toml",
    "list --target crm",
    "list --target crm --trouble",
    "forward status",
    "forward pause crm --config targets.toml",
]
# Commands that look in vain, with their exit codes.
FIND_NOTHING = {"list --currency XXX": 2, "show 0123456789abcdef": 3, "show @last": 4}
# What may be scanned: what the statement itself brings along (a list of ids, rows of another step), an index alone,
# the indexes of the entries that are in work or wait for a retry, tables of a row or two, at most 100 subscriptions.
FINE = re.compile(
    r"SCAN (json_each|wanted|due|failed|\(subquery|(\d+ )?CONSTANT ROW|queue_pause|sqlite_sequence|sqlite_master|chosen"
    r"|hub_subscription|target_pause|reference_import|entry_tally|measured"
    r"|\S+ USING (COVERING INDEX|INDEX (entry_claimed|entry_due|forward_trouble)))"
)
# What is sorted: groups, the orders of a batch, the batches of a run, the orders with an external id, the few entries
# that wait in other states than new, those that people must look at.
SORTED = (
    *("trouble IS NOT NULL", "ORDER BY count(*) DESC", "WHERE batch_id = ?", "OR part_of = ?", "WHERE x.id = ?"),
    *(f"GROUP BY {name} ORDER BY" for name in ("code", "error_code", "value", "minute")),
    *("kind IN ('submit', 'http') ORDER BY started_at", "ORDER BY created_at, seq LIMIT ?"),
)
# The beginning of a table or of an index, in its own order.
FIRST_ROWS = re.compile(r"SCAN \S+( USING INDEX \S+)?$")


class RecordedCursor(sqlite.Cursor):  # type: ignore[misc]
    def execute(self, statement: str, *parameters: Any) -> Any:
        self.connection.statements.add(statement)
        return super().execute(statement, *parameters)

    def executemany(self, statement: str, parameters: Any) -> Any:
        self.connection.statements.add(statement)
        return super().executemany(statement, parameters)


class RecordedConnection(SqliteStore):
    statements: set[str]

    def cursor(self, *_: Any) -> Any:
        return super().cursor(RecordedCursor)

    def execute(self, statement: str, *parameters: Any) -> Any:
        return self.cursor().execute(statement, *parameters)

    def executemany(self, statement: str, parameters: Any) -> Any:
        return self.cursor().executemany(statement, parameters)


@pytest.fixture
def statements(ordercli: Ordercli, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The statements of the commands that are run, as they are given to the driver."""
    with closing(make_database(ordercli.database)) as connection:
        enqueue(connection, *product_orders(2))
        enqueue(connection, product_order("PO-3"), state="pending", execute_after="2999-01-01T00:00:00.000Z")
    write_orders(ordercli.folder / "existing.ndjson", *product_orders(4, first=4))
    write_orders(ordercli.folder / "orders.ndjson", *product_orders(3, first=11))
    write_orders(ordercli.folder / "far.ndjson", product_order("FAR-1"))
    (ordercli.folder / "targets.toml").write_text('[targets.crm]\nurl = "http://127.0.0.1:9"\n')
    write_orders(ordercli.folder / "bad.ndjson", {"externalId": "PO-99"})
    (ordercli.folder / "patch.json").write_text('{"requestedCompletionDate": "2026-03-20T17:00:00Z"}')
    (ordercli.folder / "records.ndjson").write_text('{"@type": "Currency", "id": "EUR", "status": "active"}\n')
    assert ordercli("reference", "import", "records.ndjson").exit_code == 0
    assert ordercli("submit", "existing.ndjson").exit_code == 0
    write_orders(ordercli.folder / "sent.ndjson", product_order("FAR-2"))
    assert ordercli("submit", "sent.ndjson", "--target", "crm", "--config", "targets.toml").exit_code == 0

    found: set[str] = set()
    recorded = type("Recorded", (RecordedConnection,), {"statements": found})
    connect = sqlite.connect
    monkeypatch.setattr(sqlite, "connect", lambda *args, **options: connect(*args, **{**options, "factory": recorded}))
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_no_table_is_read_or_sorted_as_a_whole(command: str, ordercli: Ordercli, statements: set[str]) -> None:
    result = ordercli(*command.split())

    assert result.exit_code in {0, 1, 75, FIND_NOTHING.get(command)}, result.stderr
    seen = sorted(statements)
    with closing(make_database(ordercli.database)) as connection:
        plans = {text: [step for step in plan_of(connection, text) if is_bad(step, text)] for text in seen}
    assert seen
    assert {text: plan for text, plan in plans.items() if plan} == {}


# The filters of `list`, each with the indexes that its statements may search in; without one, it reads orders.
FILTERS: dict[str, set[str]] = {
    "--state new": {"order_by_state"},
    "--customer customer-1": {"order_customer"},
    "--external-id PO-5": {"further_external_id", "order_key"},
    "--batch bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb": {"order_batch"},
    "--since 2026-01-01": {"order_created"},
    "--until 2999-01-01": {"order_created"},
    "--currency EUR": {"order_currency"},
    "--target crm": {"sqlite_autoindex_forward_1"},  # for each order, the newest first
    "--trouble": {"sqlite_autoindex_customer_order_1"},  # for each that `forward_trouble` has
    "--source cli": set(),
    "--resource productOrder": set(),
    "--where orderCurrency=EUR": set(),
    "--characteristic a=b": set(),
    "--party customer-1": set(),
    "--due-before 2999-01-01": set(),
    "--action add": set(),
    "--offering HF1000": set(),
}
INDEX = re.compile(r"SEARCH .* USING (?:COVERING )?INDEX (\w+)")


def test_each_filter_of_a_list_has_an_index_or_is_told_to_have_none(ordercli: Ordercli, statements: set[str]) -> None:
    searched: dict[str, set[str]] = {}
    for each in FILTERS:
        statements.clear()
        assert ordercli("list", *each.split()).exit_code == 0
        seen = sorted(statements)
        with closing(make_database(ordercli.database)) as connection:
            steps = {step for text in seen if "FROM customer_order" in text for step in plan_of(connection, text)}
        searched[each] = {found[1] for step in steps if (found := INDEX.match(step))}

    assert searched == FILTERS


def plan_of(connection: Any, statement: str) -> list[str]:
    if not re.match(r"\s*(SELECT|UPDATE|DELETE|INSERT|WITH)\b", statement):
        return []
    parameters = [None] * statement.count("?")
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]


def is_bad(step: str, statement: str) -> bool:
    last = statement.rpartition("FROM ")[2]
    if FIRST_ROWS.match(step) and "WHERE" not in last and "LIMIT" in last:
        return False
    if FIRST_ROWS.match(step) and "WHERE EXISTS (SELECT 1 FROM forward" in statement and "LIMIT" in last:
        return False  # the newest orders, until enough of them are at the target
    by_external_id = "external_id = ?" in last or "external_id IN (SELECT wanted" in statement
    if step.startswith("USE TEMP") and by_external_id:
        return False  # a row a source
    if step.startswith("USE TEMP") and any(part in statement for part in SORTED):
        return False
    return (step.startswith("SCAN") and not FINE.match(step)) or step == "USE TEMP B-TREE FOR ORDER BY"
