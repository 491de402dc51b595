"""The command tree: its global options, its commands, and how one call of the program runs and ends."""

import os
import signal
import sys
from copy import copy
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any, NamedTuple, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from ordercli.cli.invocation import DATABASES, GIVEN
from ordercli.errors import UsageError
from ordercli.exit_codes import BY_SIGNAL, ExitCode
from ordercli.failpoints import VARIABLES, arm
from ordercli.output.stream import Format, send_nowhere, survive_closed_pipe
from ordercli.settings import PROFILES
from ordercli.version import __version__

COMPLETION_OPTIONS = {"--install-completion", "--show-completion"}
_PANEL = "Global options"


def _store_names(context: typer.Context, incomplete: str) -> list[str]:
    from ordercli.cli.completion import store_names  # only while somebody types

    return store_names(context, incomplete)


def _global_options(
    database: Annotated[
        str | None,
        typer.Option(
            "--database", metavar="PATH", help="Database file, or postgresql://… address.", rich_help_panel=_PANEL
        ),
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(
            "--store",
            metavar="NAME",
            help="Store of that name in your settings, instead of --database.",
            autocompletion=_store_names,
            rich_help_panel=_PANEL,
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option("--config", metavar="PATH", help="Read only this settings file.", rich_help_panel=_PANEL),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(
            "--profile",
            metavar="NAME",
            help="servicenow, tmf622, tmf622-v4, tmf622-v5, tmf641.",
            autocompletion=lambda incomplete: [name for name in PROFILES if name.startswith(incomplete)],
            rich_help_panel=_PANEL,
        ),
    ] = None,
    output: Annotated[
        Format | None, typer.Option("--output", "-o", help="Output format.", rich_help_panel=_PANEL)
    ] = None,
    quiet: Annotated[
        bool | None, typer.Option("--quiet", "-q", help="Print only errors on stderr.", rich_help_panel=_PANEL)
    ] = None,
    verbose: Annotated[
        bool | None, typer.Option("--verbose", "-v", help="Print more on stderr.", rich_help_panel=_PANEL)
    ] = None,
    yes: Annotated[
        bool | None,
        typer.Option(
            "--yes", "-y", help="Do not ask before a store with confirm = true is changed.", rich_help_panel=_PANEL
        ),
    ] = None,
    no_color: Annotated[
        bool | None, typer.Option("--no-color", help="Print without colors.", rich_help_panel=_PANEL)
    ] = None,
    debug: Annotated[
        bool | None, typer.Option("--debug", help="Show the traceback of an error.", rich_help_panel=_PANEL)
    ] = None,
) -> None:
    """Declare the options that every command takes, before and after its name."""


class Entry(NamedTuple):
    """A command of the tree: the module that holds it, and its line in the list of commands.

    A module may hold several commands. A large group has `more` modules, each of which is imported only if those before
    it do not have the subcommand that is called.
    """

    module: str
    help: str
    more: tuple[str, ...] = ()


COMMANDS = {
    "validate": Entry("validate", "Validate orders and show each error with its location."),
    "submit": Entry("submit", "Create orders, or put them in the inbound queue."),
    "convert": Entry("convert", "Convert spreadsheets (CSV, XLSX) to orders."),
    "quote": Entry("quote", "Convert quotes (TMF648) to product orders."),
    "serve": Entry("serve", "Answer HTTP requests: create, show, list, patch and cancel orders."),
    "queue": Entry("queue", "Process and inspect the inbound queue.", more=("queue_views", "queue_changes")),
    "list": Entry("list_orders", "List customer orders."),
    "show": Entry("orders", "Show one order."),
    "patch": Entry("change_orders", "Change existing orders."),
    "cancel": Entry("change_orders", "Cancel orders, or approve or deny a cancellation."),
    "fulfil": Entry("change_orders", "Take reports of the fulfilment of service orders."),
    "history": Entry("orders", "Show the history of an order."),
    "events": Entry("orders", "List the events of all orders."),
    "report": Entry("report", "Report what happened, in a file for a browser, as Markdown, or as JSON."),
    "reference": Entry("reference", "Import and inspect reference data."),
    "rules": Entry("rules", "List the validation rules."),
    "explain": Entry("rules", "Explain a rule and how to correct an order."),
    "schema": Entry("rules", "Print the JSON Schema of an order or of a command's output."),
    "rejects": Entry(
        "rejects",
        "Look at refused orders, repair many of them, and send them again.",
        more=("rejects_edit", "rejects_submit"),
    ),
    "batch": Entry(
        "batch", "Inspect submit runs, resume an interrupted one, or cancel one.", more=("batch_cancel", "batch_watch")
    ),
    "hub": Entry("hub", "List, enable and remove subscriptions to events."),
    "forward": Entry("forward", "Send orders to other systems, each effectively once.", more=("forward_follow",)),
    "target": Entry("target", "List and check the systems that orders are forwarded to."),
    "config": Entry("config", "Show the settings and where each value comes from."),
    "doctor": Entry("doctor", "Check the settings, the database and the machine, and say what to do."),
    "db": Entry("db", "Back up, restore, check, upgrade and copy the database."),
}

# Words that people try, and the command that they mean.
MEANT = {
    "check": "db check",
    "create": "submit",
    "discard": "queue discard",
    "drain": "queue run",
    "errors": "queue list --state error",
    "export": "queue export",
    "failed": "queue list --state error",
    "find": "list --help",
    "fix": "rejects fix",
    "get": "show",
    "import": "reference import",
    "log": "history",
    "pause": "queue pause",
    "post": "submit",
    "restore": "db restore",
    "resume": "batch resume",
    "retry": "queue retry",
    "run": "queue run",
    "status": "queue status",
    "update": "patch",
    "upgrade": "db upgrade",
    "version": "--version",
}


class Root(TyperGroup):
    """The top of the tree, which imports the module of a command only when the command is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self._given: dict[str, Any] = {}
        self._databases: list[str] = []
        _add_global_options(self)

    def list_commands(self, _context: object) -> list[str]:
        """Return the names in the order in which an operator uses them."""
        return list(COMMANDS)

    def get_command(self, _context: object, name: str) -> TyperCommand | None:
        """Return the name and the help line of a command, for lists of commands; `resolve_command` imports it."""
        return TyperCommand(name, help=COMMANDS[name].help) if name in COMMANDS else None

    def resolve_command(self, context: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Import the command that is called.

        Raises:
            UsageError: There is no such command; the hint has the most similar name.
        """
        name, *rest = args
        if name not in COMMANDS:
            if name.startswith("-") or context.resilient_parsing:
                return super().resolve_command(context, args)
            near = [MEANT[name]] if name in MEANT else get_close_matches(name, COMMANDS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "see `ordercli --help`"
            raise UsageError(f"No such command {name!r}.", hint=hint)
        command = typer.main.get_command(_called(COMMANDS[name], name, *rest[:1]))
        command.name = name
        _add_global_options(command)
        return name, command, rest

    def main(self, args: Any = None, prog_name: str | None = None, *_positional: object, **_named: object) -> NoReturn:
        """Run the command line and exit; report every expected error as one line and an exit code."""
        words = list(sys.argv[1:] if args is None else args)
        if words[:1] == ["help"]:
            words = [*words[1:], "--help"]
        survive_closed_pipe()
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(
                errors="backslashreplace"
            )  # escape characters that the encoding of the terminal lacks
        try:
            if not VARIABLES.isdisjoint(os.environ):
                arm(os.environ)
            _end_at_signals()
            if not COMPLETION_OPTIONS.isdisjoint(words):
                from ordercli.cli.install_completion import prepare_installation  # used once per user

                prepare_installation(self)
            code = super().main(words, prog_name, standalone_mode=False) or ExitCode.OK
            _flush_result()
        except typer.Abort:
            code = ExitCode.INTERRUPTED
        except Exception as error:
            if "--debug" in words:
                raise
            from ordercli.cli.failure import report_failure  # needed only after an error

            code = report_failure(error, words, self._given, self._databases)
        sys.exit(int(code))

    def invoke(self, context: Any) -> Any:
        """Run the command. If it only shows something and its reader has gone (`| head`), end without an error."""
        self._given = context.meta.setdefault(GIVEN, {})
        self._databases = context.meta.setdefault(DATABASES, [])
        try:
            return super().invoke(context)
        except BrokenPipeError:
            send_nowhere()
            raise typer.Exit(ExitCode.OK) from None


def _called(entry: Entry, name: str, subcommand: str | None = None) -> typer.Typer:
    """Return the command that is called; of a group, only the subcommand. Each takes a millisecond to build."""
    app = copy(_imported(entry.module))
    called = subcommand if app.registered_callback else name
    more = iter(entry.more)
    while not (named := [each for each in app.registered_commands if each.name == called]):
        module = next(more, None)
        if module is None:
            return app
        app.registered_commands = [*app.registered_commands, *_imported(module).registered_commands]
    app.registered_commands = named
    return app


def _imported(module: str) -> typer.Typer:
    app: typer.Typer = import_module(f"ordercli.cli.{module}").app
    return app


def _add_global_options(command: Any) -> None:
    """Give a command, and each subcommand of a group, the global options; a --yes of its own means both."""
    own = {parameter.name for parameter in command.params}
    command.params.extend(each for each in _global_parameters() if each.name not in own)
    for child in getattr(command, "commands", {}).values():
        _add_global_options(child)


@cache
def _global_parameters() -> list[typer.CallbackParam]:
    """Return the global options, built once for all commands: this takes a fifth of the time of an idle run."""
    declared = typer.Typer(add_completion=False)
    declared.command()(_global_options)
    parameters = typer.main.get_command(declared).params
    for parameter in parameters:
        parameter.expose_value = False
        parameter.callback = _remember
    return parameters  # type: ignore[return-value]


def _remember(context: Any, parameter: Any, value: Any) -> Any:
    """Keep a global option that is given; the last one on the command line wins."""
    if value is not None:
        context.meta.setdefault(GIVEN, {})[parameter.name] = value
    return value


def _end_at_signals() -> None:
    """Let SIGTERM and SIGHUP raise an exception in the command, as SIGINT does. Ignored signals (`nohup`) stay ignored.

    Long runs that write replace these handlers: they finish their batch first (run_control.Stop).
    """
    for number in BY_SIGNAL:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: object) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    sys.exit(BY_SIGNAL[signal.Signals(number)])


def _flush_result() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # keep the exit code: it tells what the command found
        send_nowhere()


app = typer.Typer(
    name="ordercli",
    cls=Root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(given: bool) -> None:
    if given:
        sys.stdout.write(f"ordercli {__version__}\n")
        raise typer.Exit


@app.callback()
def ordercli(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Validate, queue and create TM Forum product orders (TMF622) and service orders (TMF641) in bulk.

    Examples:
        ordercli submit orders.ndjson              create customer orders now
        ordercli submit orders.ndjson --async      put them in the inbound queue
        ordercli queue run                         create the queued orders
        ordercli list --state new                  list the new orders
        ordercli show CRM-1007                     show one order, by its id or external id
    """
