"""A path as given becomes one that a forge can find in the repository."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from ordercli.intake.inputs import current_folder

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
    """The diagnostics of a file come together, so that a few paths are enough to remember."""
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
