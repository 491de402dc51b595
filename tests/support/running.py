"""Run the command as users do: in this process for speed, or in a separate process."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from typer.testing import CliRunner

from ordercli.cli.app import app
from ordercli.failpoints import SWITCH, arm

if TYPE_CHECKING:
    from types import TracebackType

COMMAND = (sys.executable, "-m", "ordercli")
PATIENCE_SECONDS = 60
KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "TMPDIR")


def children() -> set[int]:
    """Return the child processes that were not waited for yet."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            if status.read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
                found.add(int(status.parent.name))
    return found


class Started(subprocess.Popen[bytes]):
    """A process that is killed, and not waited for, if its test has failed."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error:
            self.kill()
        super().__exit__(kind, error, trace)

    def wait_until_it_reads(self) -> None:
        """Wait until it has read all input and sleeps; a signal that comes earlier may miss the call that blocks."""
        assert self.stdin
        until = time.monotonic() + PATIENCE_SECONDS
        unread, state = b"?", ""
        while unread != bytes(4) or state != "S":
            if time.monotonic() > until:
                raise TimeoutError("it does not wait for more to read")
            unread = fcntl.ioctl(self.stdin, termios.FIONREAD, bytes(4))
            state = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0]
            time.sleep(0.001)


@dataclass(frozen=True)
class Result:
    """The result of one call of the command."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Return standard output as one JSON document."""
        return json.loads(self.stdout)

    @property
    def ndjson(self) -> list[Any]:
        """Return standard output as a list with one JSON document per line."""
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def notes(self) -> str:
        """Return the messages on standard error, each line of which is a JSON object."""
        return "".join(f"{json.loads(line)['message']}\n" for line in self.stderr.splitlines())


class Ordercli:
    """The command with its own database, home and working folder; `words` start it in a separate process."""

    words: tuple[str, ...] = COMMAND

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database

    def __call__(self, *args: str, stdin: bytes = b"", **env: str) -> Result:
        """Run the command in this process; `env` are further environment variables."""
        result = CliRunner().invoke(app, args, input=stdin, env=self._variables(env))
        if SWITCH in env:
            arm({SWITCH: "1"})  # this process and its clock serve other tests, too
        return Result(result.exit_code, result.stdout_bytes.decode(), result.stderr_bytes.decode())

    def process(self, *args: str, stdin: bytes = b"", timeout: float = PATIENCE_SECONDS, **env: str) -> Result:
        """Run the command in a separate process, and wait for its end."""
        done = subprocess.run(
            [*COMMAND, *args],
            input=stdin,
            capture_output=True,
            timeout=timeout,
            check=False,
            cwd=self.folder,
            env=self.environment(env),
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def start(
        self,
        *args: str,
        stdin: IO[bytes] | int = subprocess.DEVNULL,
        stdout: IO[bytes] | int = subprocess.PIPE,
        **env: str,
    ) -> Started:
        """Start the command in a separate process."""
        return Started(
            [*self.words, *args],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment(env),
        )

    def environment(self, more: dict[str, str] | None = None, *, measured: bool = True) -> dict[str, str]:
        """Return the whole environment of a process.

        Coverage is `measured` unless the process may not write its file, or the test looks at imported modules.
        """
        kept = {
            name: value
            for name, value in os.environ.items()
            if name in KEPT or (measured and name.startswith("COVERAGE"))
        }
        return {**kept, **self._variables(more or {})}

    def _variables(self, more: dict[str, str]) -> dict[str, str]:
        return {"HOME": str(self.folder), "ORDERCLI_DATABASE": self.database, **more}


def wait_until_handled(pid: int) -> None:
    """Wait until a process has handled SIGTERM; after that it does not catch it any more."""
    caught = 1 << (signal.SIGTERM - 1)
    until = time.monotonic() + PATIENCE_SECONDS
    while int(Path(f"/proc/{pid}/status").read_text().split("SigCgt:\t")[1].split("\n")[0], 16) & caught:
        assert time.monotonic() < until
        time.sleep(0.01)
