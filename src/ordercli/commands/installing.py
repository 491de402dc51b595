"""Shell completion is installed by Typer; the files that it writes go through the guard first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typer._click import Command, Context, Parameter

# Where Typer puts the script, and the line that loads it, for each shell.
FILES = (
    ".bashrc",
    ".bash_completions/ordercli.sh",
    ".zshrc",
    ".zfunc/_ordercli",
    ".config/fish/completions/ordercli.fish",
)
OPTION = "--install-completion"


def guard_installation(command: Command) -> None:
    """Let `--install-completion` write nothing that must not be written, and name the file that it cannot write."""
    for parameter in command.params:
        if OPTION in parameter.opts:
            parameter.callback = _guarded(parameter.callback)


def _guarded(install: Any) -> Any:  # noqa: ANN401 - a callback of Typer
    def installed(context: Context, parameter: Parameter, value: Any) -> Any:  # noqa: ANN401
        if not value or context.resilient_parsing:
            return value
        from ordercli.output_files.trial import unwritable  # noqa: PLC0415 - asked for once in a lifetime

        _refuse_protected(context)
        try:
            return install(context, parameter, value)
        except OSError as error:
            raise unwritable(OPTION, error.filename or "", error) from error

    return installed


def _refuse_protected(context: Context) -> None:
    from ordercli.commands.invocation import Invocation  # noqa: PLC0415
    from ordercli.errors import UsageError  # noqa: PLC0415
    from ordercli.settings_files import home  # noqa: PLC0415

    files = Invocation(context, works=True).output_files  # type: ignore[arg-type] # the context of Typer's click
    folder = home()
    if folder is None:
        raise UsageError(f"{OPTION}: you have no home folder to write to", hint="set HOME")
    written = {folder / name for name in FILES}
    if os.environ.get("ZDOTDIR"):
        written.add(Path(os.environ["ZDOTDIR"]) / ".zshrc")
    for path in written:
        files.protected(OPTION, str(path))
