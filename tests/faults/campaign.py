"""Campaigns of fault injection: each trial breaks something and counts the damage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from random import Random


class Trial(NamedTuple):
    """The result of one trial.

    It counts orders that were accepted and are lost, and orders that exist twice; it has the seconds from the fault
    until the queue was processed, the other findings of the audit, and how many faults were made.
    """

    lost: int = 0
    twice: int = 0
    recovery_seconds: float = 0.0
    findings: tuple[str, ...] = ()
    faults: int = 1

    @property
    def is_clean(self) -> bool:
        """Return whether nothing was lost, created twice or found by the audit."""
        return not (self.lost or self.twice or self.findings)


@dataclass(frozen=True)
class Campaign:
    """One kind of fault: `trial` works in an empty folder, with a random generator, and ends with the audit.

    `long_run` is the number of trials that `make faults` runs. A control breaks a guarantee that the program gives
    elsewhere, such as syncing before it acknowledges. Some of its trials must lose orders; otherwise the campaign it
    belongs to proves nothing.
    """

    fault: str
    trial: Callable[[Path, Random], Trial]
    long_run: int
    is_control: bool = False

    @property
    def title(self) -> str:
        """Return its name in tables."""
        return f"control: {self.fault}" if self.is_control else self.fault
