"""Make an example of a rule from a valid order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def edited(order: dict[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    """Change an order in place: by JSON pointer the new value, or None to remove the member. Return the order."""
    for pointer, value in edits.items():
        _edit(order, pointer.split("/")[1:], value)
    return order


def _edit(order: dict[str, Any], path: list[str], value: object) -> None:
    parent: Any = order
    for name in path[:-1]:
        parent = parent[int(name) if isinstance(parent, list) else name]
    if isinstance(parent, list):
        parent[int(path[-1])] = value
    elif value is None:
        del parent[path[-1]]
    else:
        parent[path[-1]] = value
