"""Rows become a table on the screen, a JSON document, and docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
import sqlite3
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from benchmarks.works import Row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HEAD = ("work", "against", "ours", "other", "ratio", "mark", "aim", "reached")
_INTRODUCTION = """\
# Performance

Written by `make bench`; do not edit. Whole processes of the real command, from start to end, in turn with the other
side; medians of the pairs. `ratio` is the median over the pairs: for `≥` marks the other side's time over ours, for
`≤` marks ours over the other's. Times in seconds, peaks in MiB (of the largest process). Each run's result is checked:
rows, payload bytes and ids. The orders are the asynchronous example of the Product Order Open API, varied: 1 to 20
line items, 3.8 on average, 4.9 KB. Service orders have the line items of the product orders of the same numbers.

Where a work says "reference data loaded", every rule looks at every order; so it is on PostgreSQL, with bad input, in
lists and checks, and in the works of growth. In the others the database is upgraded and empty, and the rules that ask
reference data have nothing to ask; where there are both, only the first has a mark, because users have reference data.
Bad input is compared by the megabyte (s/MB).

What the other sides do, and what they do not: sqlite-utils inserts without validation and without waiting for the disk
at every transaction's end as ordercli does; ajv-cli, jsonschema_rs (in a script of ten lines that reads one order after
the other with orjson) and check-jsonschema know the structure only, no rule; huey,
litequeue and persist-queue run a task that does nothing, where ordercli writes a customer order into five tables.
On PostgreSQL (18, every setting as shipped, on the same machine) procrastinate and pgqueuer write the very rows that
`queue run` writes, into the same tables, one order a job, eight jobs at once in each process; their rows are compared
with ours. `\\copy` loads the lines into one table of a number and a text.
FastAPI with SQLModel inserts and commits one row a request, with WAL and FULL as well, and has no rules.
"""


def machine() -> dict[str, Any]:
    """Return the machine and the versions for which the figures are valid."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory GiB": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3),
        "system": f"{platform.system()} {platform.release()}",
        "python": f"{platform.python_version()} {_optimization()}",
        "sqlite": _sqlite_version(),
        "load average at the end": round(os.getloadavg()[0], 1),
    }


def print_rows(rows: Sequence[Row]) -> None:
    """Print a table of the rows."""
    table = Table(*_HEAD)
    for row in rows:
        table.add_row(*_cells(row), style=None if row.reached is not False and not row.problem else "red")
    Console(width=max(Console().width, 160)).print(table)


def write_json(path: Path, rows: Iterable[Row], facts: dict[str, Any]) -> None:
    """Everything, for programs."""
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps({**facts, "rows": [row.as_json() for row in rows]}, indent=2) + "\n")
    unfinished.rename(path)  # a run that breaks off leaves the file whole


def read_json(path: Path) -> tuple[list[Row], dict[str, str]]:
    """Return the rows of an earlier run, and the versions of its peers by package; both are empty without one."""
    if not path.exists():
        return [], {}
    known = json.loads(path.read_text())
    peers = {package: version for package, version in known["peers"].items() if version}
    return [Row(**row) for row in known["rows"]], peers


def write_document(path: Path, rows: Iterable[Row], facts: dict[str, Any]) -> None:
    """docs/performance.md."""
    lines = [_INTRODUCTION, _machine_words(facts), "", _line(_HEAD), _line("---" for _ in _HEAD)]
    lines += [_line(_cells(row)) for row in rows]
    path.write_text("\n".join(lines) + "\n")


def _machine_words(facts: dict[str, Any]) -> str:
    machine = ", ".join(f"{name} {value}" for name, value in facts["machine"].items())
    peers = ", ".join(f"{name} {version}" for name, version in facts["peers"].items() if version)
    return f"Measured on {facts['date']}: {machine}.\n\nOther sides: {peers}."


def _cells(row: Row) -> tuple[str, ...]:
    if row.problem or row.ratio is None or row.spread is None:
        return row.name, row.other, "", "", "", row.mark, row.aim, (row.problem or "not run").replace("\n", " ")
    unit = {"peak": "MiB", "per MB": "s/MB"}.get(row.measure, "s")
    ratio = f"{row.ratio:.2f} ({row.spread[0]:.2f} to {row.spread[1]:.2f}, {row.pairs} pairs)"
    reached = {True: "yes", False: "NO", None: "no mark"}[row.reached]
    return row.name, row.other, _figure(row.ours, unit), _figure(row.theirs, unit), ratio, row.mark, row.aim, reached


def _figure(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.0f} {unit}" if unit == "MiB" else f"{value:.3g} {unit}"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _optimization() -> str:
    """Tell whether the interpreter was built with profile-guided optimization, as far as it knows that itself."""
    settings = " ".join(
        str(sysconfig.get_config_var(name)) for name in ("CONFIG_ARGS", "PY_CFLAGS", "CONFIGURE_CFLAGS")
    )
    if "--enable-optimizations" in settings or "-fprofile-use" in settings:
        return "(built with PGO)"
    return "(its build settings name no PGO)"


def _sqlite_version() -> str:
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        return sqlite3.sqlite_version
    version: str = dbapi2.sqlite_version
    return version
