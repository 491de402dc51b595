"""The statements of the functions that use a store, in the words of each engine."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import ordercli
from ordercli.database.postgres import PostgresStore
from ordercli.database.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import ModuleType

STATEMENT = re.compile(r"(SELECT|INSERT|UPDATE|DELETE|WITH|REPLACE|CREATE) ")


def modules() -> dict[str, ModuleType]:
    """Every module that has tables or statements."""
    package = Path(ordercli.__file__).parent
    folders = ("queue", "resources/product_order", "reference")
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
        if isinstance(node, ast.Constant | ast.BinOp | ast.JoinedStr):
            text = value(node, names)
            if isinstance(text, str) and STATEMENT.match(text):
                yield text
        else:
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in {"insert", "insert_all_or_none"}:
                table, columns = (value(each, names) for each in node.args[:2])
                yield as_insert(table, cast("Sequence[str]", columns))
            waiting += ast.iter_child_nodes(node)


def as_insert(table: object, columns: Sequence[str]) -> str:
    """Return the INSERT that writes new rows."""
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def value(node: ast.expr, names: dict[str, Any]) -> object:
    """What an expression gives without the variables of a function; None where it needs these."""
    try:
        return eval(compile(ast.Expression(node), "statement", "eval"), names)  # noqa: S307 - our own code
    except NameError:
        return None


MODULES = modules()
ALL = [(name, text) for name, module in MODULES.items() for text in statements(module, SqliteStore)]
ALL_OF_A_SERVER = [(name, text) for name, module in MODULES.items() for text in statements(module, PostgresStore)]
