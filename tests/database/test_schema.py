"""Tables, migrations and literal statements say the same."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlmodel import SQLModel

import ordercli
from ordercli.database.driver import connect
from ordercli.database.migrate import engine

if TYPE_CHECKING:
    from types import ModuleType

    from ordercli.database.driver import Connection

STATEMENT = re.compile(r"(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE|CREATE) ")
INSERT = re.compile(r"INSERT (?:OR \w+ )?INTO (\w+) \(([^)]*)\)")


def modules() -> dict[str, ModuleType]:
    """Every module that has tables or statements."""
    package = Path(ordercli.__file__).parent
    files = [file for folder in ("inbound", "orders", "reference") for file in sorted((package / folder).glob("*.py"))]
    return {
        f"{file.parent.name}.{file.stem}": import_module(f"ordercli.{file.parent.name}.{file.stem}") for file in files
    }


def statements(module: ModuleType) -> Iterator[str]:
    """The SQL texts of a module, put together as Python does it."""
    waiting: list[ast.AST] = [ast.parse(Path(str(module.__file__)).read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant | ast.BinOp | ast.JoinedStr):
            text = value(node, module)
            if isinstance(text, str) and STATEMENT.match(text):
                yield text
        else:
            waiting += ast.iter_child_nodes(node)


def value(node: ast.expr, module: ModuleType) -> object:
    """What an expression gives without the variables of a function; None where it needs these."""
    try:
        return eval(compile(ast.Expression(node), "statement", "eval"), vars(module))  # noqa: S307 - our own code
    except NameError:
        return None


MODULES = modules()
ALL = [(name, text) for name, module in MODULES.items() for text in statements(module)]
STATEMENTS = [(name, text) for name, text in ALL if not text.startswith("CREATE")]
STAGING = sorted(text for _, text in ALL if text.startswith(("CREATE TABLE", "CREATE TEMP VIEW")))
INSERTS = sorted({match.groups() for _, text in STATEMENTS if (match := INSERT.match(text))})


def schema(connection: Connection) -> dict[str, list[str]]:
    """Each table and index with the clauses that make it; their order says nothing."""
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_schema WHERE type <> 'trigger' AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    )
    clauses = r",\s*\n\s*|\s*\(\n\s*|\n\)\s*|, (?=\w+ (?:VARCHAR|INTEGER|BLOB|BOOLEAN)\b)"
    return {name: sorted(re.split(clauses, sql.strip())) for name, sql in rows}


def test_migrations_make_the_tables_that_the_models_describe(connection: Connection, tmp_path: Path) -> None:
    described = str(tmp_path / "described.db")
    SQLModel.metadata.create_all(engine(described))

    migrated = schema(connection)

    assert migrated.pop("alembic_version")
    with closing(connect(described)) as other:
        assert migrated == schema(other)


@pytest.mark.parametrize(("module", "statement"), STATEMENTS)
def test_every_statement_fits_the_tables(connection: Connection, module: str, statement: str) -> None:
    connection.execute("ATTACH ':memory:' AS staging")
    for made in STAGING:
        connection.execute(made)

    plan = connection.execute(f"EXPLAIN {statement}", [None] * statement.count("?")).fetchall()

    assert plan, module


@pytest.mark.parametrize(("table", "columns"), INSERTS)
def test_every_insert_fills_the_columns_that_must_not_be_null(connection: Connection, table: str, columns: str) -> None:
    rows = connection.execute(f"PRAGMA table_info({table})").fetchall()
    needed = {name for _, name, _, not_null, default, _ in rows if not_null and default is None}
    given_by_sqlite = {name for _, name, kind, _, _, key in rows if kind == "INTEGER" and key == 1}

    assert needed - set(columns.split(", ")) <= given_by_sqlite


def test_every_table_has_its_insert() -> None:
    inserted = {table for table, _ in INSERTS}

    assert inserted == set(SQLModel.metadata.tables)
