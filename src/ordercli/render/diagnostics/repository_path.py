"""A path as given becomes one that a forge can find in the repository."""

from __future__ import annotations

import os
from functools import lru_cache


@lru_cache(maxsize=8)
def repository_path(file: str) -> str:
    """The file relative to the working directory, without `./`; absolute where it lies elsewhere.

    The diagnostics of a file come together, so that a few paths are enough to remember.
    """
    path = os.path.relpath(file)
    return os.path.abspath(file) if path.startswith(os.pardir + os.sep) else path  # noqa: PTH100 - text, not a file
