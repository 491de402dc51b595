"""Let commands race for the same orders: any may win, and every receipt tells what happened to the order."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from faults.campaign import Campaign, Trial
from faults.trial_server import lent_database
from faults.verification import marked_order, receipts, site, verify, write_orders
from faults.zombie_submitter import wake_a_zombie_submitter
from ordercli.database.opening import open_database
from ordercli.database.store import transaction
from ordercli.operations.results import creation_failed
from ordercli.queue import tallies
from ordercli.queue.tallies import Event
from ordercli.resources.all_rules import error_body
from support.builders import ndjson
from support.stored import column, enqueue, rows

if TYPE_CHECKING:
    from faults.commands import Running

Race = Callable[[Path, Random, str], Trial]
ORDERS = 40
MARKS = [f"PO-{n}" for n in range(ORDERS)]
PARTS = [MARKS[n : n + 10] for n in range(0, ORDERS, 10)]
FAILED = {
    "state": "error",
    "error_code": "ORD190",
    "error": json.dumps(error_body(creation_failed("the first attempt failed"))),
    "finished_at": "2026-03-01T08:00:00.000Z",
}
DAWDLE = "sleep:0.01"


def race_for_external_ids(folder: Path, rng: Random, address: str = "") -> Trial:
    """Submit in both modes and retry failed entries with the same external ids, while the queue is processed."""
    at = site(folder, address)
    with closing(open_database(at.database)) as connection:
        enqueue(connection, *map(marked_order, MARKS[::2]), **FAILED)
        with transaction(connection, "test"):
            failed = [Event(kind, "", "failed", FAILED["error_code"]) for kind in ("productOrder", "serviceOrder")]
            tallies.add(connection, dict.fromkeys(failed, ORDERS // 2))
        connection.execute("UPDATE batch SET read = ?, accepted = ?", (ORDERS // 2, ORDERS // 2))
    submissions: list[partial[Running]] = []
    for n, part in enumerate(PARTS):
        write_orders(at, f"{n}.ndjson", part)
        words = ("submit", f"{n}.ndjson", "-o", "ndjson", "--rejects", "none")
        submissions += [
            partial(at.start, *words, *mode, failpoint=f"submit-batch-before-commit:{DAWDLE}")
            for mode in ((), ("--async",))
        ]
    others = [partial(at.start, "queue", "retry", "--state", "error", failpoint=f"operate-before-commit:{DAWDLE}")]
    others += [partial(at.start, "queue", "retry", *MARKS[n::8]) for n in range(0, 8, 2)]
    others += [partial(at.start, "queue", "run", "--batch-size", "7")]
    ended = _all_at_once([*submissions, *others], rng)
    promised = set[str]().union(*(receipts(each.printed) for each in ended[: len(submissions)]))
    trial = verify(at, promised=promised, marks=MARKS)
    findings = [f"a submission ended with {each.end()}" for each in ended[: len(submissions)] if each.end()]
    findings += [f"{words[1]} ended with {code}" for words, code in _odd_ends(others, ended[len(submissions) :])]
    with closing(open_database(at.database)) as connection:
        entries = rows(connection, "inbound_entry")
    findings += [
        f"{each['external_id']} was accepted and failed: {each['error_code']}"
        for each in entries
        if each["state"] == "error" and each["error"] != FAILED["error"]
    ]
    return trial._replace(findings=(*trial.findings, *findings))


def discard_what_is_claimed(folder: Path, rng: Random, address: str = "") -> Trial:
    """Discard entries while runs of the queue claim them: no order is created that was reported as discarded."""
    at = site(folder, address)
    write_orders(at, "orders.ndjson", MARKS)
    at.run("submit", "orders.ndjson", "--async")
    words = ("queue", "discard", "--reason", "left", "-o", "json")
    by_id = [partial(at.start, *words, *part, failpoint=f"operate-one-before-commit:{DAWDLE}") for part in PARTS]
    by_filter = [partial(at.start, *words, "--state", "new", "--yes", failpoint=f"operate-before-commit:{DAWDLE}")]
    runs = [
        partial(at.start, "queue", "run", "--batch-size", str(size), failpoint=f"claim-before-commit:{DAWDLE}")
        for size in (1, 5)
    ]
    ended = _all_at_once([*by_id, *by_filter, *runs], rng)
    shown = [each for run in ended[: len(by_id)] for each in json.loads(run.printed)]
    discarded = {each["orderId"] for each in shown if each["outcome"] == "discarded"}
    filtered = sum(json.loads(run.printed)["discarded"] for run in ended[len(by_id) : len(by_id) + 1])
    trial = verify(at, marks=MARKS)
    with closing(open_database(at.database)) as connection:
        entries = rows(connection, "inbound_entry")
    withdrawn = {each["order_id"] for each in entries if each["state"] == "cancelled"}
    findings = [f"{len(discarded - withdrawn)} orders were told to be discarded"] if discarded - withdrawn else []
    if len(withdrawn) != len(discarded) + filtered:
        findings.append(f"{len(discarded)} and {filtered} were told to be discarded, {len(withdrawn)} are")
    return trial._replace(findings=(*trial.findings, *findings))


def patch_together(folder: Path, rng: Random, address: str = "") -> Trial:
    """Apply files of patches to the same orders: every change that a receipt reports is there."""
    at = site(folder, address)
    write_orders(at, "orders.ndjson", MARKS)
    at.run("submit", "orders.ndjson")
    files = [[(mark, f"{n}: {mark}") for mark in rng.sample(MARKS, 15)] for n in range(4)]
    for n, patches in enumerate(files):
        lines = ndjson(*({"id": mark, "note": [{"text": text}]} for mark, text in patches))
        (folder / f"{n}.patches").write_bytes(lines)
    words = ("patch", "-o", "ndjson", "--rejects", "none", "--from")
    calls = [
        partial(at.start, *words, f"{n}.patches", failpoint=f"requests-before-commit:{DAWDLE}")
        for n in range(len(files))
    ]
    ended = _all_at_once(calls, rng)
    shown: Counter[str] = Counter()
    for patches, run in zip(files, ended, strict=True):
        answers = [json.loads(line) for line in run.printed.splitlines()]
        shown.update(patches[each["line"] - 1][1] for each in answers if each["outcome"] == "patched")
    trial = verify(at, marks=MARKS)
    with closing(open_database(at.database)) as connection:
        bodies = column(connection, "revised_document", "body")
        versions = sum(column(connection, "customer_order", "version"))
    notes = Counter(note["text"] for body in bodies for note in json.loads(body)["note"])
    findings = [f"a file of patches ended with {each.end()}" for each in ended if each.end() not in {0, 75}]
    if notes != shown or versions != ORDERS + shown.total():
        findings.append(f"{shown.total()} patches were told, {notes.total()} notes and {versions} versions are there")
    return trial._replace(findings=(*trial.findings, *findings))


def _all_at_once(calls: list[partial[Running]], rng: Random) -> list[Running]:
    """Start commands in random order, wait for all, and return them in the order of the calls."""
    started = {n: calls[n]() for n in rng.sample(range(len(calls)), len(calls))}
    for each in started.values():
        each.end()
    return [started[n] for n in range(len(calls))]


def _odd_ends(calls: Iterable[partial[Running]], ended: Iterable[Running]) -> list[tuple[tuple[str, ...], int]]:
    """Return the operations that neither succeeded nor were refused for some of the orders."""
    return [(call.args, run.end()) for call, run in zip(calls, ended, strict=True) if run.end() not in {0, 1, 4}]


def _on_a_file(race: Race, folder: Path, rng: Random) -> Trial:
    return race(folder, rng, "")


def _on_a_server(race: Race, folder: Path, rng: Random) -> Trial:
    with lent_database() as address:
        return race(folder, rng, address)


# Each is run on both engines, so many times in a long run.
RACES: dict[str, tuple[Race, int]] = {
    "a submission without external ids that goes on after its batch was resumed": (wake_a_zombie_submitter, 150),
    "sync, async and retry race for the same external ids": (race_for_external_ids, 100),
    "orders are discarded while they are claimed": (discard_what_is_claimed, 100),
    "files of patches at the same orders at once": (patch_together, 100),
}
CAMPAIGNS = tuple(
    campaign
    for fault, (race, long_run) in RACES.items()
    for campaign in (
        Campaign(fault, partial(_on_a_file, race), long_run),
        Campaign(f"{fault}, PostgreSQL", partial(_on_a_server, race), long_run // 2),
    )
)
