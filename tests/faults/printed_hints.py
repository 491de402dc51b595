"""Let something go wrong, and paste every command that is printed then, unchanged, into a terminal."""

from __future__ import annotations

import os
import re
import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pexpect

from faults.campaign import Campaign, Trial
from faults.races import FAILED
from faults.trial_server import lent_database
from faults.verification import cancellation, marked_order, site, verify
from ordercli.database.opening import open_database
from support.builders import CUSTOMER, encoded, ndjson
from support.running import KEPT
from support.stored import change_entry, rows
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

    from faults.commands import Site

MARKS = [f"PO-{n}" for n in range(12)]
BAD = MARKS[::4]
# Hints of hints are followed too, and no command more often than this: some advise to run themselves again.
DEEPEST = 4
MOST_REPETITIONS = 2
_PRINTED = re.compile(r"`(ordercli [^`]+)`|(?:^|: )(ordercli [a-z].*)$", re.MULTILINE)
# Ends that no advice may lead to: a usage error, a missing database, a bug, no such command.
WRONG_ENDS = {2, 6, 70, 127}


class Situation(NamedTuple):
    """Commands, the last of which fails, and what an operator does after following all hints.

    Each command gets the option that names the database, if it has none.
    """

    steps: tuple[str | Callable[[Site], None], ...]
    afterwards: tuple[str, ...] = ()


def _fail_entries(at: Site) -> None:
    """Let the waiting entries fail for a reason that can be repaired in the orders."""
    with closing(open_database(at.database)) as connection:
        for entry in rows(connection, "inbound_entry"):
            change_entry(connection, entry["seq"], **FAILED)


_SUBMIT = "ordercli submit orders.ndjson --source crm"
_AGAIN = "ordercli submit corrected.ndjson --source crm"
_KILLED = "ORDERCLI_TESTING=1 ORDERCLI_FAILPOINT=submit-batch-after-commit:kill "
_PATCHES = "ordercli patch --from patches.ndjson --source crm"
_CANCELLATIONS = "ordercli cancel --from cancellations.ndjson --source crm --yes"
SITUATIONS = {
    "orders are refused": Situation((_SUBMIT,), (_AGAIN,)),
    "orders for the queue are refused": Situation((f"{_SUBMIT} --async",), (f"{_AGAIN} --async",)),
    "too many orders are refused": Situation((f"{_SUBMIT} --async --max-rejects 2",), (f"{_AGAIN} --async",)),
    "the first refused order stops the run": Situation((f"{_SUBMIT} --fail-fast",), (_AGAIN,)),
    "the rejects file has another name": Situation((f"{_SUBMIT} --rejects 'my rejects'",), (_AGAIN,)),
    "the rejects file cannot be written": Situation((f"{_SUBMIT} --rejects no/such/folder",), (_AGAIN,)),
    "a submission was killed": Situation((f"{_KILLED}{_SUBMIT} --async", "ordercli batch list"), (_AGAIN,)),
    "the same orders are sent again without their source": Situation(
        (_AGAIN, "ordercli submit corrected.ndjson --dry-run")
    ),
    # Nobody sends the corrected orders afterwards: what the hints bring in is all that comes.
    "rejects of another database": Situation(
        (
            f"{_SUBMIT} --database other.db",
            f"{_SUBMIT} --rejects none",
            "ordercli submit orders.ndjson.rejects.ndjson",
        )
    ),
    "queued orders have failed": Situation(
        (
            f"{_AGAIN} --async",
            _fail_entries,
            "ordercli queue export --state error --to failed.ndjson",
        ),
        ("ordercli queue retry --state error", _AGAIN),
    ),
    "the queue is paused": Situation((f"{_AGAIN} --async", "ordercli queue pause", "ordercli queue run -v")),
    "a batch is not known": Situation((_AGAIN, "ordercli batch resume 0123")),
    "patches are refused": Situation((_AGAIN, _PATCHES)),
    "cancellations are refused": Situation((_AGAIN, _CANCELLATIONS)),
    "an order is not known": Situation((_AGAIN, "ordercli show PO-99")),
    "a database is not there": Situation((_AGAIN, "ordercli list --database no/such.db")),
    "a command is mistyped": Situation((_AGAIN, "ordercli submti orders.ndjson")),
}


class _Terminal:
    """A terminal for pasted commands; it remembers how they ended and what they printed."""

    def __init__(self, at: Site) -> None:
        self._at = at
        self.followed: list[tuple[str, int, str]] = []
        kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("COVERAGE")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        # Without a database in the environment: the advice has to name it.
        # An editor that ends at once: the orders are repaired by `_repair`.
        self._environment = {**kept, "HOME": str(at.folder), "PATH": path, "EDITOR": "true"}

    def paste(self, line: str) -> tuple[int, str]:
        """Run a line and confirm all questions; return how it ended, and what the terminal showed."""
        process = on_terminal(["/bin/sh", "-c", line], self._at.folder, self._environment)
        while process.expect_exact(["[y/N]: ", pexpect.EOF]) == 0:
            process.sendline("y")
        code, reported, _ = ended(process)
        return code, reported

    def follow(self, text: str, depth: int = 0) -> None:
        """Paste every command in a text, and those that these print in turn."""
        for command in printed_commands(text):
            again = sum(known == command for known, *_ in self.followed)
            if depth < DEEPEST and again < MOST_REPETITIONS:
                _repair(self._at.folder)
                code, reported = self.paste(command)
                self.followed.append((command, code, reported))
                if not command.endswith("--help"):  # an example is no advice
                    self.follow(reported, depth + 1)


def printed_commands(text: str) -> list[str]:
    """Return the commands that a text advises: between backticks, or at the end of a line; each once, in order."""
    return list(dict.fromkeys(found[1] or found[2] for found in _PRINTED.finditer(text)))


def follow_the_hints(folder: Path, rng: Random, address: str = "", situation: Situation | None = None) -> Trial:
    """Follow every hint of a situation, and do what an operator would do: each order exists once afterwards."""
    at = site(folder, address)
    _write_files(at)
    terminal = _Terminal(at)
    situation = situation or rng.choice(list(SITUATIONS.values()))
    option = f"--database '{at.database}'"
    reported = ""
    for step in situation.steps:
        if isinstance(step, str):
            _, reported = terminal.paste(step if "--database" in step else f"{step} {option}")
        else:
            step(at)
    terminal.follow(reported)
    for step in situation.afterwards:
        _, reported = terminal.paste(f"{step} {option}")
        terminal.follow(reported)
    trial = verify(at, marks=MARKS)
    return trial._replace(findings=(*trial.findings, *_findings(terminal.followed)), faults=1 + len(terminal.followed))


def _findings(followed: Iterable[tuple[str, int, str]]) -> Iterator[str]:
    for command, code, reported in followed:
        if code in WRONG_ENDS or "Traceback" in reported:
            yield f"{command} ended with {code}: {reported[:200]}"


def _write_files(at: Site) -> None:
    good = [marked_order(mark) for mark in MARKS]
    orders = [{**order, "relatedParty": []} if order["externalId"] in BAD else order for order in good]
    late = [{"id": mark, "requestedStartDate": "never"} for mark in BAD]
    cancellations = [cancellation(mark, f"{mark}-unknown") for mark in BAD]
    files = {"orders": orders, "corrected": good, "patches": late, "cancellations": cancellations}
    for name, documents in files.items():
        (at.folder / f"{name}.ndjson").write_bytes(ndjson(*documents))


def _repair(folder: Path) -> None:
    """Repair refused orders and requests before they are sent again."""
    for file in folder.iterdir():
        if file.is_file() and b'"$reject"' in (content := file.read_bytes()) and not file.name.startswith("orders.db"):
            repaired = content.replace(b'"relatedParty":[]', b'"relatedParty":' + encoded([CUSTOMER]))
            file.write_bytes(repaired.replace(b'"never"', b'"2030-01-01T00:00:00Z"'))


def _on_a_server(folder: Path, rng: Random) -> Trial:
    with lent_database() as address:
        return follow_the_hints(folder, rng, address)


CAMPAIGNS = (
    Campaign("every printed command is followed literally", partial(follow_the_hints, address=""), 60),
    Campaign("every printed command is followed literally, PostgreSQL", _on_a_server, 30),
)
