"""The real command: how it is called, and databases for it to work on."""

from __future__ import annotations

import shutil
import sysconfig
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from benchmarks.inputs import Orders, ndjson, reference
from benchmarks.timing import Command, run

PYTHON = Path(sysconfig.get_path("scripts")) / "python"
PROGRAM = Path(sysconfig.get_path("scripts")) / "ordercli"
REFUSED = 1
# Of the user who measures: no settings, and bytecode is kept, as it is where a program was installed. In the folder of
# the project its pyproject.toml would be read, 4 ms of each start.
_NO_PROJECT = Path("/")
_NO_SETTINGS = {"XDG_CONFIG_HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": ""}


def ordercli(*words: object, exit_codes: tuple[int, ...] = (0,)) -> Command:
    """Return a call of the program that is installed beside this interpreter."""
    env = {**_NO_SETTINGS, "ORDERCLI_OUTPUT": "json"}
    return Command([str(PROGRAM), *map(str, words)], exit_codes, env, _NO_PROJECT)


def silent(command: Command) -> Command:
    """Return the call as cron makes it: without an output format."""
    return replace(command, env=_NO_SETTINGS)


class SubmitContext:
    """A folder with inputs that are kept and databases that are not."""

    def __init__(self, inputs: Path, databases: Path) -> None:
        self.inputs = inputs
        self.databases = databases

    def file(self, orders: Orders) -> Path:
        """Return a file of the orders as NDJSON."""
        return ndjson(self.inputs, orders)

    @cached_property
    def reference(self) -> Path:
        """The reference data of all orders."""
        return reference(self.inputs)

    @cached_property
    def empty(self) -> Path:
        """A database of the current schema that holds nothing."""
        path = self.databases / "empty.db"
        run(ordercli("db", "upgrade", "--database", path))
        return path

    @cached_property
    def stocked(self) -> Path:
        """A database with the reference data of all orders and no order."""
        path = self.databases / "stocked.db"
        self.copy(self.empty, path)
        run(ordercli("reference", "import", self.reference, "--database", path))
        return path

    def queued(self, orders: Orders, *, is_stocked: bool = True) -> Path:
        """Return a database in whose inbound queue the orders wait."""
        path = self.databases / f"queued-{orders.name}{'' if is_stocked else '-bare'}.db"
        if not path.exists():
            self.copy(self.stocked if is_stocked else self.empty, path)
            run(ordercli("submit", self.file(orders), "--async", "--database", path, *orders.options))
        return path

    def created(self, orders: Orders) -> Path:
        """Return a database in which the orders were queued and created."""
        path = self.databases / f"created-{orders.name}.db"
        if not path.exists():
            self.copy(self.queued(orders), path)
            run(ordercli("queue", "run", "--max-runtime", "2h", "--database", path))
        return path

    def copy(self, database: Path, path: Path) -> None:
        """Make a fresh copy of a database for a run."""
        for left in path.parent.glob(f"{path.name}-*"):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        shutil.copyfile(database, path)
        path.chmod(0o600)
