"""`ordercli config …`."""

from typing import Annotated

import typer

from ordercli.cli.invocation import Invocation, named_database
from ordercli.operations.configuration import (
    Setting,
    SettingsFile,
    files_of_settings,
    setting_values,
    settings_with_origins,
)
from ordercli.output.rows import print_object, print_results

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def config() -> None:
    """Show the settings and where each value comes from.

    An option overrides an environment variable, which overrides a settings file, which overrides the default.

    Examples:
        ordercli config show --origin
        ordercli config path
    """


@app.command("show")
def show_settings(
    context: typer.Context,
    origin: Annotated[
        bool, typer.Option("--origin", help="Also show where each value comes from and how it can be set.")
    ] = False,
) -> None:
    """Show every setting with its value.

    Examples:
        ordercli config show
        ordercli config show --origin
        ORDERCLI_QUEUE_BATCH_SIZE=100 ordercli config show -o json
    """
    call = Invocation(context)
    database = named_database(call.settings)
    if origin:
        print_results(settings_with_origins(call.settings, database), Setting, call.output)
    else:
        print_object(setting_values(call.settings, database), call.output, id_member="database")


@app.command("path")
def show_paths(context: typer.Context) -> None:
    """List the settings files; later ones override earlier ones.

    Examples:
        ordercli config path
    """
    call = Invocation(context)
    print_results(files_of_settings(call.config), SettingsFile, call.output)
