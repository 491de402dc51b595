"""Shell completion: the ids that are offered, and the files that are installed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from typer import _completion_shared as shared

from ordercli.cli.invocation import named_database
from ordercli.cli.options import given
from ordercli.errors import OrdercliError
from ordercli.settings import load

if TYPE_CHECKING:
    from collections.abc import Callable

    from typer._click import Command, Context, Parameter

    from ordercli.database.store import Store


def order_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Orders and queue entries."""
    from ordercli.queue.entries import entry_ids as queued  # noqa: PLC0415 - only while somebody types
    from ordercli.resources.product_order.order_store import order_ids as created  # noqa: PLC0415

    return _suggested(context, incomplete, created, queued)


def entry_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Queue entries."""
    from ordercli.queue.entries import entry_ids as queued  # noqa: PLC0415

    return _suggested(context, incomplete, queued)


def batch_ids(context: typer.Context, incomplete: str) -> list[str]:
    """Batches."""
    from ordercli.queue.batches import batch_ids as batches  # noqa: PLC0415

    return _suggested(context, incomplete, batches)


def _suggested(context: typer.Context, incomplete: str, *look: Callable[[Store, str, int], list[str]]) -> list[str]:
    from ordercli.operations.suggestions import suggested  # noqa: PLC0415

    options = given(context)
    try:
        database = named_database(load({"database": options.get("database")}, config=options.get("config")))
    except OrdercliError:
        return []
    return suggested(database, incomplete, *look) if database else []


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
        from ordercli.output_files.paths import unwritable  # noqa: PLC0415 - asked for once in a lifetime

        _refuse_protected(context)
        try:
            return install(context, parameter, value)
        except OSError as error:
            raise unwritable(OPTION, error.filename or "", error) from error

    return installed


def _refuse_protected(context: Context) -> None:
    from ordercli.cli.invocation import Invocation  # noqa: PLC0415
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


# On the first Tab zsh loads the file as the function `_ordercli` and runs it: it has to complete at once.
_SCRIPT = """
#compdef %(prog_name)s

%(complete_func)s() {
  eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" %(autocomplete_var)s=complete_zsh %(prog_name)s)
}

if [[ $funcstack[1] == _%(prog_name)s ]]; then
  %(complete_func)s "$@"
else
  compdef %(complete_func)s %(prog_name)s
fi
"""
_START = "fpath+=~/.zfunc; autoload -Uz compinit; compinit"


def use_own_zsh_completion() -> None:
    """Let `--install-completion` and `--show-completion` of Typer take this script and this way of installing it."""
    shared._completion_scripts["zsh"] = _SCRIPT  # noqa: SLF001 - the range of Typer's versions is narrow, and tested
    shared.install_zsh = _install


def _install(*, prog_name: str, complete_var: str, shell: str) -> Path:
    """Write the script into ~/.zfunc, and let .zshrc look there; nothing else in it is changed."""
    settings = Path(os.environ.get("ZDOTDIR") or Path.home()) / ".zshrc"
    text = settings.read_text(encoding="utf-8", errors="surrogateescape") if settings.exists() else ""
    if _START not in text:
        with settings.open("a", encoding="utf-8") as file:
            file.write(f"{'' if text.endswith(chr(10)) or not text else chr(10)}{_START}\n")
    script = Path.home() / ".zfunc" / f"_{prog_name}"
    script.parent.mkdir(parents=True, exist_ok=True)
    content = shared.get_completion_script(prog_name=prog_name, complete_var=complete_var, shell=shell)
    script.write_text(f"{content}\n", encoding="utf-8")
    return script
