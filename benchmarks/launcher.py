"""Start a command, wait for it, and write what it took to a file descriptor, as JSON.

A process begins with the peak of the one that it was forked from, so that a command has to be started by something that
is smaller than any command: this script, with nothing but the standard library's smallest modules.
"""

import json
import os
import sys
from signal import SIGPIPE
from time import perf_counter


def main(descriptor: int, words: list[str]) -> None:
    """Run the command with the input, output, folder and environment of this process."""
    took: dict[str, object]
    started = perf_counter()
    try:
        process = os.posix_spawnp(
            words[0],
            words,
            os.environ,
            file_actions=[(os.POSIX_SPAWN_CLOSE, descriptor)],
            setsigdef=[SIGPIPE],  # Python ignores it
        )
    except OSError as error:
        took = {"error": error.strerror}
    else:
        _, status, usage = os.wait4(process, 0)
        took = {
            "wall": perf_counter() - started,
            "cpu": usage.ru_utime + usage.ru_stime,
            "peak": usage.ru_maxrss / 1024,
            "exit_code": os.waitstatus_to_exitcode(status),
        }
    os.write(descriptor, json.dumps(took).encode())


main(int(sys.argv[1]), sys.argv[2:])
