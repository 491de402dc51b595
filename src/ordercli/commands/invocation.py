"""What a command knows of how it was called: settings, output, database."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ordercli.commands.options import given
from ordercli.render.output import Format, Output, end_with_reader
from ordercli.settings import Settings, default_database, load, settings_files

if TYPE_CHECKING:
    import typer

    from ordercli.database.driver import Connection
    from ordercli.output_files.guard import OutputFiles
    from ordercli.output_files.output_file import OutputFile
    from ordercli.render.file_failures import FileFailures


class Invocation:
    """One call of a command; `flags` are settings by dotted name, `__` for the dot.

    A command that only shows something ends quietly when its reader has gone (`| head`). One that judges or changes
    something says `works=True`: it goes on to its end, and its exit code tells what it found.
    """

    def __init__(self, context: typer.Context, *, works: bool = False, **flags: Any) -> None:  # noqa: ANN401
        if not works:
            end_with_reader()
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

    @cached_property
    def failures(self) -> FileFailures:
        """The files that could not be written while the work went on."""
        from ordercli.render.file_failures import FileFailures  # noqa: PLC0415 - most commands write no file

        return FileFailures(self.output)

    @cached_property
    def output_files(self) -> OutputFiles:
        """The guard that every path goes through which an option writes."""
        from ordercli.output_files.guard import OutputFiles  # noqa: PLC0415 - most commands write no file

        return OutputFiles(self.database, [path for path in settings_files(self.config) if path.is_file()])

    def log_file(self, path: str | None) -> OutputFile | None:
        """The file of `--log-file`."""
        return None if path is None else self.output_files.appended("--log-file", path)

    def metrics_file(self, path: str | None) -> OutputFile | None:
        """The file of `--metrics-file`."""
        return None if path is None else self.output_files.replaced("--metrics-file", path)
