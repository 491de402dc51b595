"""Run the long form of the fault suite and print a table; `make faults` calls it."""

from __future__ import annotations

import argparse
import shutil
import sys
from importlib import import_module
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from time import monotonic
from typing import TYPE_CHECKING

from rich.console import Console

from faults.recorded import AlreadyRecordedError, record, refuse_seed
from faults.results import Result, table, write_page

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from faults.campaign import Campaign

MODULES = (
    "faults.failpoint_breaks",
    "faults.random_kills",
    "faults.crowds",
    "faults.hard_orders",
    "faults.controls",
    "faults.killed_upgrades",
    "faults.power_cut",
    "faults.io_errors",
    "faults.damage",
    "faults.server_breaks",
    "faults.several_hosts",
    "faults.races",
    "faults.printed_hints",
    "faults.mixed_night",
    "faults.served_orders",
    "faults.idle_connections",
    "faults.forwarded_orders",
)
WIDTH = 140
# A killed process needs no disk to prove anything, and memory is quicker.
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of one's own is made in it


def campaigns(modules: Sequence[str] = MODULES) -> list[Campaign]:
    """Return the campaigns of these modules."""
    return [campaign for module in modules for campaign in import_module(module).CAMPAIGNS]


def turns(results: Sequence[Result], factor: float) -> Iterator[Result]:
    """Yield the campaign of each trial, mixed evenly, so that a run that is cut short has some of each."""
    places = [
        (n / each.campaign.long_run, index, each)
        for index, each in enumerate(results)
        for n in range(max(round(each.campaign.long_run * factor), 1))
    ]
    return (each for _, _, each in sorted(places, key=lambda place: place[:2]))


def run_trial(result: Result, seed: int) -> None:
    """Run one trial; keep the folder of a trial that found something."""
    folder = Path(mkdtemp(prefix="ordercli-fault-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None))
    name = f"{seed}/{result.campaign.fault}/{result.trials}"
    trial = result.campaign.trial(folder, Random(name))  # noqa: S311 - so that it can be repeated
    result.add(name, trial)
    if trial.is_clean or result.campaign.is_control:
        shutil.rmtree(folder)
    else:
        sys.stderr.write(f"{name}: {trial} in {folder}\n")


def main() -> int:
    """Run the campaigns; return 1 if one did not end as expected."""
    arguments = _arguments()
    chosen = [each for each in campaigns() if arguments.only in each.fault]
    results = [Result(each) for each in chosen]
    if arguments.record:
        refuse_seed((each.title for each in chosen), arguments.seed)
    started = monotonic()
    for result in turns(results, arguments.trials):
        if arguments.minutes and monotonic() - started > arguments.minutes * 60:
            break
        run_trial(result, arguments.seed)
    Console(width=WIDTH).print(table(results))
    if arguments.record:
        record(results, arguments.seed)
    elif not arguments.only and arguments.trials >= 1:
        write_page(results, arguments.seed, (monotonic() - started) / 60)
    return int(not all(each.is_as_expected for each in results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--trials", type=float, default=1.0, metavar="FACTOR", help="so many times the usual trials")
    parser.add_argument("--seed", type=int, default=20260301, help="the chance of every trial comes from it")
    parser.add_argument("--only", default="", metavar="NAME", help="campaigns whose name has this in it")
    parser.add_argument("--minutes", type=float, help="stop after so much time, wherever the trials are")
    parser.add_argument("--record", action="store_true", help="add the run to the recorded ones, which are summed up")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except AlreadyRecordedError as refused:
        sys.exit(str(refused))
