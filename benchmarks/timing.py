"""A command goes in, what its process took comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TAIL = 400
# Isolated and without site-packages: it has to be smaller than what it starts.
_LAUNCHER = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launcher.py")))


class CannotRunError(Exception):
    """A benchmark cannot be run here; says why."""


class WrongResultError(Exception):
    """A run was over, but its result is not what it should be; says what is off."""


@dataclass(frozen=True)
class Command:
    """A command with the exit codes that mean it did its work; `env` is added to the environment."""

    words: Sequence[str]
    exit_codes: tuple[int, ...] = (0,)
    env: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


@dataclass(frozen=True)
class Took:
    """What one run took, from the start of the process to its end.

    `wall` and `cpu` in seconds (all its processes), `peak` in MiB (its largest process).
    """

    wall: float
    cpu: float
    peak: float
    output: str


# $0 is how many; each is waited for, and the first bad end is the end of all.
_TOGETHER = 'for n in $(seq "$0"); do "$@" & all="$all $!"; done; for one in $all; do wait "$one" || exit; done'


def together(command: Command, processes: int) -> Command:
    """Return a command that runs this one in several processes, and fails if one of them fails."""
    return replace(command, words=["sh", "-c", _TOGETHER, str(processes), *command.words])


def run(command: Command) -> Took:
    """Run a command by way of the launcher, and account for it.

    Raises:
        CannotRunError: it does not start, or ends with another exit code than expected.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as account:
        subprocess.run(
            [*_LAUNCHER, str(account.fileno()), *command.words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            env=os.environ | command.env,
            cwd=command.folder,
            pass_fds=[account.fileno()],
            check=True,
        )
        took = json.loads(_text(account))
        texts = [_text(output), _text(errors)]
    if "error" in took:
        raise CannotRunError(f"{command.words[0]}: {took['error']}")
    if took["exit_code"] not in command.exit_codes:
        reported = (texts[1] or texts[0]).strip()[-_TAIL:]
        raise CannotRunError(f"{' '.join(command.words[:6])} … ended with {took['exit_code']}: {reported}")
    return Took(took["wall"], took["cpu"], took["peak"], texts[0])


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
