"""What holds orders is for its owner alone, and nothing is opened because an order names it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ordercli.database.opening import open_database
from ordercli.queue.workers import Worker
from support.builders import line, product_order, write_orders
from support.running import PATIENCE_SECONDS
from support.stored import enqueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.builders import Json
    from support.running import Ordercli

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
AS_ANY_FILE = 0o666  # less the umask of whoever asked for it: monitoring and CI read it

# Runs the command, and writes down what it opens, connects to and starts.
WATCHED = """
import json, sys
seen = []
EVENTS = {"open": 0, "socket.connect": 1, "socket.getaddrinfo": 0, "subprocess.Popen": 0, "os.system": 0,
          "os.exec": 0, "os.posix_spawn": 0, "sqlite3.connect": 0, "os.listdir": 0, "glob.glob": 0}
def watch(event, arguments):
    if event in EVENTS:
        seen.append([event, repr(arguments[EVENTS[event]])])
sys.addaudithook(watch)
from ordercli.cli.app import app
try:
    app(sys.argv[2:], prog_name="ordercli")
finally:
    with open(sys.argv[1], "w") as log:
        json.dump(seen, log)
"""


@pytest.fixture
def no_umask() -> Iterator[None]:
    """A careless user, whose files everybody may read and write."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: str | Path) -> int:
    return stat.S_IMODE(Path(path).stat().st_mode)


@pytest.mark.usefixtures("no_umask")
def test_files_with_orders_are_for_their_owner_alone(ordercli: Ordercli) -> None:
    bad = product_order("BAD", orderCurrency=...)
    orders = write_orders(Path("orders.ndjson"), product_order("PO-1"), bad)
    database = ("--database", "home/data/orders.db")

    ordercli("submit", orders, "--accepted", "accepted", "--log-file", "log", *database)
    ordercli("submit", orders, "--async", "--source", "b", "--rejects", "rejects", *database)
    ordercli("queue", "export", "--to", "exported", *database)
    ordercli("validate", orders, "--report", "sarif=report")
    ordercli("queue", "status", "--metrics-file", "metrics", *database)
    with closing(open_database("home/data/orders.db")) as connection, Worker("home/data/orders.db", "w") as worker:
        enqueue(connection, product_order("PO-2"))
        made = {path: mode(path) for path in map(str, Path("home/data").rglob("*"))}

    private = ["accepted", "log", "rejects", "orders.ndjson.rejects.ndjson", "exported"]
    assert {path: mode(path) for path in private} == dict.fromkeys(private, PRIVATE_FILE)
    assert made.pop("home/data/orders.db-workers") == mode("home/data") == PRIVATE_FOLDER
    assert f"home/data/orders.db-workers/{worker.name}.lock" in made
    assert set(made.values()) == {PRIVATE_FILE}
    assert {"home/data/orders.db", "home/data/orders.db-wal"} <= made.keys() or "home/data/orders.db-journal" in made
    assert (mode("report"), mode("metrics")) == (AS_ANY_FILE, AS_ANY_FILE)


def baited_order(bait: str) -> Json:
    """A good order that names a place to look at wherever text may stand."""
    links = {"href": bait, "@schemaLocation": bait, "url": bait, "$ref": bait, "$include": bait}
    attachment = [{**links, "content": bait, "attachmentType": bait}]
    items = [
        line(
            bait[:40],
            offering=bait,
            specification=bait,
            actionReason=bait,
            product={
                **links,
                "place": {"id": bait, **links},
                "productCharacteristic": [{"name": bait, "value": bait}, {"name": "x", "value": links}],
            },
            **links,
        )
    ]
    party = {"id": bait, "name": bait, "@referredType": "Customer", **links}
    note = [{"id": bait, "author": bait, "text": bait, "attachment": attachment}]
    return product_order(bait, items=items, relatedParty=[party], note=note, attachment=attachment, **links)


@pytest.mark.parametrize("command", ["submit", "validate", "queue run", "patch", "cancel", "reference import"])
def test_nothing_is_opened_because_an_order_names_it(ordercli: Ordercli, command: str) -> None:
    Path("bait").write_text("{}")
    names = [f"{ordercli.folder}/bait", "bait", "./bait", "file://{ordercli.folder}/bait", "http://127.0.0.1:9/bait"]
    baits = [*names, "../../bait", "\\\\host\\bait", "| touch bait", "$(touch bait)", "`touch bait`", "~/bait"]
    orders: list[Json] = [baited_order(bait) for bait in baits]
    records: list[Json] = [{"@type": "Place", "id": bait, "href": bait, "name": bait} for bait in baits]
    requests: list[Json] = [{"id": bait, "note": [{"text": bait}], "description": bait} for bait in baits]
    cancellations: list[Json] = [{"cancellationReason": bait, "productOrder": {"id": bait}} for bait in baits]
    write_orders(Path("orders.ndjson"), *orders)
    ordercli("submit", "orders.ndjson", *(["--async"] if command == "queue run" else []))
    documents = {"patch": requests, "cancel": cancellations, "reference import": records}.get(command, orders)
    write_orders(Path("input.ndjson"), *documents)
    options = {"queue run": [], "patch": ["--from", "input.ndjson"], "cancel": ["--from", "input.ndjson"]}

    arguments = [*command.split(), *options.get(command, ["input.ndjson"])]
    process = subprocess.run(
        [sys.executable, "-c", WATCHED, "seen.json", *arguments],
        env=ordercli.environment(),
        capture_output=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )

    seen = json.loads(Path("seen.json").read_text())
    assert process.returncode in {0, 1}, process.stderr
    assert ["open", repr("input.ndjson")] in [
        [event, what.replace("PosixPath(", "").rstrip(")")] for event, what in seen
    ] or (command == "queue run")
    assert [
        each for each in seen if "bait" in each[1] or each[0] not in {"open", "sqlite3.connect", "os.listdir"}
    ] == []
