"""A command goes in, what its process took comes out."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_TAIL = 400


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
    """Run a command and account for it.

    Raises:
        CannotRunError: it does not start, or ends with another exit code than expected.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = perf_counter()
        try:
            process = subprocess.Popen(
                command.words,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                env=os.environ | command.env,
                cwd=command.folder,
            )
        except OSError as error:
            raise CannotRunError(f"{command.words[0]}: {error.strerror}") from error
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = [_text(output), _text(errors)]
    if process.returncode not in command.exit_codes:
        reported = (texts[1] or texts[0]).strip()[-_TAIL:]
        raise CannotRunError(f"{' '.join(command.words[:6])} … ended with {process.returncode}: {reported}")
    return Took(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, texts[0])


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")
