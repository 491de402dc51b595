"""Install shell completion: which files may be written, and the script for zsh."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import typer
from typer import _completion_shared as shared

from ordercli.cli.invocation import Invocation
from ordercli.errors import UsageError
from ordercli.output_files.output_file import unwritable
from ordercli.settings_files import home

# Where Typer puts the script, and the line that loads it, for each shell.
FILES = (
    ".bashrc",
    ".bash_completions/ordercli.sh",
    ".zshrc",
    ".zfunc/_ordercli",
    ".config/fish/completions/ordercli.fish",
)
OPTION = "--install-completion"


def prepare_installation(command: Any) -> None:
    """Guard the files that `--install-completion` writes, and use our own script and installation for zsh."""
    # Typer has no public way to change the script of a shell. Its range of versions is narrow, and tests cover this.
    shared._completion_scripts["zsh"] = _SCRIPT  # noqa: SLF001
    shared.install_zsh = _install
    for parameter in command.params:
        if OPTION in parameter.opts:
            parameter.callback = _guarded(parameter.callback)


def _guarded(install: Any) -> Any:
    def installed(context: typer.Context, parameter: typer.CallbackParam, value: Any) -> Any:
        if not value or context.resilient_parsing:
            return value
        _refuse_protected(context)
        try:
            return install(context, parameter, value)
        except OSError as error:
            raise unwritable(OPTION, error.filename or "", error) from error

    return installed


def _refuse_protected(context: typer.Context) -> None:
    files = Invocation(context, works=True).output_files
    folder = home()
    if folder is None:
        raise UsageError(f"{OPTION}: you have no home folder to write to", hint="set HOME")
    written = {folder / name for name in FILES}
    if os.environ.get("ZDOTDIR"):
        written.add(Path(os.environ["ZDOTDIR"]) / ".zshrc")
    for path in written:
        files.protected(OPTION, str(path))


# On the first Tab zsh loads the file as the function `_ordercli` and runs it, so it has to complete at once.
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


def _install(*, prog_name: str, complete_var: str, shell: str) -> Path:
    """Write the script into ~/.zfunc, and add that folder to the search path in .zshrc; change nothing else there."""
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
