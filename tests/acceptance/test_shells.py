"""Completion in the shells themselves, where they are installed."""

from __future__ import annotations

import os
import re
import shutil
from typing import TYPE_CHECKING

import pytest

from support.builders import product_order
from support.stored import enqueue
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.store import Store
    from support.running import Ordercli

# How each shell is started without its owner's settings, how completion is switched on, what its prompt is.
SHELLS = {
    "bash": (["--norc", "--noprofile", "-i"], 'eval "$(ordercli --show-completion)"', "bind 'set bell-style none'"),
    "zsh": (["-f", "-i"], 'autoload -U compinit && compinit -u -D && eval "$(ordercli --show-completion)"', ":"),
    "fish": (["--no-config", "-i"], "ordercli --show-completion | source", ":"),
}
SHELL_NAMES = [pytest.param(name, marks=pytest.mark.skipif(not shutil.which(name), reason=name)) for name in SHELLS]


@pytest.mark.parametrize("shell", SHELL_NAMES)
def test_commands_and_ids_are_completed(
    ordercli: Ordercli, connection: Store, folder_of_command: Path, shell: str
) -> None:
    enqueue(connection, product_order("CRM-1007"))
    arguments, switch_on, first = SHELLS[shell]
    environment = ordercli.environment(
        {"PATH": f"{folder_of_command}:{os.environ['PATH']}", "XDG_DATA_HOME": str(ordercli.folder)}
    )
    process = on_terminal([shell, *arguments], ordercli.folder, environment, columns=200)
    process.sendline(first)
    process.sendline(switch_on)
    process.sendline("echo re''ady")
    process.expect_exact("ready")

    process.send("ordercli que\t")
    process.expect(re.compile("ordercli queue", re.DOTALL))
    process.send("sh\tCRM\t")
    process.expect_exact("CRM-1007")
    process.sendline("")
    process.expect('"orderId"|orderId')
    process.close(force=True)


@pytest.mark.skipif(not shutil.which("zsh"), reason="zsh")
def test_the_first_tab_of_a_new_zsh_completes_and_no_style_is_set(
    ordercli: Ordercli, folder_of_command: Path, tmp_path: Path
) -> None:
    settings = ordercli.folder / ".zshrc"
    settings.write_text("PS1='ready> '")
    path = {"PATH": f"{folder_of_command}:{os.environ['PATH']}"}
    environment = ordercli.environment(path)
    for _ in range(2):
        ended(on_terminal(["zsh", "-i", "-c", "ordercli --install-completion; true"], tmp_path, environment))

    process = on_terminal(["zsh", "-i"], ordercli.folder, environment)
    process.expect_exact("ready> ")
    process.send("ordercli que\t")
    process.expect(re.compile("ordercli queue", re.DOTALL))
    process.send("pur\t")
    process.expect(re.compile("purge", re.DOTALL))
    process.close(force=True)

    assert settings.read_text() == "PS1='ready> '\nfpath+=~/.zfunc; autoload -Uz compinit; compinit\n"
