"""What a command knows of how it was called: settings, output, database, output files."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from ordercli.database.address import Database, understood, where
from ordercli.errors import UnreadableDatabaseError, UsageError
from ordercli.output.stream import Format, Output, end_with_reader
from ordercli.settings import Settings, default_database, load, settings_files

if TYPE_CHECKING:
    from ordercli.output.problems import FileFailures
    from ordercli.output_files.guard import OutputFiles
    from ordercli.output_files.output_file import OutputFile

# Keys of `Context.meta`: the global options that stand on the command line, by name, and the databases that the command
# has named so far, for its errors.
GIVEN = "ordercli.global_options"
DATABASES = "ordercli.databases"


class Invocation:
    """One call of a command; `flags` are settings by dotted name, `__` for the dot.

    A command that only shows something ends quietly when its reader has gone (`| head`). A command that validates or
    changes something passes `works=True`: it runs to its end, and its exit code tells what it found.
    """

    def __init__(self, context: typer.Context, *, works: bool = False, **flags: Any) -> None:
        if not works:
            end_with_reader()
        self._databases: list[str] = context.meta.setdefault(DATABASES, [])
        options: dict[str, Any] = context.meta.get(GIVEN, {})
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
        """The database, which need not exist.

        Raises:
            UsageError: Its name is neither a path nor an address, or there is no name and no home folder for a default.
        """
        named = named_database(self.settings)
        if named is None:
            raise UsageError(
                "no database is named, and you have no home folder for the default one",
                hint="name one with --database or ORDERCLI_DATABASE, or set HOME",
            )
        self._databases.append(named)
        return named

    @cached_property
    def failures(self) -> "FileFailures":
        """The output files that could not be written during the run."""
        from ordercli.output.problems import FileFailures  # noqa: PLC0415 - most commands write no file

        return FileFailures(self.output)

    @cached_property
    def output_files(self) -> "OutputFiles":
        """The guard that checks every path that an option writes."""
        from ordercli.output_files.guard import OutputFiles  # noqa: PLC0415 - most commands write no file

        return OutputFiles(
            named_database(self.settings), [file.path for file in settings_files(self.config) if file.exists]
        )

    def log_file(self, path: str | None) -> "OutputFile | None":
        """Return the file of `--log-file`."""
        return None if path is None else self.output_files.appended("--log-file", path)

    def metrics_file(self, path: str | None) -> "OutputFile | None":
        """Return the file of `--metrics-file`."""
        return None if path is None else self.output_files.replaced("--metrics-file", path)

    def tell_made(self, database: str) -> None:
        """Print that a new database was made, so that a mistyped path is noticed."""
        self.output.note(f"new database: {where(database)}")

    @cached_property
    def database_to_consult(self) -> Database | None:
        """The database, for a command that also works without one; None if there is none or it cannot be read."""
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
        """Return the database that an argument names, as `--database` would.

        Raises:
            UsageError: It is neither a path nor an address.
        """
        named = understood(text, argument, allows_network=self.settings.allow_network_file_system)
        self._databases.append(named)
        return named


def named_database(settings: Settings) -> Database | None:
    """Return the database that the settings name, or the default one; None if there is no home folder for that.

    Raises:
        UsageError: The name is neither a path nor an address.
    """
    origin, allows_network = settings.origin("database"), settings.allow_network_file_system
    if settings.database is None:
        default = default_database()
        return Database(default, origin, allows_network=allows_network) if default else None
    return understood(settings.database, origin, settings.folder("database"), allows_network=allows_network)
