"""Processes that open a database, all at once or each to its death; started by the tests as a program of its own.

PATH is that of a file, or the address of a database on a server, of which no copies are made.

    opening_processes.py together PATH COUNT       all open PATH at one moment; prints what each met, as JSON
    opening_processes.py by-statement PATH STEP    opens a copy of PATH, killed before its first statement, then
                                                   another before a statement further on …; prints the copies
    opening_processes.py by-chance PATH COUNT      opens so many copies, each killed after a time left to chance
    opening_processes.py before PATH STATEMENT     opens PATH itself, killed before this statement (from 0)

Processes are forks, so that what is slow to import is imported once.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Engine, event

from ordercli.database import (
    migrate,
    postgres_upgrade,  # noqa: F401 - imported once, not by each process
    sqlite_file,
)
from ordercli.database.address import is_server
from ordercli.database.opening import make_database
from ordercli.database.sqlite import connect

if TYPE_CHECKING:
    from collections.abc import Callable

    from ordercli.database.store import Store


def forked(work: Callable[[], object]) -> int:
    """Do the work in a forked process, and return its id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
        os._exit(0)
    finally:
        os._exit(1)


def together(path: str, count: int) -> list[str]:
    """Return the result of each process: `ok`, or its error."""
    met_in, met_out = os.pipe()
    gate_in, gate_out = os.pipe()

    def open_it() -> None:
        os.close(gate_out)
        os.read(gate_in, 1)  # until the gate is closed for all of them
        os.write(met_out, f"{_met(path)}\n".encode())

    children = [forked(open_it) for _ in range(count)]
    os.close(met_out)
    os.close(gate_out)
    with os.fdopen(met_in) as met:
        found = met.read().splitlines()
    for child in children:
        os.waitpid(child, 0)
    return found


def _met(path: str) -> str:
    try:
        make_database(path).close()
    except Exception as error:  # noqa: BLE001 - the test shows it
        return f"{type(error).__name__}: {error}"
    return "ok"


def by_statement(path: str, step: int) -> list[str]:
    """Yield a copy of the database for each statement (or every few) before which an opening process was killed."""
    killed: list[str] = []
    while before(copy := _copy(path, len(killed)), len(killed) * step):
        killed.append(copy)
    return killed


def before(path: str, statement: int) -> list[str]:
    """Return the path if an opening process was killed before this statement; None if it had finished."""
    child = forked(lambda: _open_until(path, statement))
    return [path] if os.WIFSIGNALED(os.waitpid(child, 0)[1]) else []


def _open_until(path: str, statements: int) -> None:
    """Open the database, and die before the statement after this many."""
    left = statements

    def count(*_statement: object) -> None:
        nonlocal left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def traced(path: str) -> Store:
        made: Any = connect(path)
        made.set_trace_callback(count)
        return made  # type: ignore[no-any-return]

    if is_server(path):
        for moment in ("before_cursor_execute", "commit"):
            event.listen(Engine, moment, count)
    for module in (sqlite_file, migrate):
        vars(module)["connect"] = traced
    make_database(path)


def by_chance(path: str, count: int) -> list[str]:
    """Yield copies of the database, each after an opening process was killed at a random time."""
    rng = random.Random(7)  # noqa: S311 - no secret
    copies = [_copy(path, n) for n in range(count)]
    began = time.monotonic()
    os.waitpid(forked(lambda: make_database(_copy(path, count))), 0)
    whole = time.monotonic() - began
    for copy in copies:
        child = forked(lambda copy=copy: make_database(copy))  # type: ignore[misc]
        time.sleep(rng.uniform(0, whole))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return copies


def _copy(path: str, n: int) -> str:
    if is_server(path):
        return path
    copy = f"{path}-{n}"
    if Path(path).exists():
        shutil.copy(path, copy)
    return copy


if __name__ == "__main__":
    kind, place, *counts = sys.argv[1:]
    trials: dict[str, Callable[..., list[str]]] = {
        "together": together,
        "by-statement": by_statement,
        "by-chance": by_chance,
        "before": before,
    }
    print(json.dumps(trials[kind](place, *map(int, counts))))  # noqa: T201 - what the tests read
