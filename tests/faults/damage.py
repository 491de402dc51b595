"""Damage files of a database: every command reports the damage, and none returns damaged data.

Data that a flipped bit destroyed is lost, so the trials do not count lost orders; they check that the program reports
the damage.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from faults.apsw_driver import Journal, journal
from faults.campaign import Campaign, Trial
from faults.disk import Files, lay_out
from ordercli.database.sqlite import sqlite
from ordercli.exit_codes import ExitCode
from support.builders import line, mixed_orders, ndjson, product_order
from support.running import Ordercli

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.running import Result

Damage = Callable[[Files, Random], Files]

# No power cut comes: the disk need not be waited for.
IN_HASTE = Journal("WAL", "OFF")
DATABASE, WAL = "orders.db", "orders.db-wal"
PAGE = 16384
FOUND, EXPORTED = ("db", "check"), ("queue", "export")
READING = (
    ("list", "-o", "ndjson"),
    ("show", "PO-1"),
    ("show", "PO-2"),
    ("history", "PO-1"),
    ("events",),
    ("queue", "list"),
    ("queue", "status"),
    ("queue", "show", "PO-6"),
    ("batch", "list"),
    EXPORTED,
)
WRITING = (
    ("patch", "PO-1", "--set", "quantity=4"),
    ("cancel", "PO-2", "--reason", "damage"),
    ("queue", "run"),
    ("submit", "--async"),
    ("submit",),
    ("queue", "purge", "--completed", "0s", "--error", "0s", "--yes"),
)
EXPECTED = {0, 1, 3, 4, ExitCode.BAD_INPUT, ExitCode.TRY_AGAIN}


@cache
def sound() -> Files:
    """Make a database with orders of every kind, the last ones only in the WAL."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        ordercli = Ordercli(folder, str(folder / DATABASE))
        ordercli("submit", stdin=ndjson(product_order(items=[line("1"), line("2")]), product_order("PO-2")))
        ordercli("patch", "PO-1", "--set", "productOrderItem.2.quantity=3", "--set", "state=in_progress")
        ordercli("submit", "--async", stdin=ndjson(*mixed_orders(3, first=3)))
        ordercli("queue", "run")
        with closing(sqlite.connect(folder / DATABASE)) as beside:
            beside.execute("SELECT count(*) FROM batch").fetchone()
            ordercli("submit", "--async", stdin=ndjson(*mixed_orders(3, first=6)))
            ordercli("queue", "discard", "PO-8", "--reason", "not wanted", "--yes")
            return {
                each.name: each.read_bytes() for each in folder.glob(f"{DATABASE}*") if each.name in {DATABASE, WAL}
            }


def flipped(files: Files, rng: Random) -> Files:
    """Flip a few bits anywhere in the written part."""
    name = rng.choice(sorted(files))
    content = bytearray(files[name])
    written = [at for at in range(0, len(content), 16) if any(content[at : at + 16])]
    for _ in range(rng.choice((1, 1, 3, 20))):
        content[min(rng.choice(written) + rng.randrange(16), len(content) - 1)] ^= 1 << rng.randrange(8)
    return {**files, name: bytes(content)}


def in_the_header(files: Files, rng: Random) -> Files:
    """Change one byte of the first hundred."""
    content = bytearray(files[DATABASE])
    content[rng.randrange(100)] = rng.randrange(256)
    return {**files, DATABASE: bytes(content)}


def cut_off(files: Files, rng: Random) -> Files:
    """Truncate a file, perhaps to nothing."""
    name = rng.choice(sorted(files))
    return {**files, name: files[name][: rng.choice((0, 1, rng.randrange(len(files[name]))))]}


def overwritten(files: Files, rng: Random) -> Files:
    """Overwrite a page or a whole file."""
    name = rng.choice(sorted(files))
    content = files[name]
    at, size = rng.choice(((0, len(content)), (rng.randrange(0, len(content), PAGE), PAGE)))
    other = rng.choice((bytes, rng.randbytes))(min(size, len(content) - at))
    return {**files, name: content[:at] + other + content[at + size :]}


def mixed_up(files: Files, _rng: Random) -> Files:
    """Replace the WAL by that of another database."""
    with tempfile.TemporaryDirectory() as name:
        other = Path(name) / DATABASE
        with closing(sqlite.connect(other, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size = {PAGE}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE song (title)")
            return {**files, WAL: (Path(name) / WAL).read_bytes()}


def trial(damage: Damage, folder: Path, rng: Random) -> Trial:
    """Run some commands, in random order, on a damaged database."""
    lay_out(folder, damage(sound(), rng))
    ordercli = Ordercli(folder, str(folder / DATABASE))
    commands = rng.sample((*READING, *WRITING), 4)
    return Trial(
        findings=tuple(each for command in (FOUND, *commands, FOUND) for each in _unexpected(ordercli, command))
    )


def _unexpected(ordercli: Ordercli, command: tuple[str, ...]) -> Iterator[str]:
    stdin = ndjson(*mixed_orders(12)) if command[0] == "submit" else b""
    result = ordercli(*command, stdin=stdin)
    explained = not result.exit_code or result.stderr or result.stdout
    if result.exit_code not in EXPECTED or not explained or "Traceback" in result.stderr:
        yield f"{' '.join(command)}: exit {result.exit_code}: {result.stderr}"


def document_trial(folder: Path, rng: Random) -> Trial:
    """Flip a bit in a stored document or its hash: it must never be shown, created, changed or sent on."""
    lay_out(folder, sound())
    shutil.rmtree(folder / f"{DATABASE}-workers", ignore_errors=True)
    ordercli = Ordercli(folder, str(folder / DATABASE))
    table, key, external_id = rng.choice(DOCUMENTS)
    with closing(sqlite.connect(folder / DATABASE, isolation_level=None)) as connection:
        column = rng.choice(("body", "sha256"))
        (content,) = connection.execute(f"SELECT {column} FROM {table} WHERE {key}", (external_id,)).fetchone()
        changed = bytearray(content)
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
        connection.execute(f"UPDATE {table} SET {column} = ? WHERE {key}", (bytes(changed), external_id))
    with journal(IN_HASTE):
        return Trial(findings=tuple(_taken_for_sound(ordercli, table, external_id)))


ORDERED = "order_seq = (SELECT seq FROM customer_order WHERE external_id = ?)"
CREATED = "seq = (SELECT seq FROM customer_order WHERE external_id = ?)"
QUEUED = "seq = (SELECT seq FROM inbound_entry WHERE external_id = ?)"
DOCUMENTS = (
    ("revised_document", ORDERED, "PO-1"),
    ("payload", CREATED, "PO-2"),
    ("payload", CREATED, "PO-4"),
    ("payload", QUEUED, "PO-6"),
    ("payload", QUEUED, "PO-8"),
)


def _taken_for_sound(ordercli: Ordercli, table: str, external_id: str) -> Iterator[str]:
    """Return what commands print about a damaged document that they should have refused."""
    found = ordercli(*FOUND)
    if found.exit_code != ExitCode.REJECTED or "is no longer what was written" not in found.stdout:
        yield f"db check: {_told(found)}"
    if external_id in {"PO-6", "PO-8"}:
        yield from _created(ordercli, external_id)
        return
    commands = [("show", external_id), ("patch", external_id, "--set", "note=x"), ("list", "-o", "ndjson")]
    if table == "payload":  # what the history begins with
        commands += [("history", external_id), ("history", external_id, "--events"), ("events",)]
    for command in commands:
        result = ordercli(*command)
        if result.exit_code != ExitCode.BAD_INPUT or external_id in result.stdout:
            yield f"{' '.join(command)}: {_told(result)}"


def _created(ordercli: Ordercli, external_id: str) -> Iterator[str]:
    """Check that a waiting damaged document ends in an error, and that a discarded one is not exported."""
    run, shown = ordercli("queue", "run", "-o", "json"), ordercli("show", external_id)
    waits = external_id == "PO-6"
    if run.exit_code != (ExitCode.REJECTED if waits else ExitCode.OK) or ("ORD191" in shown.stdout) is not waits:
        yield f"queue run: {_told(run)}, and then show: {_told(shown)}"
    exported = ordercli(*EXPORTED, "--state", "error" if waits else "cancelled")
    if exported.exit_code != ExitCode.BAD_INPUT:
        yield f"queue export: {_told(exported)}"


def _told(result: Result) -> str:
    return f"exit {result.exit_code}: {result.stdout} {result.stderr}"


CAMPAIGNS = (
    Campaign("bits flip in the files of the database", partial(trial, flipped), 500),
    Campaign("the header of the database is damaged", partial(trial, in_the_header), 200),
    Campaign("a file of the database ends early", partial(trial, cut_off), 200),
    Campaign("pages of the database are overwritten", partial(trial, overwritten), 200),
    Campaign("the WAL is that of another database", partial(trial, mixed_up), 20),
    Campaign("a bit flips in a stored document", document_trial, 200),
)
