"""`ordercli config …`."""

from __future__ import annotations

from typing import Annotated

import typer

from ordercli.cli.invocation import Invocation, named_database

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def config() -> None:
    """See which settings apply, and where they come from.

    A flag outweighs an environment variable, that outweighs a file, that outweighs the default.

    Examples:
        ordercli config show --origin
        ordercli config path
    """


@app.command("show")
def show_settings(
    context: typer.Context,
    origin: Annotated[
        bool, typer.Option("--origin", help="Where each value comes from, and how it can be set.")
    ] = False,
) -> None:
    """Show every setting with its value.

    Examples:
        ordercli config show
        ordercli config show --origin
        ORDERCLI_QUEUE_BATCH_SIZE=100 ordercli config show -o json
    """
    from ordercli.operations.configuration import Setting, setting_values, settings_with_origins  # noqa: PLC0415
    from ordercli.output.rows import print_object, print_results  # noqa: PLC0415

    call = Invocation(context)
    database = named_database(call.settings)
    if origin:
        print_results(settings_with_origins(call.settings, database), Setting, call.output)
    else:
        print_object(setting_values(call.settings, database), call.output, id_member="database")


@app.command("path")
def show_paths(context: typer.Context) -> None:
    """List the files that settings are read from, the weakest first.

    Examples:
        ordercli config path
    """
    from ordercli.operations.configuration import SettingsFile, files_of_settings  # noqa: PLC0415
    from ordercli.output.rows import print_results  # noqa: PLC0415

    call = Invocation(context)
    print_results(files_of_settings(call.config), SettingsFile, call.output)
