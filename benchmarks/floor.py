"""Compare `queue run` with SQLite alone: the same statements with the same rows, from a list that was made before.

    python -m benchmarks.floor table DATABASE           what each statement takes in `queue run` and by itself
    python -m benchmarks.floor record DATABASE LOG      run the queue of a database, and keep its statements in a file
    python -m benchmarks.floor replay DATABASE LOG      run these statements on a copy of that database; print seconds

DATABASE has orders waiting in its queue. `table` works on copies of it. Times are those of one processor.
"""

from __future__ import annotations

import argparse
import gc
import pickle
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple, TypeVar, cast

from ordercli.bulk.queue_run import run_queue
from ordercli.database import sqlite
from ordercli.database.opening import open_database
from ordercli.database.store import Cursor, Store
from ordercli.settings import Seconds, Settings

_NAME = re.compile(r"INSERT INTO \w+|UPDATE \w+ SET state = '\w+'|SELECT|COMMIT|BEGIN")
_LONGEST = Seconds(7200)
_Result = TypeVar("_Result")


class Statement(NamedTuple):
    """A statement with its parameters: those of one call, or rows."""

    text: str
    parameters: Any
    is_many: bool

    @property
    def rows(self) -> int:
        """How many rows are written; 0 for a statement that is called once."""
        return len(self.parameters) if self.is_many else 0


class Times:
    """How long statements took, and how many rows they wrote, by their first words."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.rows: defaultdict[str, int] = defaultdict(int)

    def take(self, statement: Statement, run: Callable[[], _Result]) -> _Result:
        """Run a statement, and add its time."""
        began = process_time()
        result = run()
        match = _NAME.match(statement.text)
        name = match[0] if match else "others"
        self.seconds[name] += process_time() - began
        self.rows[name] += statement.rows
        return result


def run(database: Path, keep: Callable[[Statement], object], times: Times) -> float:
    """Run the queue in one process, pass each statement to `keep`, and return the seconds that all of it took."""

    class Recording(sqlite.SqliteStore):
        """A store that passes on what it is asked to run."""

        def execute(self, statement: str, parameters: Sequence[object] = (), /) -> Cursor:
            """Run one statement."""
            asked = Statement(statement, parameters, is_many=False)
            keep(asked)
            done: Cursor = times.take(asked, lambda: super(Recording, self).execute(statement, parameters))
            return done

        def executemany(self, statement: str, parameters: Iterable[object], /) -> Cursor:
            """Run one statement for each row."""
            asked = Statement(statement, list(parameters), is_many=True)
            keep(asked)
            done: Cursor = times.take(asked, lambda: super(Recording, self).executemany(statement, asked.parameters))
            return done

    plain, settings = sqlite.SqliteStore, Settings()
    sqlite.SqliteStore = Recording  # type: ignore[misc]
    try:
        began = process_time()
        run_queue(str(database), settings._replace(queue=settings.queue._replace(max_runtime=_LONGEST)), jobs=1)
        return process_time() - began
    finally:
        sqlite.SqliteStore = plain  # type: ignore[misc]


def recorded(database: Path) -> list[Statement]:
    """Run the queue; return its statements, without those that open the database."""
    log: list[Statement] = []
    run(database, log.append, Times())
    return [each for each in log if not each.text.startswith("PRAGMA")]


def replay(database: Path, log: list[Statement], times: Times) -> float:
    """Run the statements on a copy of the database that they were made for; return the seconds by the clock."""
    with closing(open_database(str(database))) as store:
        began = perf_counter()
        for statement in log:
            times.take(statement, lambda: _run(store, statement))  # noqa: B023 - called at once
        return perf_counter() - began


def _run(store: Store, statement: Statement) -> None:
    if statement.is_many:
        store.executemany(statement.text, statement.parameters)
    else:
        store.execute(statement.text, statement.parameters).fetchall()


def print_table(database: Path) -> None:
    """Print what each statement takes, in microseconds an order; in the run, rows are fetched between statements."""
    in_run, alone = Times(), Times()
    with tempfile.TemporaryDirectory(prefix="floor-", dir=database.parent) as folder:
        copies = [Path(shutil.copyfile(database, Path(folder) / f"{n}.db")) for n in range(3)]
        seconds = run(copies[0], lambda _: None, in_run)
        replay(copies[1], recorded(copies[2]), alone)
    orders = alone.rows["INSERT INTO customer_order"]
    print("| statement | rows per order | in `queue run` | SQLite alone |\n| --- | --- | --- | --- |")
    for name in sorted(alone.seconds, key=alone.seconds.__getitem__, reverse=True):
        times = (f"{each.seconds[name] / orders * 1e6:.1f} us" for each in (in_run, alone))
        print(f"| {name} | {alone.rows[name] / orders:.1f} | {' | '.join(times)} |")
    between = seconds - sum(in_run.seconds.values())
    floor = sum(alone.seconds.values())
    print(f"| Python between statements | | {between / orders * 1e6:.1f} us | |")
    print(f"| all of it ({orders} orders) | | {seconds / orders * 1e6:.1f} us | {floor / orders * 1e6:.1f} us |")


def main() -> None:
    """Do what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("table", "record", "replay"))
    parser.add_argument("database", type=Path)
    parser.add_argument("log", type=Path, nargs="?")
    options = parser.parse_args()
    gc.disable()  # the command seldom searches for garbage; among so many rows that would take long
    if options.action == "table":
        print_table(options.database)
    elif options.action == "record":
        options.log.write_bytes(pickle.dumps([tuple(each) for each in recorded(options.database)]))
    else:
        log = cast("list[Any]", pickle.loads(options.log.read_bytes()))  # noqa: S301 - our own file
        print(replay(options.database, [Statement(*each) for each in log], Times()))


if __name__ == "__main__":
    main()
