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

    Orders that were accepted and are gone, orders that are there twice, seconds from the fault until the queue was
    drained again, whatever else the audit had to say; and how many times something was broken in it.
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
    """One kind of fault: `trial` works in an empty folder of its own, with chance from a seed, and ends with the audit.

    `long_run` is how many trials `make faults` makes. A control breaks a promise that the program keeps elsewhere (such
    as syncing before it acknowledges): some of its trials must lose orders, or the campaign beside it proves nothing.
    """

    fault: str
    trial: Callable[[Path, Random], Trial]
    long_run: int
    is_control: bool = False
