"""Kill a process before each statement that makes or upgrades a database; the next process completes the work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from ordercli.database.opening import make_database
from ordercli.operations.audit import audit
from support.schemas import DUMPS, Content, content, database_of, upgraded

if TYPE_CHECKING:
    from random import Random

PATIENCE_SECONDS = 120
# More than there are on the way from nothing to the newest schema.
STATEMENTS = 400


def opened(kind: str, path: str, *counts: int) -> list[str]:
    """Return what happened to the processes, see opening_processes.py."""
    program = Path(__file__).with_name("opening_processes.py")
    done = subprocess.run(
        [sys.executable, program, kind, path, *map(str, counts)],
        capture_output=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def trial(folder: Path, rng: Random) -> Trial:
    """Upgrade a database of some schema, or make one, and die at some statement."""
    version = rng.choice([0, *sorted(DUMPS)[:-1]])
    database = database_of(version, folder) if version else str(folder / "new.db")
    expected = upgraded(content(database), version) if version else _of_a_new_one(folder)
    return die_at_a_statement(database, expected, rng)


def die_at_a_statement(database: str, expected: Content, rng: Random) -> Trial:
    """Kill a process that opens the database at one of its statements, and open the database again."""
    opened("before", database, rng.randrange(STATEMENTS))

    began = monotonic()
    make_database(database).close()
    took = monotonic() - began

    found = [str(fault) for fault in audit(database)]
    if content(database) != expected:
        found.append("the upgrade left something else than it should")
    return Trial(recovery_seconds=took, findings=tuple(found))


def _of_a_new_one(folder: Path) -> Content:
    path = str(folder / "fresh.db")
    make_database(path).close()
    return content(path)


CAMPAIGNS = (Campaign("kill -9 at any statement of a migration", trial, long_run=300),)
