"""Run commands as an unknown user who has no write access."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

from support.running import COMMAND, PATIENCE_SECONDS, Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.running import Ordercli

UID = 54321


def is_root() -> bool:
    """Return whether the tests run as root, who may write to read-only files."""
    return os.geteuid() == 0


@contextmanager
def acting_as_stranger() -> Iterator[None]:
    """Run the block with the rights of user 54321 if this process is root; import everything it needs before."""
    if not is_root():
        yield
        return
    os.seteuid(UID)
    try:
        yield
    finally:
        os.seteuid(0)


def as_stranger(ordercli: Ordercli, *args: str, stdin: bytes = b"", **env: str | None) -> Result:
    """Run the command as user 54321 without groups if the tests run as root; else as the current user.

    An environment variable that is given as None is left out.
    """
    given = {name: value for name, value in env.items() if value is not None}
    environ = ordercli.environment(given, measured=False)
    for name in (name for name, value in env.items() if value is None):
        environ.pop(name, None)
    done = subprocess.run(
        [*_setpriv(), *COMMAND, *args],
        input=stdin,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
        check=False,
        cwd=tempfile.gettempdir(),  # everybody may write here
        env={**environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    return Result(done.returncode, done.stdout.decode(), done.stderr.decode())


def _setpriv() -> list[str]:
    if not is_root():
        return []
    # The interpreter, this working copy and the folder of the test may lie where only root can read: reading is
    # allowed, writing is not.
    may_read = ["--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"]
    return ["setpriv", "--reuid", str(UID), "--regid", str(UID), "--clear-groups", *may_read]
