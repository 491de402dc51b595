"""Write metrics of the queue to a file in the Prometheus text format."""

from __future__ import annotations

from time import time
from typing import TYPE_CHECKING

from ordercli.queue.entries import EntryState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.operations.drain import QueueRun
    from ordercli.operations.queue_status import QueueStatus
    from ordercli.output.stream import FileFailures
    from ordercli.output_files.output_file import OutputFile


def write_metrics(
    file: OutputFile | None, status: QueueStatus, failures: FileFailures, run: QueueRun | None = None
) -> None:
    """Replace the file atomically, so that nobody reads a part of it; without a file do nothing.

    A file that cannot be written is reported, and the run continues.
    """
    if file:
        with file.replaced(failures.report) as stream:
            stream.write(metrics(status, run, time()).encode())


def metrics(status: QueueStatus, run: QueueRun | None, at: float) -> str:
    """Return the text of the file; `at` is the time in seconds since 1970."""
    parts = [
        _metric("queue_entries", "Entries of the inbound queue by state.", _by_state(status)),
        _metric(
            "queue_entries_by_resource",
            "Entries of the inbound queue by kind of order and state.",
            _by_resource(status),
        ),
        _metric(
            "queue_oldest_due_age_seconds",
            "How long the oldest due entry has waited.",
            {"": status.oldest_due_age_seconds or 0},
        ),
        _metric("queue_paused", "1 while an operator has paused the queue.", {"": int(status.paused)}),
        _metric("queue_looked_at_seconds", "When these figures were taken, in seconds since 1970.", {"": round(at, 3)}),
    ]
    if run:
        ended = {"completed": run.completed, "failed": run.failed, "retried": run.retried, "released": run.released}
        parts += [
            _metric(
                "run_entries",
                "What the last run did with entries.",
                {_labels(outcome=k): n for k, n in ended.items()},
            ),
            _metric("run_duration_seconds", "How long the last run took.", {"": run.elapsed_seconds}),
            _metric("run_exit_code", "How the last run ended.", {"": int(run.exit_code)}),
        ]
    return "".join(parts)


def _by_state(status: QueueStatus) -> dict[str, float]:
    return {_labels(state=state): getattr(status, state) for state in EntryState}


def _by_resource(status: QueueStatus) -> dict[str, float]:
    return {
        _labels(resource=resource, state=state): counts[state]
        for resource, counts in status.by_resource.items()
        for state in EntryState
    }


def _labels(**labels: str) -> str:
    return f"{{{','.join(f'{name}={_quoted(value)}' for name, value in labels.items())}}}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _metric(name: str, words: str, samples: Mapping[str, float]) -> str:
    full = f"ordercli_{name}"
    lines = [
        f"# HELP {full} {words}",
        f"# TYPE {full} gauge",
        *(f"{full}{labels} {n}" for labels, n in samples.items()),
    ]
    return "".join(f"{line}\n" for line in lines)
