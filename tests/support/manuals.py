"""Follow a manual: run the commands that stand in it, as a person does who pastes them one after the other."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from support.running import PATIENCE_SECONDS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
HOW_TO = DOCS / "how-to"
# After each command that fails, its exit code and its text; the commands after it run nevertheless.
_NOTE_FAILURES = """trap 'printf "%s %s\\n" $? "$BASH_COMMAND" >> failed' ERR\n"""


class Followed(NamedTuple):
    """What the commands of a manual printed, and those that failed, each with its exit code."""

    stdout: str
    stderr: str
    failed: list[str]


def checkout(folder: Path) -> Path:
    """Make a folder with the samples, as the manuals expect it."""
    shutil.copytree(ROOT / "samples", folder / "samples")
    return folder


def commands(manual: str, *titles: str) -> str:
    """Return the command lines of a manual, or only those of sections; fenced blocks hold none."""
    if titles:
        manual = "".join(_section(manual, title) for title in titles)
    manual = re.sub(r"^```.*?^```\n", "", manual, flags=re.MULTILINE | re.DOTALL)
    return "".join(re.findall(r"^    (.*\n)", manual, re.MULTILINE))


def _section(manual: str, title: str) -> str:
    _, begins, rest = manual.partition(f"\n## {title}\n")
    assert begins, title
    return rest.partition("\n## ")[0]


def search_path() -> str:
    """Return a PATH with ordercli first."""
    return f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


def in_bash(script: str, folder: Path, *options: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run commands as a person does, from a checkout, with ordercli first in PATH."""
    return subprocess.run(
        ["bash", *options, "-c", script],
        cwd=folder,
        env={"PATH": search_path(), "HOME": str(folder), **more},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def follow(page: str, folder: Path, *titles: str, **more: str) -> Followed:
    """Run all commands of a page of docs/, or those of some of its sections, in a new checkout."""
    [manual] = DOCS.rglob(f"{page}.md")
    script = commands(manual.read_text(encoding="utf-8"), *titles)
    done = in_bash(_NOTE_FAILURES + script, checkout(folder), **more)
    failed = folder / "failed"
    return Followed(done.stdout, done.stderr, failed.read_text("utf-8").splitlines() if failed.exists() else [])
