"""Break a guarantee on purpose; the suite must notice it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.verification import receipts, site, verify, write_orders

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

ORDERS = 24


def print_receipts_too_early(folder: Path, rng: Random) -> Trial:
    """Kill a submission that commits only at its end, after it has printed receipts."""
    at = site(folder)
    write_orders(at, "orders.ndjson", [f"PO-{n}" for n in range(ORDERS)])
    mode = rng.choice([("--async",), ()])
    submission = at.start(
        "submit", "orders.ndjson", *mode, "-o", "ndjson", failpoint="receipts:kill", commits_late=True
    )
    submission.end()
    return verify(at, promised=receipts(submission.printed))


CAMPAIGNS = (
    Campaign("receipts printed before the commit, and kill -9", print_receipts_too_early, 20, is_control=True),
)
