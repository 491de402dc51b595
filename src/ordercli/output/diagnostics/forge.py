"""What forges need: fingerprints that survive edits, and paths in the repository."""

from __future__ import annotations

import os
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ordercli.intake.inputs import current_folder

if TYPE_CHECKING:
    from ordercli.errors import BadInputError
    from ordercli.operations.results import Diagnostic


class Fingerprints:
    """Unique fingerprints of 32 hexadecimal digits.

    They are made of the file, the order's external id (or its record number), the code, the pointer and the
    message, and number repetitions; line and column do not count. Only the last `MOST` are held against each
    other, so that a report of any length needs little memory: later ones depend on how many came before.
    """

    MOST: Final = 100_000

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}
        self._round = 0

    def of(self, diagnostic: Diagnostic) -> str:
        """Return the fingerprint of the next diagnostic; the same diagnostic again gets another one."""
        order = diagnostic.record if diagnostic.external_id is None else diagnostic.external_id
        file = repository_path(diagnostic.file)
        return self._next((file, order, diagnostic.code, diagnostic.pointer, diagnostic.message))

    def of_unreadable(self, error: BadInputError) -> str:
        """Return the fingerprint of an input that could not be read."""
        return self._next((repository_path(error.file or ""), error.message))

    def _next(self, identity: tuple[object, ...]) -> str:
        if len(self._seen) >= self.MOST:
            self._seen.clear()
            self._round += 1
        digest = _digest((*identity, self._round))
        repetition = self._seen[digest] = self._seen.get(digest, 0) + 1
        return (digest if repetition == 1 else _digest((digest, repetition))).hex()


def _digest(identity: object) -> bytes:
    return blake2b(repr(identity).encode("utf-8", "backslashreplace"), digest_size=16).digest()


# Where GitHub Actions and GitLab CI check a repository out, whatever folder a step works in.
_CHECKED_OUT_AT = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def repository_path(file: str) -> str:
    """Return the file relative to the root of the repository; an absolute path where it lies elsewhere.

    The root is what GITHUB_WORKSPACE or CI_PROJECT_DIR names, else the folder above that has a `.git`, else the
    current folder. Standard input (`-`) stays as it is.
    """
    checked_out_at = next(filter(None, map(os.environ.get, _CHECKED_OUT_AT)), None)
    return _within(file, checked_out_at, str(current_folder()))


@lru_cache(maxsize=8)
def _within(file: str, checked_out_at: str | None, current: str) -> str:
    """Return the path within the root; the last few are cached, as the diagnostics of a file come together."""
    if file == "-":
        return file
    root = _real(checked_out_at) if checked_out_at else _top_of_git(_real(current))
    folder, name = os.path.split(os.path.abspath(file))  # noqa: PTH100 - text, which need not be a file
    path = os.path.relpath(os.path.join(_real(folder), name), root)  # noqa: PTH118
    is_elsewhere = path == os.pardir or path.startswith(os.pardir + os.sep)
    return os.path.abspath(file) if is_elsewhere else path  # noqa: PTH100


def _real(folder: str) -> str:
    return os.path.realpath(folder)


def _top_of_git(folder: str) -> str:
    above = (folder, *map(str, Path(folder).parents))
    return next((each for each in above if Path(each, ".git").exists()), folder)
