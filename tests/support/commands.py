"""The tree of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from ordercli.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator


def _tree() -> Iterator[list[str]]:
    root: Any = typer.main.get_command(app)
    context = typer.Context(root, info_name="ordercli")
    yield []
    for name in root.list_commands(context):
        yield from _below(root.resolve_command(context, [name])[1], [name])


def _below(command: Any, path: list[str]) -> Iterator[list[str]]:
    """A command, and those of its group."""
    yield path
    for name, child in getattr(command, "commands", {}).items():
        yield from _below(child, [*path, name])


# Every command and group, as it is typed after `ordercli`.
TREE = list(_tree())


def command_at(path: list[str]) -> Any:
    """The command or group of that path."""
    root: Any = typer.main.get_command(app)
    command = root.resolve_command(typer.Context(root, info_name="ordercli"), path[:1])[1] if path else root
    for name in path[1:]:
        command = command.commands[name]
    return command
