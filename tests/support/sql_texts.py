"""Find the SQL statements in the source of functions that use a store, for each engine."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import ordercli
from ordercli.database.postgres import PostgresStore
from ordercli.database.sqlite import SqliteStore
from ordercli.database.statements import Row, insert, select

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

# The functions of database/statements.py.
MAKERS = {"select", "insert", "update", "upsert"}
STATEMENT = re.compile(r"(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE|CREATE) ")


def modules() -> dict[str, ModuleType]:
    """Every module that has tables or statements."""
    package = Path(ordercli.__file__).parent
    folders = ("queue", "orders", "resources/product_order", "reference", "clients", "forwarding")
    files = [file for folder in folders for file in sorted((package / folder).glob("*.py"))]
    return {
        f"{file.parent.name}.{file.stem}": import_module(
            ".".join(("ordercli", *file.relative_to(package).with_suffix("").parts))
        )
        for file in files
    }


def statements(module: ModuleType, words: object) -> Iterator[str]:
    """Return the SQL texts of a module, put together as Python does it; `words` has those of an engine."""
    names = {**vars(module), "store": words, "connection": words}
    waiting: list[ast.AST] = [ast.parse(Path(str(module.__file__)).read_text("utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Constant | ast.BinOp | ast.JoinedStr) or makes_statement(node):
            text = value(node, names)
            if isinstance(text, str) and STATEMENT.match(text):
                yield text
        else:
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"insert", "insert_all_or_none"}:
                table, columns = (value(each, names) for each in node.args[:2])
                yield as_insert(table, cast("Sequence[str]", columns))
            waiting += ast.iter_child_nodes(node)


def makes_statement(node: ast.AST) -> TypeGuard[ast.Call]:
    """Return whether this is a call that makes a statement from a row type."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS


def as_insert(table: object, columns: Sequence[str]) -> str:
    """Return the INSERT that writes new rows."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def value(node: ast.expr, names: dict[str, Any]) -> object:
    """Return the value of an expression; None if it needs local variables of a function."""
    try:
        return eval(compile(ast.Expression(node), "statement", "eval"), names)  # noqa: S307 - our own code
    except NameError:
        return None


def row_types(of: type[Row] = Row) -> Iterator[type[Row]]:
    """Return every row type of the program."""
    for row_type in of.__subclasses__():
        yield row_type
        yield from row_types(row_type)


MODULES = modules()
ROW_TYPES = sorted(row_types(), key=attrgetter("__name__"))
OF_ROW_TYPES = [
    *((row_type.__name__, select(row_type, "LIMIT 1")) for row_type in ROW_TYPES),
    # Rows to be inserted have a separate row type, whose name begins with New.
    *(
        (row_type.__name__, insert(row_type))
        for row_type in ROW_TYPES
        if row_type.__name__.endswith("Row") or row_type.__name__.startswith("New")
    ),
]
ALL = [(name, text) for name, module in MODULES.items() for text in statements(module, SqliteStore)] + OF_ROW_TYPES
ALL_OF_A_SERVER = [
    *((name, text) for name, module in MODULES.items() for text in statements(module, PostgresStore)),
    *OF_ROW_TYPES,
]
