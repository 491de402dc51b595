"""What runs for targets have in common, whether they forward orders or follow them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec import UNSET

from ordercli.clock import later
from ordercli.forwarding import forwards
from ordercli.result_types import Result, StoreName, Time

if TYPE_CHECKING:
    from datetime import datetime

    from ordercli.database.store import Store
    from ordercli.forwarding.pauses import TargetPauseRow
    from ordercli.targets import Target


class Incident(NamedTuple):
    """What went wrong with one order, for the log."""

    event: str
    members: dict[str, Any]


class TargetRun(Result, dict=True):
    """What a run did for one target, and whether the target is paused.

    `refused`: it refused our credentials, or its address is wrong. `unreachable`: it could not be reached.
    """

    identified_by = "target"

    target: str
    paused: bool = False
    paused_since: Time | None = None
    reason: str | None = None
    refused: bool = False
    unreachable: bool = False
    store: StoreName = UNSET

    def __post_init__(self) -> None:
        """Collect what goes wrong with orders; it is logged, not printed."""
        self._incidents: list[Incident] = []

    def show_pause(self, pause: TargetPauseRow | None) -> None:
        """Tell which pause of the target lasts now; None: it has none."""
        self.paused = pause is not None
        self.paused_since = pause.paused_at if pause else None
        self.reason = pause.reason if pause else None

    def add_incident(self, event: str, order_id: str, members: dict[str, Any]) -> None:
        """Keep what went wrong with an order."""
        self._incidents.append(Incident(event, {"target": self.target, "orderId": order_id, **members}))

    def take_incidents(self) -> list[Incident]:
        """Return what went wrong since this was last called."""
        taken, self._incidents = self._incidents, []
        return taken


def allowed_in_second(store: Store, name: str, target: Target, at: datetime, wanted: int) -> int:
    """Return how many of these requests the limit of the target per second allows now, for all runs together.

    The caller holds the lock of the target.
    """
    if not target.max_per_second:
        return wanted
    return min(wanted, target.max_per_second - forwards.requests_since(store, name, later(at, -1.0)))
