"""`python -m benchmarks`: run the works, print the table, write it down; exit 1 unless every mark was reached."""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import report
from benchmarks.inputs import generator_digest
from benchmarks.ours import SubmitContext
from benchmarks.peers import cache_folder, version_of
from benchmarks.subjects import (
    bad_input,
    floors,
    growing,
    kinds,
    listing,
    postgres,
    queueing,
    sending,
    serving,
    starting,
    submitting,
    validating,
)
from benchmarks.works import Row, Work, compare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PEERS = (
    "sqlite-utils",
    "ajv-cli",
    "jsonschema-rs",
    "check-jsonschema",
    "huey",
    "litequeue",
    "persist-queue",
    "procrastinate",
    "pgqueuer",
    "fastapi",
)
RESULTS = Path(__file__).parent / "results.json"
DOCUMENT = Path(__file__).parents[1] / "docs" / "performance.md"


def all_works(place: SubmitContext) -> Iterator[Work]:
    """Every work, at the sizes that the marks name."""
    yield from submitting.works(place, 20_000)
    yield from validating.works(place, 20_000, 2_000)
    yield from queueing.works(place, 20_000)
    yield from floors.works(place, 20_000)
    yield from queueing.checking(place, 20_000)
    yield from kinds.works(place, 20_000)
    yield from postgres.works(place, 1_000, 20_000)
    yield from serving.works(place)
    yield from sending.works(place)
    yield from starting.works(place)
    yield from listing.works(place, 100_000)
    yield from bad_input.works(place, 10_000)
    yield from growing.memory(place, 20_000, 200_000)
    yield from growing.million(place, 1_000_000, 20_000)


def quick_works(place: SubmitContext) -> Iterator[Work]:
    """Yield the marked works at a tenth of their size, without those that need much data."""
    quick = [
        *submitting.works(place, 2_000),
        *validating.works(place, 2_000, 500),
        *queueing.works(place, 2_000),
        *queueing.checking(place, 2_000),
        *kinds.works(place, 2_000),
        *starting.works(place),
        *listing.works(place, 2_000),
    ]
    yield from (work for work in quick if work.mark)


def main() -> int:
    """Run what was asked for; 0 when every mark was reached."""
    options = _options()
    inputs = cache_folder() / f"inputs-{generator_digest()}"
    inputs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="databases-", dir=cache_folder()) as databases:
        place = SubmitContext(inputs, Path(databases))
        works = quick_works(place) if options.quick else all_works(place)
        rows = []
        for work in works:
            if re.search(options.only, work.name) and (work.mark or not options.marked):
                rows.append(_run(replace(work, pairs=min(work.pairs, options.pairs or work.pairs))))
                if not options.quick:
                    _write_down(rows[-1], [(each.name, each.other) for each in all_works(place)])
    report.print_rows(rows)
    if options.quick:
        print("make bench-quick leaves out: PostgreSQL, memory, growth, a million orders, bad input, what has no mark.")
    return int(not all(row.reached or row.reached is None for row in rows) or any(row.problem for row in rows))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small inputs; nothing is written down")
    parser.add_argument("--only", default="", metavar="PATTERN", help="only works whose name it matches")
    parser.add_argument("--marked", action="store_true", help="only works that have a mark")
    parser.add_argument("--pairs", type=int, metavar="N", help="at most so many pairs of runs; 5 or more by default")
    return parser.parse_args()


def _run(work: Work) -> Row:
    print(f"{datetime.now(UTC):%H:%M:%S} {work.name}", file=sys.stderr, flush=True)
    return compare(work)


def _write_down(row: Row, sequence: Sequence[tuple[str, str]]) -> None:
    """Write a measured row in place of that of an earlier run; the document lists all rows in this sequence.

    So do the versions: a peer that this run has not installed (yet) keeps the one that its rows were measured with.
    """
    rows, peers = report.read_json(RESULTS)
    installed = {package: version for package in PEERS if (version := version_of(package))}
    facts = {"date": f"{datetime.now(UTC):%Y-%m-%d}", "machine": report.machine(), "peers": peers | installed}
    known = {(each.name, each.other): each for each in (*rows, row)}
    merged = [known[each] for each in sequence if each in known]
    report.write_json(RESULTS, merged, facts)
    report.write_document(DOCUMENT, merged, facts)


if __name__ == "__main__":
    sys.exit(main())
