"""The command as its user starts it: in this process for speed, or as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from typer.testing import CliRunner

from ordercli.app import app

COMMAND = (sys.executable, "-m", "ordercli")
KEPT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "TMPDIR")


def children() -> set[int]:
    """The processes that this one has started and has not waited for yet."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            if status.read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
                found.add(int(status.parent.name))
    return found


@dataclass(frozen=True)
class Result:
    """What a call of the command came to."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Standard output as one JSON document."""
        return json.loads(self.stdout)

    @property
    def ndjson(self) -> list[Any]:
        """Standard output as one JSON document a line."""
        return [json.loads(line) for line in self.stdout.splitlines()]


class Ordercli:
    """The command with a database and a home of its own, in a folder of its own."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder = folder
        self.database = database

    def __call__(self, *args: str, stdin: bytes = b"", **env: str) -> Result:
        """Run the command in this process; `env` are further environment variables."""
        result = CliRunner().invoke(app, args, input=stdin, env=self._variables(env))
        return Result(result.exit_code, result.stdout_bytes.decode(), result.stderr_bytes.decode())

    def process(self, *args: str, stdin: bytes = b"", timeout: float = 60, **env: str) -> Result:
        """Run the command as a process of its own, to its end."""
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
    ) -> subprocess.Popen[bytes]:
        """Start the command as a process of its own."""
        return subprocess.Popen(
            [*COMMAND, *args],
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env=self.environment(env),
        )

    def environment(self, more: dict[str, str] | None = None) -> dict[str, str]:
        """The whole environment of a process."""
        kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("COVERAGE")}
        return {**kept, **self._variables(more or {})}

    def _variables(self, more: dict[str, str]) -> dict[str, str]:
        return {"HOME": str(self.folder), "ORDERCLI_DATABASE": self.database, **more}
