"""Values reach the database as bound parameters alone: statements are put together from nothing but constants."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "ordercli"
# A migration makes tables, for which there are no parameters, and knows no data of users.
EVERY_MODULE = [path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts]
# Whole tables are counted, compared and copied, and rows inserted, by the names that the program gave to them.
OF_TABLES = {
    SOURCE / "database" / name for name in ("copying.py", "catalogue.py", "sqlite.py", "postgres.py", "statements.py")
}
MODULES = [path for path in EVERY_MODULE if path not in OF_TABLES]
INSERTING = {"insert", "insert_all_or_none"}
EXECUTING = {"execute", "executemany", "executescript", "exec_driver_sql", "stream"}
STATEMENT = re.compile(
    r"\b(SELECT .*FROM|INSERT INTO|UPDATE .*SET|DELETE FROM|REPLACE INTO|(CREATE|DROP|ALTER) (TABLE|INDEX|VIEW)|"
    r"PRAGMA|ATTACH|DETACH|WHERE|ORDER BY|VALUES)\b",
    re.DOTALL,
)
CONSTANT = re.compile(r"_?[A-Z][A-Z0-9_]*")
# The functions that make a statement, or a part of one, from a row type.
MAKERS = {"columns", "select", "insert", "update", "upsert"}
# A PRAGMA takes no parameters; these words are chosen by the version of SQLite and by the number of a migration.
PRAGMAS = {
    "f'PRAGMA journal_mode = {journal}'",
    "f'PRAGMA synchronous = {synchronous}'",
    "f'PRAGMA user_version = {to}'",
}


def is_constant(node: ast.expr) -> bool:
    """Whether text is known when the program is written: a literal, a constant of a module, or several of them."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return CONSTANT.fullmatch(name) is not None
        case ast.JoinedStr(values=parts):
            return all(is_constant(part.value if isinstance(part, ast.FormattedValue) else part) for part in parts)
        case ast.BinOp(left=one, op=ast.Add(), right=other) | ast.IfExp(body=one, orelse=other):
            return is_constant(one) and is_constant(other)
        case ast.Call(func=ast.Name(id=name), args=[ast.Name(), *rest]) if name in MAKERS:
            return all(map(is_constant, rest))  # made from a row type
    return False


def is_the_columns(node: ast.expr) -> bool:
    """Return whether these are columns that are known when the program is written: texts, or the fields of a row."""
    match node:
        case ast.Tuple(elts=texts):
            return all(map(is_constant, texts))
        case ast.Attribute(value=ast.Name(), attr="_fields" | "__struct_fields__"):
            return True
    return False


def built_texts(tree: ast.Module) -> Iterator[ast.expr]:
    """Texts that are put together: `+`, `%`, f-strings, `format`, `join`, `replace`."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(op=ast.Add() | ast.Mod()) | ast.JoinedStr():
                yield node
            case ast.Call(func=ast.Attribute(attr="format" | "format_map" | "join" | "replace")):
                yield node


def says_sql(node: ast.expr) -> bool:
    """Whether there are words of SQL in the literal parts of a text."""
    return any(
        isinstance(part, ast.Constant) and isinstance(part.value, str) and STATEMENT.search(part.value)
        for part in ast.walk(node)
    )


def executed(tree: ast.Module) -> Iterator[ast.expr]:
    """The statements of all calls that execute one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in EXECUTING:
            yield from node.args[:1]  # the stream of a request has none


def is_named_or_selected(node: ast.expr) -> bool:
    """Whether a statement was made elsewhere, or by SQLAlchemy, which binds what it is given."""
    match node:
        case ast.Name() | ast.Attribute():
            return True
        case ast.Call(func=ast.Attribute(attr="where" | "order_by" | "execution_options")):
            return True
    return False


@pytest.mark.parametrize(
    ("text", "constant"),
    [
        ("'SELECT 1'", True),
        ("_VIEW + ' WHERE id = ?'", True),
        ("f'{entries.VIEW} WHERE id = ?'", True),
        ("'a' if x else _B", True),
        ("select(OrderRow, 'WHERE seq = ?')", True),
        ("f'SELECT {columns(OrderRow)} FROM customer_order'", True),
        ("select(OrderRow, condition)", False),
        ("'SELECT ' + name", False),
        ("f'SELECT {name}'", False),
        ("'SELECT %s' % name", False),
        ("'SELECT {}'.format(name)", False),
        ("' '.join(names)", False),
    ],
)
def test_what_counts_as_constant(text: str, *, constant: bool) -> None:
    assert is_constant(ast.parse(text, mode="eval").body) is constant


def test_no_statement_is_built_of_anything_but_constants() -> None:
    built = {
        f"{path.relative_to(SOURCE)}:{node.lineno}": ast.unparse(node)
        for path in MODULES
        for node in built_texts(ast.parse(path.read_text()))
        if says_sql(node) and not is_constant(node)
    }

    assert {place: text for place, text in built.items() if text not in PRAGMAS} == {}
    assert set(built.values()) == PRAGMAS


def test_what_is_executed_is_constant_or_has_a_name() -> None:
    loose = {
        f"{path.relative_to(SOURCE)}:{node.lineno}": ast.unparse(node)
        for path in MODULES
        for node in executed(ast.parse(path.read_text()))
        if not (is_constant(node) or is_named_or_selected(node) or ast.unparse(node) in PRAGMAS)
    }

    assert loose == {}


def test_tables_and_columns_of_new_rows_are_constant() -> None:
    loose = {
        f"{path.relative_to(SOURCE)}:{node.lineno}": ast.unparse(node)
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in INSERTING
        and len(node.args) == 3  # a list has two
        and not all(is_constant(each) or is_the_columns(each) for each in node.args[:2])
    }

    assert set(loose.values()) <= {"new.insert(table.name, table.columns, chunk)"}
