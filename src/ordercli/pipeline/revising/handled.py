"""What became of one request to change an order."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from ordercli.errors import ExitCode
from ordercli.pipeline.outcomes.outcome import errors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ordercli.intake.record import Record
    from ordercli.validation.finding import Finding


class RequestOutcome(StrEnum):
    """How a request ended."""

    PATCHED = "patched"
    CANCELLED = "cancelled"
    # A cancellation that has to be approved, and one that was not.
    REQUESTED = "requested"
    DENIED = "denied"
    # The line of a rejects file was applied before.
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    CONFLICT = "conflict"
    NOT_FOUND = "not-found"


EXIT_CODES = {
    RequestOutcome.REJECTED: ExitCode.REJECTED,
    RequestOutcome.CONFLICT: ExitCode.CONFLICT,
    RequestOutcome.NOT_FOUND: ExitCode.NOT_FOUND,
}
_CONFLICTS = frozenset({"ORD401", "ORD402", "ORD405", "ORD407", "ORD408", "ORD420"})
_NOT_FOUND = "ORD404"


class Handled(NamedTuple):
    """A request with its outcome.

    `identifier` is the order id, or what the request named when there is no such order; `version` is the order's
    afterwards. `document` is what a single request is answered with.
    """

    record: Record
    source: str
    identifier: str | None
    outcome: RequestOutcome
    version: int | None
    findings: list[Finding]
    document: dict[str, Any] | None = None

    @property
    def refused(self) -> bool:
        """Whether the request has to be repaired and sent again."""
        return self.outcome in EXIT_CODES

    @property
    def exit_code(self) -> ExitCode:
        """The exit code of this request alone."""
        return EXIT_CODES.get(self.outcome, ExitCode.OK)

    def receipt(self) -> dict[str, Any]:
        """The receipt of the request; `errors` are the errors, not the warnings."""
        return {
            "id": self.identifier,
            "line": self.record.line,
            "outcome": self.outcome.value,
            "version": self.version,
            "errors": errors(self.record, self.findings),
        }


def outcome_of(findings: Iterable[Finding], done: RequestOutcome) -> RequestOutcome:
    """How a request with these findings ends: by its first error, or as `done`."""
    first = next((finding.code for finding in findings if finding.severity == "error"), None)
    if first is None:
        return done
    if first == _NOT_FOUND:
        return RequestOutcome.NOT_FOUND
    return RequestOutcome.CONFLICT if first in _CONFLICTS else RequestOutcome.REJECTED


def at_the_beginning(findings: Iterable[Finding]) -> list[Finding]:
    """Findings whose pointers lead into the order: in the file, their place is where the request begins."""
    return [finding._replace(line=1, column=1) for finding in findings]
