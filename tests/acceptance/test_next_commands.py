"""Every command that a run prints is pasted into a shell of the same folder, and must act on the same store."""

from __future__ import annotations

import os
import re
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from ordercli.output.advice import Advice
from support.builders import encoded, product_order
from support.terminals import ended, on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from support.running import Ordercli
    from support.servers import Server

PRINTED = re.compile(r": (ordercli .+)$|`(ordercli [^`]+)`", re.MULTILINE)
DATABASE = ("--database", "my orders.db")
BAD = b'{"externalId": "BAD"}\n'
QUEUED = ("submit", "night orders.ndjson", "--async", "--rejects", "none", *DATABASE)
CATALOGUE = ("reference", "import", "catalogue.ndjson", *DATABASE)  # without what is ordered


class Run(NamedTuple):
    """Commands that prepare, the one whose advice is followed, the advice, and what a last command must show then."""

    prepare: tuple[tuple[str, ...], ...]
    command: tuple[str, ...]
    advice: list[str]
    look: tuple[str, ...]
    seen: str


RUNS = {
    "submit --async": Run(
        (),
        ("submit", "night orders.ndjson", "--async", *DATABASE),
        [
            "ordercli explain ORD102",
            "ordercli submit 'night orders.ndjson.rejects.ndjson' --database 'my orders.db'",
            "ordercli queue run --database 'my orders.db'",
            "ordercli reference import --help",
        ],
        ("list", "--fields", "externalId", "-o", "csv", *DATABASE),
        "PO-1",
    ),
    "queue pause": Run(
        (QUEUED,),
        ("queue", "pause", "--config", "night.toml"),
        ["ordercli queue resume --config night.toml"],
        ("queue", "status", "-o", "json", *DATABASE),
        '"paused": false',
    ),
    "submit --max-rejects": Run(
        (),
        ("submit", "--max-rejects", "1", "--config", "night.toml", "--", "-bad.ndjson"),
        [
            "ordercli explain ORD102",
            "ordercli explain ORD111",
            "ordercli explain ORD113",
            "ordercli explain ORD102",
            "ordercli batch resume BATCH --max-rejects 100% --config night.toml",
            "ordercli submit ./-bad.ndjson.rejects.ndjson --config night.toml",
            "ordercli reference import --help",
        ],
        ("list", "--fields", "externalId", "-o", "csv", *DATABASE),
        "PO-9",
    ),
    "patch --from": Run(
        (("submit", "night orders.ndjson", "--source", "crm", "--rejects", "none", *DATABASE),),
        ("patch", "--from", "patches.ndjson", "--source", "crm", "--actor", "ana", *DATABASE),
        [
            "ordercli explain ORD403",
            "ordercli patch --actor ana --from patches.ndjson.rejects.ndjson --database 'my orders.db'",
        ],
        ("history", "PO-1", "-o", "ndjson", *DATABASE),
        '"version":1',
    ),
    "queue run": Run(
        (QUEUED, CATALOGUE),
        ("queue", "run", "--revalidate", *DATABASE),
        ["ordercli queue list --state error --database 'my orders.db'"],
        ("queue", "status", "-o", "json", *DATABASE),
        '"error": 1',
    ),
    "queue run, paused": Run(
        (QUEUED, ("queue", "pause", *DATABASE)),
        ("queue", "run", *DATABASE),
        ["ordercli queue resume --database 'my orders.db'"],
        ("queue", "status", "-o", "json", *DATABASE),
        '"paused": false',
    ),
    "queue export": Run(
        (QUEUED, CATALOGUE, ("queue", "run", "--revalidate", *DATABASE)),
        ("queue", "export", "--state", "error", "--to", "-failed.ndjson", *DATABASE),
        ["ordercli submit ./-failed.ndjson --database 'my orders.db'"],
        ("queue", "list", "-o", "ndjson", *DATABASE),
        "exportedAt",
    ),
    "submit --wait": Run(
        (
            (*QUEUED, "--idempotency-key", "night"),
            CATALOGUE,
            ("queue", "run", "--revalidate", *DATABASE),
        ),
        (*QUEUED, "--idempotency-key", "night", "--wait", "60s"),
        ["ordercli queue list --state error --batch BATCH --database 'my orders.db'"],
        ("queue", "status", "-o", "json", *DATABASE),
        '"error": 1',
    ),
    "batch show": Run(
        (("submit", "night orders.ndjson", "--rejects", "none", *DATABASE),),
        ("batch", "show", "none", *DATABASE),
        ["ordercli batch list --database 'my orders.db'"],
        ("list", "-o", "ndjson", *DATABASE),
        "PO-1",
    ),
    "history": Run(
        (QUEUED,),
        ("history", "PO-1", *DATABASE),
        ["ordercli queue show ORDER --database 'my orders.db'"],
        ("queue", "status", "-o", "json", *DATABASE),
        '"new": 1',
    ),
}


@pytest.fixture
def shell(ordercli: Ordercli, folder_of_command: Path, fresh_database: Path) -> Shell:
    """A terminal in the folder of the orders, without any setting of ordercli."""
    write_inputs(ordercli.folder)
    shutil.copy(fresh_database, ordercli.folder / "my orders.db")
    return Shell(ordercli, folder_of_command)


class Shell:
    """Runs commands as somebody types them."""

    def __init__(self, ordercli: Ordercli, commands: Path) -> None:
        self.folder = ordercli.folder
        path = {"PATH": f"{commands}:{os.environ['PATH']}", "PYTHONPATH": os.pathsep.join(sys.path)}
        self._environment = {**ordercli.environment(path)}
        del self._environment["ORDERCLI_DATABASE"]

    def __call__(self, line: str) -> str:
        """Type a line; gives what stands on the terminal."""
        return ended(on_terminal(["/bin/sh", "-c", line], self.folder, self._environment)).screen

    def default_store(self) -> Path:
        """Where orders lie that nobody meant to put there."""
        return self.folder / ".local" / "share" / "ordercli"


def write_inputs(folder: Path) -> None:
    """Orders, patches and settings of a night."""
    (folder / "night orders.ndjson").write_bytes(encoded(product_order("PO-1")) + b"\n" + BAD)
    (folder / "-bad.ndjson").write_bytes(BAD + encoded(product_order("PO-9")) + b"\n")
    (folder / "patches.ndjson").write_text('{"id": "PO-1", "orderCurrency": "USD"}\n')
    (folder / "catalogue.ndjson").write_text('{"@type": "ProductOffering", "id": "another"}\n')
    (folder / "night.toml").write_text('database = "my orders.db"\n')


def printed(text: str) -> list[str]:
    """The commands in what was printed."""
    return [found[1] or found[2] for found in PRINTED.finditer(text)]


@pytest.mark.parametrize("name", RUNS)
def test_printed_commands_work_when_pasted(shell: Shell, name: str) -> None:
    run = RUNS[name]
    for words in run.prepare:
        shell(Advice().command(*words))

    commands = printed(shell(Advice().command(*run.command)))
    pasted = [shell(command) for command in commands]

    shown = [re.sub(r"[0-9a-f]{32}", "BATCH" if "batch" in each else "ORDER", each) for each in commands]
    assert shown == run.advice
    assert [text for text in pasted if "No such" in text or "hint: see" in text or "no database" in text] == []
    assert run.seen in shell(Advice().command(*run.look))
    assert not shell.default_store().exists()


def test_hints_for_programs_are_completed_too(ordercli: Ordercli) -> None:
    ordercli("db", "upgrade", "--database", "my orders.db")

    result = ordercli("batch", "show", "none", "-o", "json", "--database", "my orders.db")

    assert '"hint":"see `ordercli batch list --database \'my orders.db\'`"' in result.stderr


def test_what_stands_in_the_environment_is_not_repeated(ordercli: Ordercli) -> None:
    assert "hint: see `ordercli batch list`\n" in ordercli("batch", "show", "none").stderr


def test_a_password_is_not_printed(shell: Shell, server: Server) -> None:
    address = server.database()
    secret = address.replace("postgres@", "postgres:s3cret@", 1)

    text = shell(Advice().command("submit", "night orders.ndjson", "--async", "--database", secret))
    for command in printed(text):
        shell(command)

    assert "s3cret" not in text.partition("batch")[2]
    assert (
        "create the orders (set PGPASSWORD or use ~/.pgpass, for the password is left out): ordercli queue run" in text
    )
    assert "PO-1" in shell(Advice().command("list", "-o", "ndjson", "--database", address))
    server.give_back(address)
