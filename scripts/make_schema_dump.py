"""A database of each schema, with something of everything in it, becomes a text that the upgrade tests read.

Makes the dumps that are missing in tests/data/schemas. One that is there is left alone: it is what a program of that
time has left behind. Run it when a schema is done, before the next one begins.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ordercli.clock import later, now, timestamp
from ordercli.database.migrate import upgrade
from ordercli.database.opening import make_database
from ordercli.database.store import APPLICATION_ID, PAGE_SIZE, SCHEMA_VERSION
from ordercli.queue import claims, entries

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
DUMPS = ROOT / "tests" / "data" / "schemas"
REFERENCE, LIFE, OPERATIONS = 2, 3, 4
UNVALIDATED = {"ORDERCLI_VALIDATION_CREATE_PRODUCT_ORDER_VALIDATION_ASYNC": "false"}
LINE = {
    "id": "1",
    "action": "add",
    "quantity": 1,
    "product": {
        "productSpecification": {"id": "access"},
        "productCharacteristic": [{"name": "Speed", "value": "100", "previousValue": "50"}],
    },
    "productOffering": {"id": "fiber"},
    "itemPrice": [{"priceType": "recurring", "price": {"taxIncludedAmount": {"unit": "EUR", "value": 19.90}}}],
}
SPECIFICATION = {
    "@type": "ProductSpecification",
    "id": "access",
    "productSpecCharacteristic": [{"name": "Latency"}],
    "productSpecificationRelationship": [{"id": "modem", "relationshipType": "HasChild"}],
}
RECORDS = (
    SPECIFICATION,
    {"@type": "ProductSpecification", "id": "modem"},
    {"@type": "Currency", "id": "EUR", "externalId": "euro", "status": "active"},
)


def order(external_id: str) -> dict[str, Any]:
    """Return a small valid order."""
    customer = {"id": "customer-1", "name": "Funco Intl", "@type": "RelatedParty", "@referredType": "Customer"}
    return {
        "externalId": external_id,
        "orderCurrency": "EUR",
        "productOrderItem": [LINE, {**LINE, "id": "2"}],
        "relatedParty": [customer],
    }


def live(folder: Path, version: int) -> str:
    """Make a database in which every operation of that schema's program was used; return its path."""
    database = str(folder / "orders.db")

    def run(*words: str, stdin: tuple[dict[str, Any], ...] = (), **environment: str) -> None:
        subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-m", "ordercli", *words],
            input="".join(f"{json.dumps(each)}\n" for each in stdin).encode(),
            env={**os.environ, "ORDERCLI_DATABASE": database, "ORDERCLI_ACTOR": "operator", **environment},
            check=False,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )

    if version >= REFERENCE:
        run("reference", "import", "-", stdin=RECORDS)
    shutil.copy(ROOT / "samples" / "home-fibre-bundle.json", folder)
    run("submit", "home-fibre-bundle.json", ORDERCLI_VALIDATION_REFERENCE="off")
    run("submit", "-", "--track-id", "T-1", stdin=(order("SYNC-1"), order("SYNC-2")))
    broken = {"externalId": "BROKEN-1", "productOrderItem": 7}
    run("submit", "-", "--async", stdin=(order("DONE-1"), order("DONE-2"), broken), **UNVALIDATED)
    run("queue", "run")
    if version >= OPERATIONS:
        run("queue", "purge", "--completed", "0s", "--yes")
    waiting = ("NEW-1", "NEW-2", "CLAIMED-1", "PENDING-1", "LATER-1", "DISCARDED-1")
    run("submit", "-", "--async", "--idempotency-key", "K-1", stdin=tuple(order(each) for each in waiting))
    run("queue", "discard", "DISCARDED-1", "--reason", "ordered twice")
    if version >= LIFE:
        run("patch", "SYNC-1", "--set", "productOrderItem.2.quantity=3", "--set", "state=in_progress")
        run("cancel", "SYNC-2", "--reason", "ordered twice")
    if version >= OPERATIONS:
        run("queue", "pause", "--reason", "prices are corrected")
    _let_workers_leave(database)
    return database


def _let_workers_leave(database: str) -> None:
    """One entry in the hands of a worker that is gone, one that is tried again now, one that waits for long."""
    at = now()
    with closing(make_database(database)) as connection:
        for name, wait in (("CLAIMED-1", None), ("PENDING-1", 0), ("LATER-1", 10 * 365 * 86400)):
            (entry,) = entries.by_external_id(connection, name, "cli")
            claims.claim_one(connection, entry.order_id, f"token-{name}", "host-1-gone", timestamp(at), later(at, 60))
            if wait is not None:
                claims.postpone(connection, f"token-{name}", entry.seq, later(at, wait), timestamp(at))


def restored(database: str, path: str, version: int) -> None:
    """Make a database of that schema with what it can hold of the other one."""
    upgrade(path, version)
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        old.execute("ATTACH ? AS live", (database,))
        tables = old.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'alembic_version'")
        for (table,) in tables.fetchall():
            columns = ", ".join(row[1] for row in old.execute(f"PRAGMA table_info({table})"))
            old.execute(f"DELETE FROM {table}")
            old.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM live.{table}")


def dump(path: str, version: int) -> Iterator[str]:
    """Return the statements that make the database again; they do not depend on the machine."""
    marks = {"page_size": PAGE_SIZE, "application_id": APPLICATION_ID, "user_version": version}
    yield from (f"PRAGMA {name} = {value};" for name, value in marks.items())
    anonymous = {str(Path(path).parent): "/data", f"'{socket.gethostname()}-": "'host-1-"}
    with closing(sqlite3.connect(path)) as connection:
        for statement in connection.iterdump():
            yield reduce(lambda text, each: text.replace(*each), anonymous.items(), statement)


def main() -> None:
    """Make what is missing."""
    for version in range(1, SCHEMA_VERSION + 1):
        file = DUMPS / f"{version:04}.sql"
        if file.exists():
            continue
        with tempfile.TemporaryDirectory() as folder:
            old = str(Path(folder) / "old.db")
            restored(live(Path(folder), version), old, version)
            file.write_text("\n".join(dump(old, version)) + "\n", encoding="utf-8")
        print(f"made {file.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
