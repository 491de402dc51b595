"""Metrics of the queue in the Prometheus text format: for the file that commands write, and for the server."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from ordercli.database.opening import read_database
from ordercli.database.store import snapshot
from ordercli.forwarding import forwards
from ordercli.operations.queue_status import QueueStatus, status_of
from ordercli.queue import batch_findings, batches, tallies
from ordercli.queue.batches import Received
from ordercli.queue.entries import EntryState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ordercli.database.store import Store
    from ordercli.operations.drain import QueueRun
    from ordercli.queue.tallies import Event

_OUTCOMES = {"accepted": "accepted", "duplicate": "duplicates", "conflict": "conflicts", "rejected": "rejected"}


class Figures(NamedTuple):
    """The figures of a store at one moment: of its queue, and of everything since it was made.

    `refused` is by code of a rule, `forwarded` by target.
    """

    status: QueueStatus
    received: list[Received]
    refused: dict[str, int]
    forwarded: dict[str, int]
    tallied: Mapping[Event, int]

    @property
    def created(self) -> int:
        """Return how many orders were created: those that were accepted, without the entries that are no order yet.

        It is not counted, because that would read an index of all orders each time.
        """
        places = (self.status, *(self.status.targets or ()))
        states = [*(each for each in EntryState if each is not EntryState.COMPLETED), "uncertain"]
        left = sum(getattr(place, state, 0) for place in places for state in states)
        return sum(each.accepted - each.purged for each in self.received) - left


def figures(database: str) -> Figures:
    """Return the figures of a store."""
    with closing(read_database(database)) as store, snapshot(store):
        return figures_of(store)


def figures_of(store: Store) -> Figures:
    """Return the figures of a store within a snapshot."""
    return Figures(
        status_of(store),
        batches.received(store),
        batch_findings.all_refused(store),
        forwards.count_arrived(store),
        tallies.tallies(store),
    )


def metrics(found: Figures, run: QueueRun | None, at: float) -> str:
    """Return the metrics of a store, and of a run; `at` is the time in seconds since 1970."""
    status = found.status
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
    parts += _counters(found)
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


def _counters(found: Figures) -> list[str]:
    """Return what never goes down, unless the database is replaced by an older one."""
    received = {
        labels(mode=each.mode, outcome=outcome): getattr(each, member)
        for each in found.received
        for outcome, member in _OUTCOMES.items()
    }
    refused = {labels(code=code): n for code, n in found.refused.items()}
    forwarded = {labels(target=target): n for target, n in found.forwarded.items()}
    parts = [
        metric("orders_received_total", "Orders that were submitted or received over HTTP.", received, "counter"),
        metric("orders_created_total", "Customer orders that were created.", {"": found.created}, "counter"),
        metric("orders_refused_total", "Orders that were refused, by rule.", refused, "counter"),
    ]
    if forwarded:
        parts.append(metric("orders_forwarded_total", "Orders that arrived at a target.", forwarded, "counter"))
    parts += [
        metric(
            "orders_failed_total",
            "Orders that could not be created or sent, by rule.",
            _tallied(found, "failed", "code"),
            "counter",
        ),
        metric("orders_retried_total", "Attempts that are made again.", _tallied(found, "retried", "cause"), "counter"),
    ]
    return parts


def _tallied(found: Figures, what: str, cause: str) -> dict[str, float]:
    """Return the counts of what happened; `cause` is the label of its cause. Only orders for a target have `target`."""
    return {
        labels(resource=each.resource, **{cause: each.cause}, **({"target": each.target} if each.target else {})): n
        for each, n in found.tallied.items()
        if each.what == what
    }


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
