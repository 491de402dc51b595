"""What follows when the creation of one entry failed: another attempt later, or the end."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from ordercli.database import faults
from ordercli.database.faults import Fault
from ordercli.pipeline.draining.creation import failure
from ordercli.pipeline.outcomes import messages

if TYPE_CHECKING:
    from ordercli.inbound.claims import Claimed, Failure

MAX_ATTEMPTS = 10
MAX_ATTEMPTS_AFTER_BUG = 3
FIRST_DELAY_SECONDS = 5.0
LONGEST_DELAY_SECONDS = 6 * 3600.0


def after_fault(entry: Claimed, error: Exception) -> Failure | float:
    """The failure that ends the entry, or how many seconds it waits for its next attempt."""
    if isinstance(error, faults.integrity_errors()):
        return failure(entry, messages.creation_failed(str(error)))
    passing = faults.classify(error) is Fault.PASSING
    if entry.attempts >= (MAX_ATTEMPTS if passing else MAX_ATTEMPTS_AFTER_BUG):
        reason = str(error) if passing else trace(error)
        return failure(entry, messages.attempts_exhausted(entry.attempts, reason))
    longest = min(FIRST_DELAY_SECONDS * 2.0**entry.attempts, LONGEST_DELAY_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards no secret


def trace(error: Exception) -> str:
    """The trace of a bug, kept with the entry so that it can be reported."""
    import traceback  # noqa: PLC0415 - only after a bug

    return "".join(traceback.format_exception(error))
