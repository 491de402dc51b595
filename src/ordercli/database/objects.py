"""What stands in the schema of a database beside its rows: tables, indexes, views, triggers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.dialect import is_postgresql

if TYPE_CHECKING:
    from ordercli.database.driver import Connection

# The triggers that the migrations make, each with its table.
TRIGGERS = {
    "history_no_update": "order_history",
    "history_no_delete": "order_history",
    "order_state_transition": "customer_order",
    "line_state_transition": "order_line_item",
}
# What docs/partitioning.sql makes.
PARTITIONING = (
    "customer_order_id",
    "customer_order_external_id",
    "customer_order_ids",
    "customer_order_order_id_key",
    "history_version",
)
_OF_FILE = "SELECT type, name, tbl_name FROM sqlite_schema WHERE name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY 1, 2"
# Without what belongs to a constraint, a partition or an extension.
_OF_SERVER = """
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
"""


class Object(NamedTuple):
    """A table, index, view, trigger or rule, and the table that it belongs to (a table: itself)."""

    kind: str
    name: str
    table: str


def objects(connection: Connection) -> list[Object]:
    """Everything in the schema that holds the tables of ordercli."""
    statement = _OF_SERVER if is_postgresql(connection) else _OF_FILE
    return [Object(*row) for row in connection.execute(statement).fetchall()]


def foreign_objects(connection: Connection, tables: set[str], indexes: set[str]) -> list[Object]:
    """Everything there that ordercli did not make, given the names of what it makes."""
    known = {"table": tables | {"alembic_version"}, "index": indexes}
    return [
        each
        for each in objects(connection)
        if each.name not in known.get(each.kind, ())
        and each.name not in PARTITIONING
        and (each.kind != "trigger" or TRIGGERS.get(each.name) != each.table)
    ]
