"""What a run of the queue came to."""

from __future__ import annotations

from dataclasses import dataclass, field

from ordercli.errors import ExitCode

SHOWN_FAILURES = 5


@dataclass
class Tally:
    """What one transaction did to the entries that were still ours; `failures` as in `Drained`."""

    completed: int = 0
    failures: list[tuple[str, str]] = field(default_factory=list)
    retried: int = 0

    def add(self, other: Tally) -> None:
        """Count the other one in."""
        self.completed += other.completed
        self.failures += other.failures
        self.retried += other.retried


@dataclass
class Drained:
    """What a run of the queue came to; `failures` are order ids with the stored error body, as JSON text."""

    claimed: int = 0
    completed: int = 0
    failed: int = 0
    retried: int = 0
    released: int = 0
    remaining: int = 0
    paused_since: str | None = None
    elapsed_seconds: float = 0.0
    exit_code: ExitCode = ExitCode.OK
    failures: list[tuple[str, str]] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many entries have left our hands."""
        return self.completed + self.failed + self.retried

    def add(self, tally: Tally) -> None:
        """Count what was committed; the first failures are kept to be shown."""
        self.completed += tally.completed
        self.failed += len(tally.failures)
        self.retried += tally.retried
        self.failures += tally.failures[: SHOWN_FAILURES - len(self.failures)]

    def follow(self, other: Drained) -> None:
        """Count in the run that came after this one, and take over how it ended."""
        self.claimed += other.claimed
        self.completed += other.completed
        self.failed += other.failed
        self.retried += other.retried
        self.released += other.released
        self.remaining = other.remaining
        self.exit_code = other.exit_code or self.exit_code
        self.failures += other.failures[: SHOWN_FAILURES - len(self.failures)]

    def as_json(self) -> dict[str, object]:
        """The object of `queue run -o json`."""
        return {
            "claimed": self.claimed,
            "completed": self.completed,
            "failed": self.failed,
            "retried": self.retried,
            "released": self.released,
            "remaining": self.remaining,
            "paused": self.paused_since is not None,
            "elapsedSeconds": round(self.elapsed_seconds, 3),
            "exitCode": int(self.exit_code),
        }
