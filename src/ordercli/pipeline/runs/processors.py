"""How many processes a run may have."""

from __future__ import annotations

import os

_MOST = 4  # one process that reads and writes can feed no more


def most_processes() -> int:
    """As many as there are processors for it, at most four."""
    bound_to = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(bound_to or 1, _MOST)
