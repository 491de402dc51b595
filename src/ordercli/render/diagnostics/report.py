"""What every format of diagnostics is told, and in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.errors import BadInputError
    from ordercli.pipeline.judgement.judging import Judged
    from ordercli.pipeline.outcomes.diagnostic import Diagnostic, Summary
    from ordercli.validation.finding import Severity


class RuleText(NamedTuple):
    """What a rule says of itself: its name, one sentence, the reason with the cure, and its usual severity."""

    name: str
    summary: str
    help: str
    severity: Severity


class Report:
    """One output format, written as the diagnostics come; a format overrides what it has a use for.

    `begin` comes first, `end` last. Between them the diagnostics arrive file by file, those of one document
    together and documents in order, and after each file `file_done`. Orders are announced by `judged` before their
    diagnostics; reference data is not.
    """

    def begin(self) -> None:
        """Write what stands before the first diagnostic."""

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        """Write, count or keep one diagnostic."""

    def judged(self, orders: Sequence[Judged]) -> None:
        """Take note of the next orders of the file."""

    def unreadable(self, error: BadInputError) -> None:
        """Write that an input could not be opened, or broke off."""

    def advanced(self, orders: int) -> None:
        """Take note that so many more orders were judged."""

    def file_done(self, file: str, orders: int) -> None:
        """Take note that a file ended, which held so many orders."""

    def end(self, summary: Summary) -> None:
        """Write what was kept, and what stands after the last diagnostic."""


def sentence(diagnostic: Diagnostic) -> str:
    """The message with its suggestion, for formats that have one text for both."""
    if diagnostic.suggestion is None:
        return diagnostic.message
    return f"{diagnostic.message} (did you mean `{diagnostic.suggestion}`?)"
