"""Record what a command syncs to disk (fsync); it cannot be observed afterwards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

Seen = TypeVar("Seen")


def seen_at_syncs(monkeypatch: pytest.MonkeyPatch, look: Callable[[os.stat_result], Seen]) -> list[Seen]:
    """Yield a list to which the result of `look` is added whenever this process syncs a file or a folder."""
    seen: list[Seen] = []
    sync = os.fsync

    def recorded(descriptor: int) -> None:
        seen.append(look(os.fstat(descriptor)))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    return seen
