"""Test orders that crash the process which creates them, and truncated files."""

from __future__ import annotations

import gzip
import json
import signal
from contextlib import closing
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.verification import marked_order, receipts, site, verify, write_orders
from ordercli.database.opening import open_database
from support.builders import ndjson
from support.stored import rows

if TYPE_CHECKING:
    from pathlib import Path
    from random import Random

    from faults.commands import Site

ORDERS = 30
MARKS = [f"PO-{n}" for n in range(ORDERS)]
MOST_RUNS = 12


def poison(folder: Path, rng: Random) -> Trial:
    """One order kills its process each time: it ends in error (ORD192), and the other orders are created."""
    at = site(folder)
    deadly = rng.choice(MARKS)
    write_orders(at, "orders.ndjson", MARKS)
    at.run("submit", "orders.ndjson", "--async")
    size = str(rng.choice([1, 10, 500]))
    codes = _run_until_it_survives(at, size, deadly)
    trial = verify(at, marks=MARKS, faults=len(codes) - 1)
    with closing(open_database(at.database)) as connection:
        entries = rows(connection, "inbound_entry")
    ended = {entry["external_id"]: (entry["state"], entry["error_code"]) for entry in entries}
    expected = {**dict.fromkeys(MARKS, ("completed", None)), deadly: ("error", "ORD192")}
    findings = [f"{mark} is {ended[mark]}" for mark in MARKS if ended[mark] != expected[mark]]
    findings += [f"the runs ended with {codes}"] if codes != [*[-signal.SIGKILL] * 3, 1] else []
    return trial._replace(findings=(*trial.findings, *findings))


def _run_until_it_survives(at: Site, size: str, deadly: str) -> list[int]:
    codes: list[int] = []
    while len(codes) < MOST_RUNS:
        codes.append(at.run("queue", "run", "--batch-size", size, poison=deadly))
        if codes[-1] >= 0:
            break
    return codes


def send_again_after_a_cut(folder: Path, rng: Random) -> Trial:
    """Submit a file that is cut off at any byte, and submit it again when it is complete."""
    at = site(folder)
    whole = rng.choice([_lines, _array, _compressed])()
    mode = rng.choice([("--async",), ()])
    (at.folder / "orders").write_bytes(whole[: rng.randrange(len(whole))])
    cut = at.start("submit", "orders", *mode, "-o", "ndjson", "--rejects", "none")
    codes = {cut.end()}
    (at.folder / "orders").write_bytes(whole)
    codes.add(at.run("submit", "orders", *mode, "-o", "ndjson"))
    trial = verify(at, promised=receipts(cut.printed), marks=MARKS)
    findings = [f"a submission ended with {code}" for code in codes - {0, 1, 6}]
    return trial._replace(findings=(*trial.findings, *findings))


def _lines() -> bytes:
    return ndjson(*map(marked_order, MARKS))


def _array() -> bytes:
    return json.dumps([*map(marked_order, MARKS)], indent=2).encode()


def _compressed() -> bytes:
    return gzip.compress(_lines())


CAMPAIGNS = (
    Campaign("an order that kills its worker", poison, 100),
    Campaign("a file cut at any byte, then sent again", send_again_after_a_cut, 300),
)
