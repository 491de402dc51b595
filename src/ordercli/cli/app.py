"""The command tree, its global options, and how a failure becomes an exit code."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from copy import copy
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, NamedTuple, NoReturn

import typer
from typer.core import TyperCommand, TyperGroup

from ordercli.cli.completion import guard_installation
from ordercli.cli.options import add_global_options, databases, given
from ordercli.errors import BY_SIGNAL, ExitCode, InternalError, OrdercliError, TryAgainError, UsageError
from ordercli.failpoints import arm
from ordercli.output.stream import outlive_reader, send_nowhere
from ordercli.output.visible import visible
from ordercli.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import FrameType

    from typer._click import Command, Context, HelpFormatter
    from typer._click.shell_completion import CompletionItem


def end_at_signals() -> None:
    """Let SIGTERM and SIGHUP unwind the command; what was told to be ignored (`nohup`) stays ignored.

    SIGINT does so by itself. Long work that writes listens for itself (pipeline/runs/stopping.py).
    """
    for number in BY_SIGNAL:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_DFL)
    sys.exit(BY_SIGNAL[signal.Signals(number)])


class Entry(NamedTuple):
    """A command of the tree: where it lives, and its line in the list of commands.

    A large group has more modules; they are imported unless the command that is called stands in the first.
    """

    module: str
    help: str
    more: tuple[str, ...] = ()


COMMANDS = {
    "validate": Entry("validate", "Check product orders, and show what is wrong and where."),
    "submit": Entry("submit", "Create product orders, or put them in the inbound queue."),
    "queue": Entry("queue", "Work off the inbound queue, and look into it.", more=("entries",)),
    "list": Entry("orders", "List customer orders."),
    "show": Entry("orders", "Show one order."),
    "patch": Entry("change_orders", "Change orders that are there."),
    "cancel": Entry("change_orders", "Cancel orders, or approve or deny that."),
    "history": Entry("history", "Tell what happened to an order."),
    "events": Entry("history", "Follow what happens to all orders."),
    "reference": Entry("reference", "Load reference data, and look into it."),
    "rules": Entry("rules", "List the rules that orders are checked against."),
    "explain": Entry("rules", "Say why a rule is there, and how to repair an order."),
    "schema": Entry("rules", "Print the JSON Schema of an order, or of what a command prints."),
    "batch": Entry("batch", "Look at the runs of submit, and go on with one that broke off."),
    "config": Entry("config", "See which settings apply, and where they come from."),
    "db": Entry("db", "Look after the database."),
}


class Root(TyperGroup):
    """The top of the tree; imports a command only when it is called."""

    names: ClassVar[dict[str, Entry]] = COMMANDS

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - passed on
        super().__init__(**attributes)
        self._listing = False
        self._next: str | None = None
        self._given: dict[str, Any] = {}
        self._databases: list[str] = []
        add_global_options(self)

    def list_commands(self, _context: Context) -> list[str]:
        """The names, in the order of an operator's day."""
        return list(self.names)

    def get_command(self, _context: Context, name: str) -> Command | None:
        """The command of that name; only its name and its line while the list of commands is printed."""
        entry = self.names.get(name)
        if entry is None:
            return None
        if self._listing:
            return TyperCommand(name, help=entry.help)
        command = typer.main.get_command(_app(entry, name, self._next))
        command.name = name
        add_global_options(command)
        return command

    def format_help(self, context: Context, formatter: HelpFormatter) -> None:
        """Print the help without importing the commands."""
        self._listing = True
        super().format_help(context, formatter)

    def shell_complete(self, context: Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command without importing the commands."""
        self._listing = True
        return super().shell_complete(context, incomplete)

    def resolve_command(self, context: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Find the command of that name.

        Raises:
            UsageError: there is none; the hint has the nearest.
        """
        name, *rest = args
        self._next = rest[0] if rest else None
        if name in self.names or name.startswith("-") or context.resilient_parsing:
            return super().resolve_command(context, args)
        near = get_close_matches(name, self.names, n=1)
        raise UsageError(f"No such command {name!r}.", hint=_did_you_mean(near) or "see `ordercli --help`")

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,  # noqa: ANN401
    ) -> Any:  # noqa: ANN401
        """Run the command line; every expected error becomes one line and an exit code."""
        if not standalone_mode:
            return super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        words = list(sys.argv[1:] if args is None else args)
        outlive_reader()
        if isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter shows its escape
        if {"--install-completion", "--show-completion"} & {*words}:
            from ordercli.cli.completion import use_own_zsh_completion  # noqa: PLC0415 - rarely needed

            use_own_zsh_completion()
        try:
            arm(os.environ)
            end_at_signals()
            guard_installation(self)
            code = super().main(words, prog_name, complete_var, False, windows_expand_args, **extra) or ExitCode.OK
            _flush_result()
        except typer.Abort:
            code = ExitCode.INTERRUPTED
        except Exception as error:  # noqa: BLE001 - the one place that turns errors into exit codes
            code = _explain(error, words, self._given, self._databases)
            _flush()
        sys.exit(int(code))

    def invoke(self, context: Context) -> Any:  # noqa: ANN401
        """Run the command; one that only shows something ends quietly when its reader has enough (`| head`)."""
        self._given, self._databases = given(context), databases(context)
        try:
            return super().invoke(context)
        except BrokenPipeError:
            send_nowhere()
            raise typer.Exit(ExitCode.OK) from None


def _app(entry: Entry, name: str, next_word: str | None) -> typer.Typer:
    """The command; of a group only what is called, if it is named at once: to build a command takes a millisecond."""
    app = copy(_imported(entry.module))
    called = next_word if app.registered_callback else name
    if called not in {command.name for command in app.registered_commands}:
        app.registered_commands = [
            *app.registered_commands,
            *(command for module in entry.more for command in _imported(module).registered_commands),
        ]
    named = [command for command in app.registered_commands if command.name == called]
    app.registered_commands = named or app.registered_commands
    return app


def _imported(module: str) -> typer.Typer:
    app: typer.Typer = import_module(f"ordercli.cli.{module}").app
    return app


def _flush_result() -> None:
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # the exit code stays: it tells what the command found
        send_nowhere()


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:  # it is what went wrong, and was told
        send_nowhere()


def _explain(error: Exception, args: list[str], options: Mapping[str, Any], databases: Sequence[str]) -> ExitCode:
    if "--debug" in args:
        raise error
    if hasattr(error, "format_message") and not error.format_message():  # no command was given, and the help printed
        return ExitCode.USAGE
    expected = _as_expected(error, databases)
    if expected is None:
        expected = InternalError(
            f"internal error ({type(error).__name__}: {visible(str(error))})",
            hint="this is a bug; run again with --debug and report what it prints",
        )
    from ordercli.output.advice import Advice  # noqa: PLC0415 - only after a mistake
    from ordercli.output.problems import print_problem  # noqa: PLC0415

    advice = Advice(options.get("database"), options.get("config"))
    print_problem(expected, advice, as_json=_wants_json(args, options.get("config")))
    return expected.exit_code


def _as_expected(error: Exception, databases: Sequence[str]) -> OrdercliError | None:
    """The expected error that an exception stands for: our own, the command line's, or the database's."""
    if isinstance(error, OrdercliError):
        return error
    if hasattr(error, "possibilities"):
        return UsageError(str(error), hint=_did_you_mean(error.possibilities) or _usage_of(error))
    if hasattr(error, "format_message"):
        return UsageError(error.format_message(), hint=_usage_of(error))
    if isinstance(error, UnicodeEncodeError):  # a path need not be UTF-8, anything else that is typed must
        return UsageError(f"{error.object!r} is not UTF-8")
    if isinstance(error, OSError):
        return TryAgainError.of_system(error)
    from ordercli.database import faults  # noqa: PLC0415

    # A driver's error does not tell which of two databases it comes from.
    return faults.explain(error, databases[0] if len(databases) == 1 else "the database")


def _did_you_mean(near: Sequence[str] | None) -> str | None:
    return f"did you mean `{near[0]}`?" if near else None


def _usage_of(error: Exception) -> str | None:
    context = getattr(error, "ctx", None)
    return f"see `{context.command_path} --help`" if context else None


def _wants_json(args: list[str], config: str | None) -> bool:
    given = [after for before, after in itertools.pairwise(args) if before in {"-o", "--output", "--format"}]
    given += [each.partition("=")[2] for each in args if each.startswith(("--output=", "--format="))]
    given += [each[2:] for each in args if each.startswith("-o") and each != "-o"]
    if not given:
        given = [os.environ.get("ORDERCLI_OUTPUT") or _output_of_settings(config)]
    return given[-1] in {"json", "ndjson"}


def _output_of_settings(config: str | None) -> str:
    """Return the output format that settings files ask for; none where they cannot be read."""
    from ordercli.settings import load  # noqa: PLC0415 - only after a mistake

    try:
        return load({}, config=config).output
    except (OrdercliError, OSError):
        return ""


app = typer.Typer(
    name="ordercli",
    cls=Root,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"ordercli {__version__}\n")
        raise typer.Exit


@app.callback()
def ordercli(
    *,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version, and end.")
    ] = False,
) -> None:
    """Validate, queue and create TM Forum TMF622 product orders in bulk.

    Examples:
        ordercli submit orders.ndjson              create customer orders at once
        ordercli submit orders.ndjson --async      put them in the inbound queue
        ordercli queue run                         create what is queued
        ordercli list --state new                  which orders there are
        ordercli show CRM-1007                     one order, by its id or external id
    """
