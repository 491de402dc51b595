"""Stop a submission, resume its batch on another machine, and let the first one continue."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from typing import TYPE_CHECKING

from faults.verification import marked_order, receipts, site, verify
from ordercli.database.opening import open_database
from support.builders import ndjson
from support.stored import column

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from faults.campaign import Trial
    from faults.commands import Site

# Three transactions.
ORDERS = 1300
BAD_EVERY = 97
MARKS = [f"anonymous-{n}" for n in range(ORDERS)]
BAD = MARKS[::BAD_EVERY]
MOST_RESUMPTIONS = 4


def wake_a_zombie_submitter(folder: Path, rng: Random, address: str = "") -> Trial:
    """Check that the fence of the batch keeps orders without external ids from being created twice."""
    at = site(folder, address)
    orders = (marked_order(mark, anonymous=True) for mark in MARKS)
    lines = ({**each, "relatedParty": []} if each["description"] in BAD else each for each in orders)
    (at.folder / "orders.ndjson").write_bytes(ndjson(*lines))
    mode = rng.choice([("--async",), ()])
    place = rng.choice(["submit-batch-after-commit", "receipts"])
    zombie = at.start("submit", "orders.ndjson", *mode, "-o", "ndjson", failpoint=f"{place}:stop:{rng.randint(1, 2)}")
    zombie.wait_until_stopped()
    batch_id = _leave_alone(at)
    breaks = rng.choice(["", "submit-batch-after-commit:kill", "receipts:stop", "submit-resume-after-commit:stop"])
    successor = at.start("batch", "resume", batch_id, "-o", "ndjson", failpoint=breaks, host="elsewhere")
    if "stop" in breaks:
        successor.wait_until_stopped()
    else:
        successor.end()
    zombie.go_on()
    codes = {zombie.end()}
    if "stop" in breaks:
        successor.go_on()
    codes.add(successor.end())
    promised = receipts(zombie.printed) | receipts(successor.printed)
    codes |= _resume_to_the_end(at, batch_id)
    trial = verify(at, promised=promised, marks=set(MARKS) - set(BAD))
    expected = {0, 1, 75, *({-9} if "kill" in breaks else ())}
    findings = [f"a submission ended with {code}" for code in sorted(codes - expected)]
    # The other machine writes to a file of its own if the zombie still holds the first one.
    refused = {json.loads(line)["order"]["description"] for line in _rejects(at)}
    findings += [f"{len(refused)} refused orders are in rejects files, not {len(BAD)}"] if refused != set(BAD) else []
    return trial._replace(findings=(*trial.findings, *findings))


def _rejects(at: Site) -> list[bytes]:
    """Return the lines of all rejects files."""
    return [line for file in at.folder.glob("*.rejects*.ndjson") for line in file.read_bytes().splitlines()]


def _leave_alone(at: Site) -> str:
    """Remove what another machine cannot see of the submission, its lock file, and return the id of its batch."""
    if not at.address:
        shutil.rmtree(f"{at.database}-workers")
    with closing(open_database(at.database)) as connection:
        (batch_id,) = column(connection, "batch", "id")
    return str(batch_id)


def _resume_to_the_end(at: Site, batch_id: str) -> set[int]:
    """Resume the batch until all of its input is read, and return the exit codes."""
    codes: set[int] = set()
    for n in range(MOST_RESUMPTIONS):
        with closing(open_database(at.database)) as connection:
            if column(connection, "batch", "status") == ["completed"]:
                break
        codes.add(at.run("batch", "resume", batch_id, host=f"host-{n}"))
    return codes
