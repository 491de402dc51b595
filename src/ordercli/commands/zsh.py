"""Completion in zsh: what Typer installs does nothing on the first Tab, and sets the menu style of every program."""

from __future__ import annotations

import os
from pathlib import Path

from typer import _completion_shared as shared

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
