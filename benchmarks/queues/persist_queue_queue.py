"""persist-queue: `put` stores each line of a file, `run` takes and acknowledges each, `both` does both."""

from __future__ import annotations

import sys
from pathlib import Path

from persistqueue import SQLiteAckQueue  # type: ignore[import-not-found]

action, store, orders = sys.argv[1:]
queue = SQLiteAckQueue(store)

if action in {"put", "both"}:
    with Path(orders).open("rb") as lines:
        for line in lines:
            queue.put(line.rstrip(b"\n"))
if action in {"run", "both"}:
    done = 0
    while queue.size:
        queue.ack(queue.get(block=False))
        done += 1
    print(done)
