"""The options that every command takes, before and after its name."""

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_params_convertors_ctx_param_name_from_function

from ordercli.errors import UsageError
from ordercli.output.log import LogFormat
from ordercli.output.stream import Format
from ordercli.settings import short

if TYPE_CHECKING:
    from typer._click import Command, Context, Parameter

LogFile = Annotated[
    str | None, typer.Option("--log-file", metavar="PATH", help="Append what the run did to this file.")
]
LogForm = Annotated[
    LogFormat | None,
    typer.Option("--log-format", help="How it is logged; without a file, on standard error.", show_default=False),
]

Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]

_LARGEST = 2**63 - 1
_MOST_PROCESSES = 256
Limit = Annotated[int, typer.Option("--limit", metavar="N", min=0, max=_LARGEST, help="At most so many; 0 for all.")]
Offset = Annotated[int, typer.Option("--offset", metavar="N", min=0, max=_LARGEST, help="Leave out so many first.")]
Source = Annotated[
    str | None, typer.Option(help="Where the orders came from, if an external id stands in several sources.")
]
OverrideContext = Annotated[
    bool,
    typer.Option(
        "--override-context", help="For lines of a rejects file too the options count, not what the lines say."
    ),
]

_PANEL = "Global options"
_STORE = "ordercli.global_options"
_DATABASES = "ordercli.databases"


def _global_options(
    database: Annotated[
        str | None,
        typer.Option(
            "--database", metavar="PATH", help="The database file, or postgresql://….", rich_help_panel=_PANEL
        ),
    ] = None,
    config: Annotated[
        str | None,
        typer.Option("--config", metavar="PATH", help="Read this settings file alone.", rich_help_panel=_PANEL),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="servicenow or tmf622.", rich_help_panel=_PANEL),
    ] = None,
    output: Annotated[
        Format | None, typer.Option("--output", "-o", help="The format of the result.", rich_help_panel=_PANEL)
    ] = None,
    quiet: Annotated[
        bool | None, typer.Option("--quiet", "-q", help="Errors only on stderr.", rich_help_panel=_PANEL)
    ] = None,
    verbose: Annotated[
        bool | None, typer.Option("--verbose", "-v", help="More on stderr.", rich_help_panel=_PANEL)
    ] = None,
    no_color: Annotated[bool | None, typer.Option("--no-color", help="No colours.", rich_help_panel=_PANEL)] = None,
    debug: Annotated[
        bool | None, typer.Option("--debug", help="Show the traceback of a failure.", rich_help_panel=_PANEL)
    ] = None,
) -> None:
    """The options as Typer reads them."""


def process_count(text: str) -> int | None:
    """Return the number of processes, from 1 to 256, or None for `auto`; UsageError for anything else."""
    if text == "auto":
        return None
    count = int(text) if text.isdecimal() and len(text) <= len(str(_MOST_PROCESSES)) else 0
    if not 1 <= count <= _MOST_PROCESSES:
        raise UsageError(f"--jobs takes a number from 1 to {_MOST_PROCESSES}, or auto, not {short(text)}")
    return count


def add_global_options(command: "Command") -> None:
    """Give a command, and each command of a group, the global options."""
    command.params.extend(_parameters())
    for child in getattr(command, "commands", {}).values():
        add_global_options(child)


@cache
def _parameters() -> list["Parameter"]:
    """The options, the same for every command: to read them from the function takes a fifth of an idle run."""
    parameters, _, _ = get_params_convertors_ctx_param_name_from_function(_global_options)
    for parameter in parameters:
        parameter.expose_value = False
        parameter.callback = _remember
    return list(parameters)


def given(context: "Context") -> dict[str, Any]:
    """The global options that stand on the command line; the one nearest to the command's end wins."""
    options: dict[str, Any] = context.meta.setdefault(_STORE, {})
    return options


def databases(context: "Context") -> list[str]:
    """Return the databases that the command has named so far, for its errors."""
    named: list[str] = context.meta.setdefault(_DATABASES, [])
    return named


def _remember(context: "Context", parameter: "Parameter", value: Any) -> Any:  # noqa: ANN401 - any option
    if value is not None and parameter.name:
        given(context)[parameter.name] = value
    return value
