"""Metrics of the queue in the Prometheus text format: for the file that commands write, and for the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.queue.entries import EntryState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.operations.drain import QueueRun
    from ordercli.operations.queue_status import QueueStatus


def metrics(status: QueueStatus, run: QueueRun | None, at: float) -> str:
    """Return the metrics of the queue, and of a run; `at` is the time in seconds since 1970."""
    parts = [
        metric("queue_entries", "Entries of the inbound queue by state.", _by_state(status)),
        metric(
            "queue_entries_by_resource",
            "Entries of the inbound queue by kind of order and state.",
            _by_resource(status),
        ),
        metric(
            "queue_oldest_due_age_seconds",
            "How long the oldest due entry has waited.",
            {"": status.oldest_due_age_seconds or 0},
        ),
        metric("queue_paused", "1 while an operator has paused the queue.", {"": int(status.paused)}),
        metric("queue_looked_at_seconds", "When these figures were taken, in seconds since 1970.", {"": round(at, 3)}),
    ]
    if status.targets:
        parts.append(metric("target_entries", "Entries by the system that they go to, and state.", _by_target(status)))
        troubled = {labels(target=each.target): each.troubled for each in status.targets}
        parts.append(metric("target_orders_troubled", "Orders at a target that must be looked at.", troubled))
        paused = {labels(target=each.target): int(each.paused) for each in status.targets}
        parts.append(metric("target_paused", "1 while nothing is sent to a target.", paused))
    if run:
        ended = {"completed": run.completed, "failed": run.failed, "retried": run.retried, "released": run.released}
        parts += [
            metric(
                "run_entries",
                "What the last run did with entries.",
                {labels(outcome=k): n for k, n in ended.items()},
            ),
            metric("run_duration_seconds", "How long the last run took.", {"": run.elapsed_seconds}),
            metric("run_exit_code", "How the last run ended.", {"": int(run.exit_code)}),
        ]
    return "".join(parts)


def _by_state(status: QueueStatus) -> dict[str, float]:
    return {labels(state=state): getattr(status, state) for state in EntryState}


def _by_resource(status: QueueStatus) -> dict[str, float]:
    return {
        labels(resource=resource, state=state): counts[state]
        for resource, counts in status.by_resource.items()
        for state in EntryState
    }


def _by_target(status: QueueStatus) -> dict[str, float]:
    return {
        labels(target=each.target, state=state): getattr(each, state)
        for each in status.targets or ()
        for state in (*EntryState, "uncertain")
    }


def labels(**of: str) -> str:
    """Return labels as they stand after the name of a sample."""
    return f"{{{','.join(f'{name}={_quoted(value)}' for name, value in of.items())}}}"


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def metric(name: str, words: str, samples: Mapping[str, float], kind: str = "gauge") -> str:
    """Return one metric with its samples, by what stands after its name."""
    full = f"ordercli_{name}"
    lines = [
        f"# HELP {full} {words}",
        f"# TYPE {full} {kind}",
        *(f"{full}{after} {n}" for after, n in samples.items()),
    ]
    return "".join(f"{line}\n" for line in lines)
