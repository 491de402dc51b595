"""huey on SQLite: `put` stores each line of a file, `run` runs a task that does nothing on each, `both` does both."""

from __future__ import annotations

import sys
from pathlib import Path

from huey import SqliteHuey  # type: ignore[import-not-found]

action, store, orders = sys.argv[1:]
queue = SqliteHuey(filename=store)


@queue.task()  # type: ignore[untyped-decorator]
def nothing(payload: bytes) -> None:
    """Take the payload."""


if action in {"put", "both"}:
    with Path(orders).open("rb") as lines:
        for line in lines:
            nothing(line.rstrip(b"\n"))
if action in {"run", "both"}:
    done = 0
    while task := queue.dequeue():
        queue.execute(task)
        done += 1
    print(done)
