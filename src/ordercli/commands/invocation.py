"""What a command knows of how it was called: settings, output, database."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ordercli.commands.options import given
from ordercli.render.output import Format, Output
from ordercli.settings import Settings, default_database, load

if TYPE_CHECKING:
    import typer

    from ordercli.database.driver import Connection


class Invocation:
    """One call of a command."""

    def __init__(self, context: typer.Context, **flags: Any) -> None:  # noqa: ANN401 - settings by dotted name, `__` for the dot
        options = given(context)
        named = {name: options.get(name) for name in ("database", "profile", "output")}
        named |= {name.replace("__", "."): value for name, value in flags.items()}
        self.config: str | None = options.get("config")
        self.settings: Settings = load(named, config=self.config)
        self.output = Output(
            Format(self.settings.output),
            quiet=bool(options.get("quiet")),
            verbose=int(bool(options.get("verbose"))),
            color=not options.get("no_color"),
            database=options.get("database"),
            config=self.config,
        )

    @cached_property
    def database(self) -> str:
        """The path of the database."""
        return self.settings.database or default_database()

    def connect(self) -> Connection:
        """An open connection to the database, which is made or upgraded if need be."""
        from ordercli.database.connection import open_database  # noqa: PLC0415 - not every command has a database

        return open_database(self.database)
