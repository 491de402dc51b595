"""Forward the orders of a database to a target that answers after a while, and print the seconds for each order.

python -m benchmarks.forwards run DATABASE SETTINGS PORT IN_FLIGHT     what `forward run` takes
python -m benchmarks.forwards ideal IN_FLIGHT                          what it would take if it did nothing but wait
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from time import perf_counter

from benchmarks.ours import ordercli
from benchmarks.timing import WrongResultError

LATENCY_SECONDS = 0.05


class Target:
    """A system that takes every order, and answers after `LATENCY_SECONDS`; `times` is when each came."""

    def __init__(self) -> None:
        self.times: list[float] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection, one after the other."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.times.append(perf_counter())
                body = json.dumps({"id": f"remote-{len(self.times)}", "state": "acknowledged"}).encode()
                await asyncio.sleep(LATENCY_SECONDS)
                kind = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n"
                writer.write(kind + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def forward(database: str, settings: str, port: int) -> list[float]:
    """Run `forward run` once; return when each order came to the target."""
    target = Target()
    command = ordercli("forward", "run", "--config", settings, "--database", database)
    async with await asyncio.start_server(target.serve, "127.0.0.1", port):
        run = await asyncio.to_thread(subprocess.run, command.words, env=command.env, capture_output=True, check=False)
    if run.returncode:
        raise WrongResultError(run.stderr.decode()[-400:])
    return target.times


def main() -> None:
    """Print the seconds for each order, and how many came."""
    what, *rest = sys.argv[1:]
    in_flight = int(rest[-1])
    if what == "ideal":
        print(json.dumps({"each": LATENCY_SECONDS / in_flight}))
        return
    times = asyncio.run(forward(rest[0], rest[1], int(rest[2])))
    print(json.dumps({"each": (times[-1] - times[0]) / (len(times) - in_flight), "orders": len(times)}))


if __name__ == "__main__":
    main()
