"""The pages of `man` say what `--help` says, and the programs that show them have nothing to complain of."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer

from ordercli.cli.app import COMMANDS, app

ROOT = Path(__file__).parents[1]
MAN = ROOT / "man"
PAGES = sorted(MAN.glob("*"))


def shown(page: Path) -> str:
    """What a reader sees, in as few words as are sure: without requests, fonts and escapes."""
    text = re.sub(r"^\.(?:TH|SH|SS|TP|P|br|nh|ad l|EX|EE|B|BR|I)\b ?", "", page.read_text("ascii"), flags=re.MULTILINE)
    text = re.sub(r"\\\[u([0-9A-F]{4,6})\]", lambda found: chr(int(found[1], 16)), text)
    return " ".join(re.sub(r"\\f[BIR]|\\&|\\%|`", "", text).replace(r"\-", "-").replace(r"\e", "\\").split())


def test_there_is_a_page_for_the_program_and_one_for_each_command() -> None:
    assert [page.name for page in PAGES] == sorted(["ordercli.1", *(f"ordercli-{name}.1" for name in COMMANDS)])


def test_a_package_puts_them_where_man_looks() -> None:
    built = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]

    assert built["shared-data"] == {"man": "share/man/man1"}


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_a_page_has_every_option_text_and_example_of_its_commands(name: str) -> None:
    root: Any = typer.main.get_command(app)
    context = typer.Context(root, info_name="ordercli")
    command = root.resolve_command(context, [name])[1] if name else root
    page = shown(MAN / f"ordercli{name and '-'}{name}.1")

    wanted = [
        words
        for each in (command, *getattr(command, "commands", {}).values())
        for words in (
            *each.help.replace("`", "").replace("Examples:", "").split("\n"),
            *(
                text
                for parameter in each.params
                if not name or parameter.rich_help_panel != "Global options"
                for text in (*parameter.opts[: 1 if parameter.param_type_name == "option" else 0], parameter.help)
            ),
        )
    ]
    assert [words for words in wanted if " ".join(words.replace("`", "").split()) not in page] == []


CHECKS = {"mandoc": ["-T", "lint", "-W", "warning"], "groff": ["-man", "-ww", "-z", "-Tutf8"]}


@pytest.mark.parametrize("tool", CHECKS)
def test_no_page_makes_a_program_that_shows_it_complain(tool: str) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    found = [subprocess.run([tool, *CHECKS[tool], page], capture_output=True, text=True, check=False) for page in PAGES]

    assert {(each.returncode, each.stdout, each.stderr) for each in found} == {(0, "", "")}
