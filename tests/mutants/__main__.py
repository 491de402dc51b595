"""Try every mutation on a copy of the project, and tell which of them no test notices; `make mutants` runs it."""

from __future__ import annotations

import argparse
import compileall
import os
import py_compile
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from mutants.catalogue import ROOT, mutants
from mutants.page import write_page
from support.servers import GIVEN, server_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mutants.catalogue import Mutant

COPIED = ("src", "tests", "samples", "docs", "scripts")
LIMIT_SECONDS = 180
PASSED, FAILED = 0, 1


@dataclass(frozen=True)
class MutantResult:
    """What the tests said of a mutation, and how long they took."""

    mutant: Mutant
    killed: bool
    seconds: float

    @property
    def is_as_expected(self) -> bool:
        """Killed, unless it is known to be harmless."""
        return self.killed is not bool(self.mutant.harmless)

    @property
    def word(self) -> str:
        """Return the result as it is printed."""
        return "killed" if self.killed else "survived, harmless" if self.mutant.harmless else "survived"


class InconclusiveError(Exception):
    """The tests did not run at all, so that they say nothing of a mutation."""


def try_out(mutant: Mutant, copy: Path) -> MutantResult:
    """Run the tests of a mutation against it."""
    before = mutant.source(copy).read_bytes()
    started = monotonic()
    mutant.source(copy).write_text(mutant.text(copy))
    try:
        code = run_tests(mutant.tests, copy)
    finally:
        mutant.source(copy).write_bytes(before)
    if code not in {PASSED, FAILED}:
        output = (copy / "output").read_text(errors="replace")
        raise InconclusiveError(f"{mutant.name}: pytest ended with {code}\n{output}")
    return MutantResult(mutant, code == FAILED, monotonic() - started)


def run_tests(tests: Iterable[str], copy: Path, limit: float = LIMIT_SECONDS) -> int:
    """Run tests in the copy until one fails; the exit code of pytest. Tests that do not end in time have failed."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *(f"tests/{each}" for each in tests),
    ]
    environment = {**os.environ, "PYTHONPATH": str(copy / "src")}
    log = copy / "output"
    with log.open("wb") as output:
        running = subprocess.Popen(
            command, cwd=copy, env=environment, stdout=output, stderr=output, start_new_session=True
        )
        try:
            return running.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
            return FAILED


def copied(folder: Path) -> Path:
    """A copy of what the tests need."""
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "Makefile"):
        shutil.copy(ROOT / name, folder)
    # A compiled file is normally trusted by its time, and a mutation lasts less than the second that this counts in.
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    compileall.compile_dir(folder / "src", quiet=1, invalidation_mode=mode)
    return folder


def table(results: Sequence[MutantResult]) -> Table:
    """Return the table of all results."""
    made = Table(header_style="bold")
    for name in ("mutation", "file", "result", "seconds"):
        made.add_column(name, justify="right" if name == "seconds" else "left")
    for each in results:
        style = None if each.is_as_expected else "red"
        made.add_row(each.mutant.name, each.mutant.file, each.word, f"{each.seconds:.1f}", style=style)
    return made


def main() -> int:
    """Try the mutations; 1 if one survives that is not known to be harmless, or if one that is does not."""
    arguments = _arguments()
    chosen = [each for each in mutants() if arguments.only in each.name]
    started = monotonic()
    with TemporaryDirectory(prefix="ordercli-mutants-") as folder, server_address() as address:
        os.environ[GIVEN] = address
        copy = copied(Path(folder))
        if run_tests(sorted({test for each in chosen for test in each.tests}), copy, 10 * LIMIT_SECONDS) != PASSED:
            sys.stderr.write(f"{(copy / 'output').read_text()}\nThe tests fail without any mutation.\n")
            return 1
        results = []
        for mutant in chosen:
            results.append(try_out(mutant, copy))
            sys.stderr.write(f"{results[-1].word}: {mutant.name} ({results[-1].seconds:.1f} s)\n")
    Console().print(table(results))
    if not arguments.only:
        write_page([(each.mutant, each.killed) for each in results], (monotonic() - started) / 60)
    return int(not all(each.is_as_expected for each in results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mutants", description=__doc__)
    parser.add_argument("--only", default="", metavar="NAME", help="mutations whose name has this in it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
