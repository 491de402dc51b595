"""Decide what follows when an order cannot be created: the entry ends in `error`, or waits for its next attempt."""

from __future__ import annotations

import json
import random
from traceback import format_exception
from typing import TYPE_CHECKING

from ordercli.database import faults
from ordercli.operations import results
from ordercli.queue.claims import MAX_LOSSES, Claimed, Failure
from ordercli.resources.all_rules import error_body

if TYPE_CHECKING:
    from ordercli.rulebook.rule import Finding

MAX_ATTEMPTS = 10
MAX_ATTEMPTS_AFTER_BUG = 3
FIRST_DELAY_SECONDS = 5.0
LONGEST_DELAY_SECONDS = 6 * 3600.0


def failure(entry: Claimed, findings: list[Finding]) -> Failure:
    """Return the end of an entry in state `error`, with the error body of the API."""
    first = next(each for each in findings if each.severity == "error")
    return Failure(entry.seq, first.code, json.dumps(error_body(findings), ensure_ascii=False))


def payload_damaged(entry: Claimed) -> Failure:
    """Return the end of an entry whose stored bytes are not those that were accepted."""
    return failure(entry, results.payload_damaged())


def creation_failed(entry: Claimed, reason: str) -> Failure:
    """Return the end of an entry whose order cannot be created."""
    return failure(entry, results.creation_failed(reason, entry.resource))


def worker_lost() -> str:
    """Return the error body (JSON text) of an entry whose workers crashed as often as is allowed."""
    return json.dumps(error_body(results.worker_lost(MAX_LOSSES)))


def after_fault(entry: Claimed, error: Exception) -> Failure | float:
    """Return the failure that ends the entry, or the number of seconds until its next attempt."""
    if isinstance(error, faults.integrity_errors()):
        return creation_failed(entry, str(error))
    passing = faults.classify(error) == "passing"
    if entry.attempts >= (MAX_ATTEMPTS if passing else MAX_ATTEMPTS_AFTER_BUG):
        # The traceback of a bug is kept with the entry, so that it can be reported.
        reason = str(error) if passing else "".join(format_exception(error))
        return failure(entry, results.attempts_exhausted(entry.attempts, reason))
    longest = min(FIRST_DELAY_SECONDS * 2.0**entry.attempts, LONGEST_DELAY_SECONDS)
    return longest * random.uniform(0.5, 1.0)  # noqa: S311 - spreads retries, guards no secret
