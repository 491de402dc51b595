"""Pauses of targets: nothing is sent to a target until its pause ends."""

from __future__ import annotations

from typing import ClassVar

from ordercli.database.statements import Row, select, upsert
from ordercli.database.store import Store


class TargetPauseRow(Row, frozen=True, gc=False):
    """A pause of a target: until a moment, or (`until` is None) until somebody lifts it.

    `failures` counts failed connections in a row. A row whose time is over only keeps that number.
    """

    TABLE: ClassVar = "target_pause"

    target: str
    paused_at: str
    until: str | None
    failures: int
    reason: str


def every(store: Store) -> dict[str, TargetPauseRow]:
    """Return the pauses of all targets, by their names."""
    return {row[0]: TargetPauseRow(*row) for row in store.execute(select(TargetPauseRow, "ORDER BY target"))}


def find(store: Store, target: str) -> TargetPauseRow | None:
    """Return the pause of a target."""
    row = store.execute(select(TargetPauseRow, "WHERE target = ?"), (target,)).fetchone()
    return TargetPauseRow(*row) if row else None


def pause(store: Store, row: TargetPauseRow) -> None:
    """Pause a target, or change its pause; the caller commits."""
    store.execute(upsert(TargetPauseRow, "target"), [getattr(row, name) for name in row.__struct_fields__])


def lift(store: Store, target: str) -> bool:
    """End the pause of a target; return whether there was one."""
    return store.execute("DELETE FROM target_pause WHERE target = ?", (target,)).rowcount == 1


def forget_failures(store: Store, target: str) -> bool:
    """Note that the target was reached; return whether it had failed. A pause that it asked for goes on."""
    return bool(
        store.execute(
            "UPDATE target_pause SET failures = 0 WHERE target = ? AND until IS NOT NULL AND failures > 0", (target,)
        ).rowcount
    )
