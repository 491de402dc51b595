"""How a command was called: options that several commands share, settings, output, database, output files."""

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ordercli.database.address import Database, masked, understood, where
from ordercli.errors import UnreadableDatabaseError, UsageError
from ordercli.output.stream import FileFailures, Format, Log, LogFormat, Output, end_with_reader
from ordercli.settings import DURATION, ResourceName, Settings, default_database
from ordercli.settings_loading import duration, load, settings_files, short

if TYPE_CHECKING:
    from ordercli.intake.envelopes import OrderPath
    from ordercli.operations.convert_sheet import SheetReader
    from ordercli.operations.scans import OnScan
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
        named = {name: options.get(name) for name in ("database", "store", "profile", "output")}
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
            store=options.get("store"),
        )
        self._is_confirmed = False
        self._yes = bool(context.params.get("yes") or options.get("yes"))
        for note in self.settings.notes:
            self.output.warn(note)

    def on_scan(self, row: str) -> "OnScan":
        """Return what tells a person that each row (`order`) is read for some options, which takes its time."""

        def tell(options: Sequence[str]) -> None:
            if self.output.stderr_on_terminal:
                reads = f"no index for {', '.join(options)}: each {row} is read"
                self.output.note(f"{reads}; other filters make it faster", "note: ")

        return tell

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
        self.output.shown_store = named.store
        return named

    @cached_property
    def changed_database(self) -> Database:
        """The database, for a command that changes it: asks first if it is a store with `confirm = true`.

        Raises:
            UsageError: As `database`; or there is nobody to ask, and --yes was not given.
            typer.Exit: The answer was no; nothing was done.
        """
        return self.confirmed(self.database)

    def confirmed(self, named: Database) -> Database:
        """Return a database that is about to be changed; ask first if a store with `confirm = true` is the same one.

        Raises:
            UsageError: There is nobody to ask, and --yes was not given.
            typer.Exit: The answer was no; nothing was done.
        """
        if (store := self._asking_store(named)) and not self._is_confirmed:
            from ordercli.cli.confirm import confirm

            confirm(1, f"this changes the store {store}, {masked(named)}", yes=self._yes)
        return named

    def confirm(self, count: int, consequence: str, *, yes: bool) -> None:
        """Ask before `count` records of the database are changed, and its store, if that asks, in the same question.

        Raises:
            UsageError: There is nobody to ask, and --yes was not given.
            typer.Exit: The answer was no; nothing was done.
        """
        from ordercli.cli.confirm import confirm, is_asked  # few commands ask

        if count and is_asked(yes=self._yes) and (store := self._asking_store(self.database)):
            confirm(count, f"{consequence}; this changes the store {store}", yes=False)
            self._is_confirmed = True
        else:
            confirm(count, consequence, yes=yes)

    def _asking_store(self, named: Database) -> str | None:
        if not self.settings.stores:
            return None
        from ordercli.cli.confirm import asking_store  # few settings have stores

        return asking_store(self.settings, named)

    @cached_property
    def failures(self) -> FileFailures:
        """The output files that could not be written during the run."""
        return FileFailures(self.output)

    @cached_property
    def output_files(self) -> "OutputFiles":
        """The guard that checks every path that an option writes."""
        from ordercli.output_files.guard import OutputFiles  # most commands write no file

        return OutputFiles(
            named_database(self.settings), [file.path for file in settings_files(self.config) if file.exists]
        )

    def log_file(self, path: str | None) -> "OutputFile | None":
        """Return the file of `--log-file`."""
        return None if path is None else self.output_files.appended("--log-file", path)

    def open_log(self, file: "OutputFile | None", log_format: LogFormat | None) -> AbstractContextManager[Log]:
        """Open the log of a run; without a file and a format it is written nowhere."""
        if file is None and log_format is None:
            return nullcontext(Log())
        from ordercli.output.event_log import open_log  # few runs are logged

        return open_log(file, log_format, self.failures)

    def metrics_file(self, path: str | None) -> "OutputFile | None":
        """Return the file of `--metrics-file`."""
        return None if path is None else self.output_files.replaced("--metrics-file", path)

    def report_created(self, database: str) -> None:
        """Print that a new database was made, so that a mistyped path is noticed."""
        self.output.note(f"new database: {where(database)}")

    @cached_property
    def database_to_consult(self) -> Database | None:
        """The database, for a command that also works without one; None if there is none or it cannot be read."""
        from ordercli.database.opening import exists  # not every command has a database

        named = named_database(self.settings)
        try:
            if named is None or not exists(named):
                return None
        except UnreadableDatabaseError as error:
            self.output.warn(f"reference data is not used: {error.message}")
            return None
        self._databases.append(named)
        return named

    def time(self, option: str, text: str | None) -> str | None:
        """Return the time that an option names, as the tables have it; on a terminal, say how local time was read.

        Raises:
            UsageError: the text is no time.
        """
        if text is None:
            return None
        from ordercli.clock import now, timestamp
        from ordercli.typed_times import moment  # few commands take a time

        try:
            found = moment(text, now())
            named = timestamp(found.at)
        except (ValueError, OverflowError) as error:
            raise UsageError(
                f"{option} takes a time, not {short(text)}",
                hint="such as 2h, yesterday, 15:00, 2026-11-29, 2026-11-29T15:00Z; local time unless it has an offset",
            ) from error
        if found.is_local and self.output.stderr_on_terminal:
            self.output.note(f"{option} {found.at:%Y-%m-%d %H:%M:%S} local time is {named}", "note: ")
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
        UsageError: The name is neither a path nor an address, or no store has the name.
    """
    origin, allows_network = settings.origin("database"), settings.allow_network_file_system
    if settings.store is not None:
        from ordercli.stores import store_named  # few databases are chosen by name

        chosen = store_named(settings, settings.store)
        origin = f"the store {chosen.name}"
        named, folder = chosen.settings.database, chosen.folder
        return understood(named, origin, folder, allows_network=allows_network, store=chosen.name)
    if settings.database is None:
        default = default_database()
        return Database(default, origin, allows_network=allows_network) if default else None
    return understood(settings.database, origin, settings.folder("database"), allows_network=allows_network)


_LARGEST = 2**63 - 1
_MOST_PROCESSES = 256


class InputFormat(StrEnum):
    """The values of `--input-format`."""

    JSON = "json"
    ARRAY = "array"
    NDJSON = "ndjson"
    JSON_SEQ = "json-seq"


Paths = Annotated[
    list[str] | None,
    typer.Argument(metavar="PATH...", help="Files, folders, globs, or `-` for standard input.", show_default=False),
]
InputFormatOption = Annotated[
    InputFormat | None,
    typer.Option("--input-format", help="Format of the input; detected by default.", show_default=False),
]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="POINTER",
        help="Where each document holds its order or list of orders: /event/productOrder or event.productOrder.",
    ),
]
Map = Annotated[
    str | None,
    typer.Option(
        "--map", metavar="FILE", help="The inputs are sheets (CSV, XLSX); this TOML file tells where each column goes."
    ),
]
Jobs = Annotated[str, typer.Option(metavar="N|auto", help="Number of worker processes that validate orders.")]
LogFile = Annotated[
    str | None, typer.Option("--log-file", metavar="PATH", help="Append the run's events to this file.")
]
LogForm = Annotated[
    LogFormat | None,
    typer.Option("--log-format", help="Format of the log; without --log-file it goes to stderr.", show_default=False),
]
MetricsFile = Annotated[
    str | None, typer.Option(metavar="PATH", help="Write queue metrics in the Prometheus text format.")
]
Force = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
Limit = Annotated[
    int,
    typer.Option("--limit", metavar="N", min=0, max=_LARGEST, help="Maximum number of rows; 0 means no limit."),
]
Offset = Annotated[
    int, typer.Option("--offset", metavar="N", min=0, max=_LARGEST, help="Number of rows to skip first.")
]
MaxRejects = Annotated[
    str | None,
    typer.Option(
        metavar="N|N%",
        help="Stop at N rejected orders (0 counts as 1), or at N% of the orders read. A percentage is checked after"
        " each order from the 100th on, and at the end.",
    ),
]
Rejects = Annotated[
    str | None,
    typer.Option(metavar="PATH|none", help="File for rejected orders. [default: beside the input]", show_default=False),
]
OverrideContext = Annotated[
    bool,
    typer.Option(
        "--override-context", help="Use the options instead of the context recorded in lines of a rejects file."
    ),
]
Source = Annotated[
    str | None,
    typer.Option(help="Source of the order; needed if its external id exists in several sources."),
]
Since = Annotated[
    str | None,
    typer.Option(
        "--since", metavar="TIME", help="Created since then: 2h, yesterday, 15:00, 2026-11-29 (local time), RFC 3339."
    ),
]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help="Created before this time.")]
Resource = Annotated[
    ResourceName | None,
    typer.Option("--resource", help="Only orders of this kind. [default: both]", show_default=False),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing; show what would be done.")]


def inputs(context: typer.Context, paths: Sequence[str] | None) -> list[str]:
    """Return the paths of a command; without any, standard input unless it is a terminal.

    Raises:
        UsageError: There is nothing to read.
    """
    from ordercli.intake.record import STDIN  # an idle queue run reads no input

    if paths:
        return list(paths)
    if sys.stdin is not None and not sys.stdin.isatty():
        return [STDIN]
    hint = f"see `{context.command_path} --help`"
    raise UsageError("no input: name a file, or - for standard input", hint=hint)


def order_path(at: str | None) -> "OrderPath | None":
    """Return the path that `--at` names; raise UsageError for a text that is none."""
    if at is None:
        return None
    from ordercli.intake.envelopes import OrderPath  # most inputs hold plain orders

    return OrderPath.parse(at)


def sheet_reader(
    call: Invocation, sheet_map: str | None, *, at: str | None, input_format: InputFormatOption
) -> "SheetReader | None":
    """Return what reads the inputs with the map that `--map` names; raise UsageError for options of other inputs."""
    if sheet_map is None:
        return None
    if at is not None or input_format is not None:
        raise UsageError("--map reads sheets, and --at and --input-format concern JSON")
    from ordercli.operations.convert_sheet import SheetReader  # most inputs are no sheets
    from ordercli.operations.sheet_map import read_map

    return SheetReader(read_map(sheet_map), call.settings.limits.max_order_bytes)


def process_count(text: str) -> int | None:
    """Return the number of processes, from 1 to 256, or None for `auto`; raise UsageError for anything else."""
    if text == "auto":
        return None
    count = int(text) if text.isdecimal() and len(text) <= len(str(_MOST_PROCESSES)) else 0
    if not 1 <= count <= _MOST_PROCESSES:
        raise UsageError(f"--jobs takes a number from 1 to {_MOST_PROCESSES}, or auto, not {short(text)}")
    return count


def seconds(option: str, text: str | None) -> float | None:
    """Return the seconds of a duration such as `50s` or `15m`; raise UsageError for anything else."""
    try:
        return None if text is None else duration(text)
    except ValueError as error:
        raise UsageError(f"{option} takes {DURATION}, not {short(text)}") from error
