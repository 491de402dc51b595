"""Count what a server does, for `/metrics`: requests, how long they took, and what became of orders."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import TYPE_CHECKING

from ordercli.operations.metrics import labels, metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.queue.batches import Counts

METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS"})
OTHER = "other"
LEFT = 499  # the client went away before its answer
_OUTCOMES = {"accepted": "accepted", "duplicate": "duplicates", "conflict": "conflicts", "rejected": "rejected"}
# The upper bounds of durations that are counted together, in seconds.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Durations:
    """How many requests took how long, and their sum."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def samples(self, **of: str) -> Iterator[tuple[str, float]]:
        so_far = 0
        for bound, n in zip([*map(str, BOUNDS), "+Inf"], self.counts, strict=True):
            so_far += n
            yield "_bucket" + labels(**of, le=bound), so_far
        yield "_sum" + labels(**of), round(self.sum, 6)
        yield "_count" + labels(**of), so_far


class Counters:
    """Counts requests by route, method and status; a route is the path in the table, so there are few."""

    def __init__(self) -> None:
        self.running = 0
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._durations: dict[tuple[str, str], _Durations] = {}

    def count(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count an answered request."""
        known = method if method in METHODS else OTHER
        self._requests[route, known, status] += 1
        self._durations.setdefault((route, known), _Durations()).add(seconds)

    def text(self, received: Iterable[tuple[str, Counts]], waiting: int) -> str:
        """Return the metrics.

        `received` are the modes in which orders came, and what became of them; `waiting` is the number of requests that
        the writer still has to do.
        """
        requests = {
            labels(route=route, method=method, status=str(status)): n
            for (route, method, status), n in sorted(self._requests.items())
        }
        durations = {
            name: n
            for (route, method), found in sorted(self._durations.items())
            for name, n in found.samples(route=route, method=method)
        }
        orders: Counter[str] = Counter()
        for mode, counts in received:
            for outcome, member in _OUTCOMES.items():
                orders[labels(mode=mode, outcome=outcome)] += getattr(counts, member)
        return "".join(
            (
                metric("http_requests_total", "Requests that were answered.", requests, "counter"),
                metric("http_request_duration_seconds", "How long answers took.", durations, "histogram"),
                metric("http_requests_running", "Requests that are being answered.", {"": self.running}),
                metric("http_writer_waiting", "Requests that wait for the database.", {"": waiting}),
                metric("http_orders_total", "Orders that this server has received.", dict(orders), "counter"),
            )
        )
