"""The SQL that stands in the store files."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import ordercli

if TYPE_CHECKING:
    from collections.abc import Iterator
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
