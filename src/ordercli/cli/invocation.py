"""What a command knows of how it was called: settings, output, database."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from ordercli.cli.options import databases, given
from ordercli.database.address import Database, understood, where
from ordercli.errors import UnreadableDatabaseError, UsageError
from ordercli.output.stream import Format, Output, end_with_reader
from ordercli.settings import Settings, default_database, load, settings_files

if TYPE_CHECKING:
    import typer

    from ordercli.output.problems import FileFailures
    from ordercli.output_files.guard import OutputFiles
    from ordercli.output_files.output_file import OutputFile


class Invocation:
    """One call of a command; `flags` are settings by dotted name, `__` for the dot.

    A command that only shows something ends quietly when its reader has gone (`| head`). One that judges or changes
    something says `works=True`: it goes on to its end, and its exit code tells what it found.
    """

    def __init__(self, context: typer.Context, *, works: bool = False, **flags: Any) -> None:  # noqa: ANN401
        if not works:
            end_with_reader()
        self._databases = databases(context)
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
        for note in self.settings.notes:
            self.output.warn(note)

    @cached_property
    def database(self) -> Database:
        """The database, which need not be there.

        Raises:
            UsageError: what names it is neither a path nor an address, or nothing names it and there is no home folder.
        """
        named = named_database(self.settings)
        if named is None:
            raise UsageError(
                "no database is named, and you have no home folder in which the default one could be",
                hint="name one with --database or ORDERCLI_DATABASE, or set HOME",
            )
        self._databases.append(named)
        return named

    @cached_property
    def failures(self) -> FileFailures:
        """The files that could not be written while the work went on."""
        from ordercli.output.problems import FileFailures  # noqa: PLC0415 - most commands write no file

        return FileFailures(self.output)

    @cached_property
    def output_files(self) -> OutputFiles:
        """The guard that every path goes through which an option writes."""
        from ordercli.output_files.guard import OutputFiles  # noqa: PLC0415 - most commands write no file

        return OutputFiles(
            named_database(self.settings), [file.path for file in settings_files(self.config) if file.exists]
        )

    def log_file(self, path: str | None) -> OutputFile | None:
        """The file of `--log-file`."""
        return None if path is None else self.output_files.appended("--log-file", path)

    def metrics_file(self, path: str | None) -> OutputFile | None:
        """The file of `--metrics-file`."""
        return None if path is None else self.output_files.replaced("--metrics-file", path)

    def tell_made(self, database: str) -> None:
        """Say that a new database was made, so that a wrong path does not go unnoticed."""
        self.output.note(f"new database: {where(database)}")

    @cached_property
    def database_to_consult(self) -> Database | None:
        """The database, for a command that also works without one: None where it cannot be read, which is told."""
        from ordercli.database.opening import exists  # noqa: PLC0415 - not every command has a database

        named = named_database(self.settings)
        try:
            if named is None or not exists(named):
                return None
        except UnreadableDatabaseError as error:
            self.output.warn(f"reference data is not used: {error.message}")
            return None
        self._databases.append(named)
        return named

    def named(self, text: str, argument: str) -> Database:
        """The database that an argument names, as `--database` would.

        Raises:
            UsageError: it is neither a path nor an address.
        """
        named = understood(text, argument, allows_network=self.settings.allow_network_file_system)
        self._databases.append(named)
        return named


def named_database(settings: Settings) -> Database | None:
    """The database that the settings name, else the default one; None where there is no home folder for that.

    Raises:
        UsageError: what they say is neither a path nor an address.
    """
    origin, allows_network = settings.origin("database"), settings.allow_network_file_system
    if settings.database is None:
        default = default_database()
        return Database(default, origin, allows_network=allows_network) if default else None
    return understood(settings.database, origin, settings.folder("database"), allows_network=allows_network)
