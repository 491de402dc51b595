"""What a command forces onto the disk (fsync) before it goes on; the disk cannot be asked afterwards."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

Seen = TypeVar("Seen")


def seen_at_syncs(monkeypatch: pytest.MonkeyPatch, look: Callable[[os.stat_result], Seen]) -> list[Seen]:
    """A list that grows by what `look` sees whenever this process forces a file or a folder onto the disk."""
    seen: list[Seen] = []
    sync = os.fsync

    def recorded(descriptor: int) -> None:
        seen.append(look(os.fstat(descriptor)))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", recorded)
    return seen
