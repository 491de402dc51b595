"""What a database holds besides its rows: tables, indexes, triggers, and how large they are."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ordercli.database.address import beside
from ordercli.database.sqlite import sqlite
from ordercli.database.store import Store

# Each table, and whether counting its rows is slow: a table with documents and no index besides its key must be read
# as a whole.
_TABLES = {
    "sqlite": """
    SELECT name, EXISTS (SELECT 1 FROM pragma_table_info(sqlite_schema.name) WHERE name = 'body')
           AND NOT EXISTS (SELECT 1 FROM pragma_index_list(sqlite_schema.name))
    FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name
    """,
    "postgresql": """
    SELECT relname,
           EXISTS (SELECT 1 FROM pg_attribute
                   WHERE attrelid = pg_class.oid AND attname = 'body' AND NOT attisdropped)
           AND (SELECT count(*) FROM pg_index WHERE indrelid = pg_class.oid) < 2
    FROM pg_class
    WHERE relkind IN ('r', 'p') AND NOT relispartition
    AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass('inbound_entry'))
    ORDER BY relname
    """,
}


class Figures(NamedTuple):
    """Sizes in bytes, pages by number; None is what the engine does not have.

    `wal_bytes` is None, too, where there is no write-ahead log beside the file.
    """

    bytes: int
    wal_bytes: int | None = None
    sqlite_version: str | None = None
    server_version: str | None = None
    journal_mode: str | None = None
    page_size: int | None = None
    pages: int | None = None
    free_pages: int | None = None


def figures(connection: Store, database: str) -> Figures:
    """Return the figures of a file and of the write-ahead log beside it, or of the database of a server."""
    return _FIGURES[connection.engine](connection, database)


def _figures_of_server(connection: Store, _database: str) -> Figures:
    size, version = connection.execute(
        "SELECT pg_database_size(current_database()), current_setting('server_version')"
    ).fetchone()
    return Figures(size, server_version=version)


def _figures_of_file(connection: Store, database: str) -> Figures:
    values = [
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "page_size", "page_count", "freelist_count")
    ]
    wal = beside(database, "-wal")
    wal_size = wal.stat().st_size if wal.exists() else None
    return Figures(Path(database).stat().st_size, wal_size, sqlite.sqlite_version, None, *values)


_FIGURES = {"sqlite": _figures_of_file, "postgresql": _figures_of_server}


def row_counts(connection: Store) -> dict[str, int | None]:
    """Count the rows of each table over an index; None if every document would have to be read for it."""
    found = connection.execute(_TABLES[connection.engine]).fetchall()
    return {name: None if is_slow else _count(connection, name) for name, is_slow in found}


def _count(connection: Store, table: str) -> int:
    count: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    return count


# The triggers that the migrations make, each with its table.
TRIGGERS = {
    "history_no_update": "order_history",
    "history_no_delete": "order_history",
    "order_state_transition": "customer_order",
    "line_state_transition": "order_line_item",
}
# The objects that docs/partitioning.sql makes.
PARTITIONING = (
    "customer_order_id",
    "customer_order_external_id",
    "customer_order_ids",
    "customer_order_order_id_key",
    "history_version",
)
_OBJECTS = {
    "sqlite": "SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY 1, 2",
    # Without what belongs to a constraint, a partition or an extension.
    "postgresql": """
    WITH ours AS (SELECT relnamespace AS namespace FROM pg_class WHERE oid = to_regclass('inbound_entry')),
    found (kind, name, relation, class, object) AS (
        SELECT CASE relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'f' THEN 'table' WHEN 'v' THEN 'view'
                            WHEN 'm' THEN 'view' ELSE 'index' END,
               relname, COALESCE((SELECT owner.relname FROM pg_index JOIN pg_class AS owner ON owner.oid = indrelid
                                  WHERE indexrelid = pg_class.oid), relname), 'pg_class'::regclass, pg_class.oid
        FROM pg_class, ours
        WHERE relnamespace = namespace AND relkind IN ('r', 'p', 'f', 'v', 'm', 'i', 'I') AND NOT relispartition
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = pg_class.oid AND contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT 'trigger', tgname, relname, 'pg_trigger'::regclass, pg_trigger.oid
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid, ours
        WHERE relnamespace = namespace AND NOT tgisinternal AND NOT relispartition
        UNION ALL
        SELECT 'rule', rulename, relname, 'pg_rewrite'::regclass, pg_rewrite.oid
        FROM pg_rewrite JOIN pg_class ON pg_class.oid = ev_class, ours
        WHERE relnamespace = namespace AND rulename <> '_RETURN'
    )
    SELECT kind, name, relation FROM found
    WHERE NOT EXISTS (SELECT FROM pg_depend WHERE classid = class AND objid = object AND deptype = 'e')
    ORDER BY 1, 2, 3
    """,
}


class Object(NamedTuple):
    """A table, index, view, trigger or rule; `table` is the table that it belongs to, for a table itself."""

    kind: str
    name: str
    table: str


def objects(connection: Store) -> list[Object]:
    """Return all objects in the schema that has the tables of ordercli."""
    return [Object(*row) for row in connection.execute(_OBJECTS[connection.engine]).fetchall()]


def foreign_objects(connection: Store, tables: set[str], indexes: set[str]) -> list[Object]:
    """Return the objects in that schema that ordercli did not make; `tables` and `indexes` are the names of its own."""
    known = {"table": tables | {"alembic_version"}, "index": indexes}
    return [
        each
        for each in objects(connection)
        if each.name not in known.get(each.kind, ())
        and each.name not in PARTITIONING
        and (each.kind != "trigger" or TRIGGERS.get(each.name) != each.table)
    ]
