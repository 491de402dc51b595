"""litequeue: `put` stores each line of a file, `run` takes each and marks it done, `both` does both."""

from __future__ import annotations

import sys
from pathlib import Path

from litequeue import LiteQueue  # type: ignore[import-not-found]

action, store, orders = sys.argv[1:]
queue = LiteQueue(store)

if action in {"put", "both"}:
    with Path(orders).open() as lines:
        for line in lines:
            queue.put(line.rstrip("\n"))
if action in {"run", "both"}:
    done = 0
    while task := queue.pop():
        queue.done(task.message_id)
        done += 1
    print(done)
