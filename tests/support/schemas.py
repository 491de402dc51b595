"""Restore databases of every schema version from the dumps in tests/data/schemas."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from ordercli.database.migrate import run_missing
from ordercli.database.opening import open_as_it_is
from ordercli.database.postgres_upgrade import server_engine
from ordercli.database.sqlite import connect, journal_settings, sqlite

if TYPE_CHECKING:
    from ordercli.database.store import Store

DUMPS = {int(file.stem): file for file in sorted((Path(__file__).parents[1] / "data" / "schemas").glob("*.sql"))}
TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
TABLES_OF_A_SERVER = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
Content = dict[str, list[dict[str, Any]]]


def database_of(version: int, folder: Path) -> str:
    """Restore a database of this schema with rows in every table, and return its path."""
    path = folder / f"schema-{version}.db"
    connection: Any = sqlite.connect(path)
    with closing(connection):
        connection.executescript(DUMPS[version].read_text("utf-8"))
        connection.execute(f"PRAGMA journal_mode = {journal_settings(sqlite.sqlite_version_info)[0]}")
    return str(path)


def content(database: str) -> Content:
    """Return every row of every table, by column."""
    with closing(open_as_it_is(database)) as connection:
        names = connection.execute(TABLES_OF_A_SERVER if connection.engine == "postgresql" else TABLES).fetchall()
        return {name: _rows(connection, name) for (name,) in names}


def upgrade_server_to(version: int, address: str) -> None:
    """Make the tables of this schema in an empty database of a server."""
    engine = server_engine(address)
    with engine.begin() as connection:
        run_missing(connection, version)
    engine.dispose()


def definitions(path: str) -> dict[str, str | None]:
    """Return the SQL text of every table, index and trigger, by name; None for indexes that SQLite makes by itself."""
    with closing(connect(path)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall())


def _rows(connection: Store, table: str) -> list[dict[str, Any]]:
    cursor: Any = connection.execute(f"SELECT * FROM {table}")
    columns = [column[0] for column in cursor.description]
    return sorted((dict(zip(columns, row, strict=True)) for row in cursor), key=lambda row: str(list(row.values())))


# The tables that migrations add empty, by the schema that has them first.
_NEW_TABLES = {
    8: ["order_external_id"],
    10: ["kept_answer", "reference_generation"],
    11: ["api_token"],
    12: ["batch_finding"],
    13: ["hub_lease", "hub_subscription"],
    16: ["forward", "target_pause"],
    19: ["batch_value"],
    23: ["reference_import"],
}

# The columns that later migrations add, by the schema that has them first.
_NEW_COLUMNS: list[tuple[int, str, dict[str, Any]]] = [
    (16, "batch", {"target": None}),
    (16, "inbound_entry", {"target": None}),
    (17, "inbound_entry", {"submitted_by": None, "changed_by": None}),
    (18, "batch", {"cancelled_at": None, "cancel_reason": None}),
    (19, "batch_finding", {"refused": 0}),
    (21, "queue_pause", {"paused_by": None, "reason": None}),
    (22, "forward", {"asked_at": None}),
]


def upgraded(before: Content, version: int) -> Content:
    """Return the rows that the database must have after the upgrade: its own, changed as each migration does."""
    after = {table: [dict(row) for row in rows] for table, rows in before.items()}
    if version < 2:
        after |= {"reference_record": [], "specification_relation": [], "order_line_work_note": []}
        _add(after, "inbound_entry", work_notes=None)
    if version < 3:
        after |= {"revised_document": [], "order_history": _creations(before)}
        _add(after, "customer_order", assessed_from=None)
        _add(after, "order_line_item", assessed_from=None)
    if version < 4:
        after["queue_pause"] = []
        _add(after, "batch", worker=None, resume_with=None, purged=0, purged_completed=0)
        _add(after, "inbound_entry", reason=None)
    if version < 5:
        after["sent_again"] = []
        _add(after, "batch", rejects_digest=None, kind="submit", part_of=None)
        _add(after, "inbound_entry", exported_at=None, sent_again_as=None)
    # 0006 drops a constraint.
    if version < 7:
        _add(after, "customer_order", resource="productOrder")
    for since, table, columns in _NEW_COLUMNS:
        if version < since and table in after:
            _add(after, table, **columns)
    after |= {name: [] for since, names in _NEW_TABLES.items() if version < since for name in names}
    if version < 24:
        after["entry_tally"] = _tallies(after)
    for row in after["inbound_entry"]:
        row["reason"] = row["reason"] or ("discarded" if row["state"] == "cancelled" else None)
    after["alembic_version"] = [{"version_num": f"{max(DUMPS):04}"}]
    return dict(sorted(after.items()))


def _add(content: Content, table: str, **columns: Any) -> None:
    for row in content[table]:
        row.update(columns)


def _tallies(content: Content) -> list[dict[str, Any]]:
    failed = [
        (row["resource"], row["target"] or "", row["error_code"])
        for row in content["inbound_entry"]
        if row["state"] == "error"
    ]
    return [
        {"resource": resource, "target": target, "what": "failed", "cause": code, "count": n}
        for (resource, target, code), n in sorted(Counter(failed).items())
    ]


def _creations(before: Content) -> list[dict[str, Any]]:
    """Older schemas did not record who created an order."""
    orders = sorted(before["customer_order"], key=lambda row: (row["created_at"], row["seq"]))
    nothing = dict.fromkeys(("change_types", "changes", "cancellation", "run_id"))
    return [
        {"seq": n, "order_seq": order["seq"], "version": 1, "at": order["created_at"], "actor": "unknown"}
        | {"kind": "creation", **nothing}
        for n, order in enumerate(orders, 1)
    ]


def fill_server(address: str, rows: Content) -> None:
    """Insert rows into the empty tables of a server's database, as they are in a file of the same schema."""
    booleans = sql.SQL("SELECT table_name, column_name FROM information_schema.columns WHERE data_type = 'boolean'")
    with psycopg.connect(address) as connection:
        connection.execute("SET session_replication_role = replica")  # in any order, whatever refers to what
        truths = set(connection.execute(booleans).fetchall())
        for table, found in rows.items():
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
            for row in found:
                values = {name: bool(value) if (table, name) in truths else value for name, value in row.items()}
                statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                    sql.Identifier(table),
                    sql.SQL(", ").join(map(sql.Identifier, values)),
                    sql.SQL(", ").join(sql.Placeholder() * len(values)),
                )
                connection.execute(statement, list(values.values()))
            if found and "seq" in found[0]:  # tables that take their numbers from another have no sequence
                numbers = sql.SQL("SELECT setval(pg_get_serial_sequence({}, 'seq'), (SELECT max(seq) FROM {}))")
                connection.execute(numbers.format(sql.Literal(table), sql.Identifier(table)))
