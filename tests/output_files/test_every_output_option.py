"""Every option that writes is pointed at everything that it must not touch, and at what cannot be written."""

from __future__ import annotations

import os
import shutil
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import typer

from ordercli.cli.app import app
from ordercli.database.opening import open_database
from ordercli.forwarding import forwards
from ordercli.forwarding.forwards import ForwardRow
from support.builders import ndjson, product_order, write_orders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.running import Ordercli, Result

pytestmark = pytest.mark.slow

SAMPLES = Path(__file__).parents[2] / "samples"

BAD = product_order("BAD", orderCurrency=...)

# Every option (or argument, by its metavar) that writes a file: its command line, with `{}` for the path.
WRITES = {
    ("submit", "--rejects"): "submit orders.ndjson --rejects {} --force -o json",
    ("submit", "--accepted"): "submit orders.ndjson --accepted {} --force -o json",
    ("submit", "--log-file"): "submit orders.ndjson --log-file {} -o json",
    ("validate", "--report"): "validate orders.ndjson --report json={}",
    ("patch", "--rejects"): "patch --from orders.ndjson --rejects {} --force",
    ("cancel", "--rejects"): "cancel --from orders.ndjson --rejects {} --force --yes",
    ("fulfil", "--rejects"): "fulfil orders.ndjson --rejects {} --force",
    ("reference import", "--rejects"): "reference import orders.ndjson --rejects {} --force -o json",
    ("rejects submit", "--rejects"): "rejects submit refused.ndjson --rejects {} --force -o json",
    ("rejects submit", "--log-file"): "rejects submit refused.ndjson --log-file {} -o json",
    ("queue run", "--metrics-file"): "queue run --metrics-file {} -o json",
    ("queue run", "--log-file"): "queue run --log-file {} -o json",
    ("forward run", "--metrics-file"): "forward run --metrics-file {} -o json",
    ("forward run", "--log-file"): "forward run --log-file {} -o json",
    ("forward follow", "--metrics-file"): "forward follow --metrics-file {} -o json",
    ("forward follow", "--log-file"): "forward follow --log-file {} -o json",
    ("queue status", "--metrics-file"): "queue status --metrics-file {} -o json",
    ("queue export", "--to"): "queue export --to {} --force",
    ("batch resume", "--rejects"): "batch resume BATCH --rejects {} --force -o json",
    ("batch resume", "--log-file"): "batch resume BATCH --log-file {} -o json",
    ("quote convert", "--to"): "quote convert orders.ndjson --to {} --force",
    ("quote convert", "--report"): "quote convert orders.ndjson --report json={}",
    ("convert", "--to"): "convert orders.csv --map map.toml --to {} --force",
    ("convert", "--report"): "convert orders.csv --map map.toml --report json={}",
    ("db backup", "PATH"): "db backup {} --force",
    ("report", "PATH"): "report {}",
    ("list", "--to"): "list --to {} --force",
}
# Every other option or argument that takes a path: it is read, or is the database itself.
READS = {
    ("", "--database"),
    ("", "--config"),
    ("submit", "PATH..."),
    ("submit", "--map"),
    ("validate", "PATH..."),
    ("validate", "--map"),
    ("validate", "--reference"),
    ("patch", "FILE"),
    ("patch", "--from"),
    ("patch", "--set"),  # PATH=VALUE is a place in an order
    ("cancel", "--from"),
    ("fulfil", "FILE"),
    ("quote convert", "PATH..."),
    ("convert", "PATH..."),
    ("convert", "--map"),
    ("list", "--where"),  # PATH=VALUE is a place in an order
    ("reference import", "PATH..."),
    ("reference diff", "PATH..."),
    ("db check", "--receipts"),
    ("db restore", "FILE"),
    ("rejects show", "FILE"),
    ("rejects fix", "FILE"),  # it is changed in place: tests/commands/test_rejects_command.py
    ("rejects fix", "--set"),
    ("rejects fix", "--at"),  # PATH is a place in an order, too
    ("rejects edit", "FILE"),  # likewise: tests/commands/test_rejects_edit.py
    ("rejects submit", "FILE"),
}
MAP = """
group = "Order"
[columns]
Order = "/externalId"
Action = "/productOrderItem/*/action"
[constants]
"/orderCurrency" = "EUR"
"/relatedParty" = [{id = "customer-12", "@referredType" = "Customer"}]
"/productOrderItem/*/productOffering/id" = "HF1000"
"/productOrderItem/*/product/productSpecification/id" = "fibre-access"
"""
WITH_INPUT = [name for name, line in WRITES.items() if "orders.ndjson" in line or "BATCH" in line]


@dataclass
class Store:
    """A database at work, with an interrupted batch, and the files around it."""

    ordercli: Ordercli
    batch: str

    def run(self, name: tuple[str, str], path: str) -> Result:
        """Run the command with the path that its option is to write."""
        words = WRITES[name].replace("BATCH", self.batch).split()
        return self.ordercli(*(word.replace("{}", path) for word in words))

    def use_target(self) -> None:
        """Let an order wait for the target crm, which is paused, and another one that is there be followed."""
        self.ordercli("submit", "--target", "crm", stdin=ndjson(product_order("FORWARDED")))
        self.ordercli("forward", "pause", "crm")
        with closing(open_database("orders.db")) as connection:
            (order_id,) = connection.execute("SELECT order_id FROM customer_order").fetchone()
            forwards.add(connection, [ForwardRow(order_id, "crm", "productOrder", "PO-1", remote_id="remote-1")])

    def content(self) -> dict[str, bytes | str]:
        """Everything in the folder: the bytes of files, where links lead; but for the index of the write-ahead log."""
        return {
            str(path): str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else ""
            for path in sorted(Path().rglob("*"))
            if not path.name.endswith("-shm")
        }


@pytest.fixture
def store(ordercli: Ordercli) -> Iterator[Store]:
    Path("ordercli.toml").write_text('profile = "servicenow"\n')
    mine = Path(".config/ordercli/ordercli.toml")  # only the user's own file may name targets
    mine.parent.mkdir(parents=True)
    mine.write_text('[targets.crm]\nurl = "http://127.0.0.1:9"\n')
    write_orders(Path("orders.ndjson"), product_order("PO-1"), BAD, product_order("PO-2"))
    stopped = ordercli("submit", "orders.ndjson", "--fail-fast", "--rejects", "none", "-o", "json")
    Path("orders.csv").write_text("Order,Action\nC-1,add\n")
    Path("map.toml").write_text(MAP)
    Path("refused.ndjson").write_bytes(ndjson({"$reject": {"errors": []}, "order": BAD}))
    Path("orders.db-workers").mkdir(exist_ok=True)
    Path("orders.db-workers/another.lock").touch()
    with closing(open_database("orders.db")) as connection:  # the write-ahead log stays while somebody is there
        connection.execute("UPDATE batch SET track_id = 'T-1'")
        assert Path("orders.db-wal").stat().st_size > 0
        yield Store(ordercli, stopped.json["batchId"])


def paths_of_commands() -> Iterator[tuple[str, str]]:
    root = typer.main.get_command(app)
    context = typer.Context(root)
    for name in root.list_commands(context):  # type: ignore[attr-defined]
        command = root.resolve_command(context, [name])[1]  # type: ignore[attr-defined]
        for leaf in (getattr(command, "commands", None) or {"": command}).values():
            called = name if leaf is command else f"{name} {leaf.name}"
            for parameter in leaf.params:
                option = next((each for each in parameter.opts if each.startswith("--")), parameter.metavar or "")
                shown = parameter.metavar or ""
                if "PATH" in shown or "FILE" in shown:
                    yield "" if option in {"--database", "--config"} else called, option


def test_every_option_that_takes_a_path_is_known_to_read_or_to_write() -> None:
    assert set(paths_of_commands()) == WRITES.keys() | READS


OF_THE_STORE = {
    "the database": "orders.db",
    "by another way": "./orders.db-workers/../orders.db",
    "its write-ahead log": "orders.db-wal",
    "its index": "orders.db-shm",
    "its journal, which is not there": "orders.db-journal",
    "its workers": "orders.db-workers",
    "a lock of a worker": "orders.db-workers/another.lock",
    "a new file among the locks": "orders.db-workers/new",
    "the settings": "ordercli.toml",
    "a link to the database": "link",
    "a hard link to the database": "hard",
    "a link to the log": "link-wal",
    "a hard link to the log": "hard-wal",
    "a hard link to a lock": "hard-lock",
    "a hard link to the settings": "hard-toml",
    "a link to what is not there": "link-journal",
}


@pytest.mark.parametrize("target", OF_THE_STORE)
@pytest.mark.parametrize("name", WRITES, ids=" ".join)
def test_no_option_writes_to_the_database_or_the_settings(store: Store, name: tuple[str, str], target: str) -> None:
    path = OF_THE_STORE[target]
    links = {"link": "orders.db", "link-wal": "orders.db-wal", "link-journal": "orders.db-journal"}
    hard = {"hard": "orders.db", "hard-wal": "orders.db-wal", "hard-toml": "ordercli.toml"}
    if path in links:
        Path(path).symlink_to(links[path])
    elif path in {**hard, "hard-lock": ""}:
        Path(path).hardlink_to(hard.get(path, "orders.db-workers/another.lock"))
    before = store.content()

    result = store.run(name, path)

    assert (result.exit_code, result.stdout) == (2, ""), result.stderr
    assert f"{path} would overwrite " in result.stderr
    assert store.content() == before


@pytest.mark.parametrize("path", ["orders.ndjson", "./orders.db-workers/../orders.ndjson", "link", "hard"])
@pytest.mark.parametrize("name", WITH_INPUT, ids=" ".join)
def test_no_option_writes_to_an_input(store: Store, name: tuple[str, str], path: str) -> None:
    Path("link").symlink_to("orders.ndjson")
    Path("hard").hardlink_to("orders.ndjson")
    before = store.content()

    result = store.run(name, path)

    option = name[1]
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{option} {path} would overwrite an input" in result.stderr
    assert store.content() == before


@pytest.mark.parametrize("mode", [os.O_RDWR, os.O_WRONLY | os.O_APPEND])
@pytest.mark.parametrize("file", ["orders.db", "orders.ndjson"])
@pytest.mark.parametrize("name", WITH_INPUT, ids=" ".join)
def test_no_option_writes_to_an_open_file_that_is_one_of_them(
    store: Store, name: tuple[str, str], file: str, mode: int
) -> None:
    Path("other").hardlink_to(file)  # to close the database itself would drop its locks in this process
    number = os.open("other", mode)
    before = store.content()

    result = store.run(name, f"/dev/fd/{number}")

    os.close(number)
    assert result.exit_code == 2
    assert f"/dev/fd/{number} would overwrite " in result.stderr
    assert store.content() == before


PAIRS = [
    ("--accepted", "--rejects", "submit orders.ndjson --accepted one --rejects {} --force"),
    ("--log-file", "--rejects", "submit orders.ndjson --log-file one --rejects {} --force"),
    ("--log-file", "--accepted", "submit orders.ndjson --log-file one --accepted {} --force"),
    ("--report", "--report", "validate orders.ndjson --report json=one --report sarif={}"),
    ("--report", "--to", "convert orders.csv --map map.toml --report json=one --to {} --force"),
    ("--report", "--to", "quote convert orders.ndjson --report json=one --to {} --force"),
    ("--metrics-file", "--log-file", "queue run --metrics-file one --log-file {}"),
    ("--metrics-file", "--log-file", "forward run --metrics-file one --log-file {}"),
    ("--metrics-file", "--log-file", "forward follow --metrics-file one --log-file {}"),
    ("--log-file", "--rejects", "batch resume BATCH --log-file one --rejects {} --force"),
]


@pytest.mark.parametrize("path", ["one", "./orders.db-workers/../one", "hard"])
@pytest.mark.parametrize(("first", "second", "line"), PAIRS)
def test_no_two_options_write_to_one_file(store: Store, first: str, second: str, line: str, path: str) -> None:
    if path == "hard":
        Path("one").touch()
        Path("hard").hardlink_to("one")
    before = store.content()

    result = store.ordercli(*line.replace("BATCH", store.batch).replace("{}", path).split())

    assert (result.exit_code, result.stdout) == (2, "")
    assert " would overwrite the file of " in result.stderr
    assert (first in result.stderr, second in result.stderr) == (True, True)
    assert store.content() == before


USUAL = "orders.ndjson.rejects.ndjson"
SECOND = "orders.ndjson.rejects.2.ndjson"
THIRD = "orders.ndjson.rejects.3.ndjson"
# Paths that lead to the rejects file that the run would make, or that an earlier one has left.
REJECTS = {
    "the usual name": ((), USUAL),
    "by another way": ((), f"./orders.db-workers/../{USUAL}"),
    "a link to it": ((), "link"),
    "the next name": ((USUAL, SECOND), THIRD),
    "that of an earlier run": ((USUAL, SECOND), SECOND),
    "a hard link to that of an earlier run": ((USUAL,), "hard"),
}
WITH_USUAL_REJECTS = [
    "submit orders.ndjson --accepted {} --force",
    "submit orders.ndjson ./orders.ndjson --accepted {} --force",
    "submit orders.ndjson --accepted {} --force --idempotency-key night",
    "submit orders.ndjson --log-file {}",
    "batch resume UNREAD --log-file {}",
]


@pytest.mark.parametrize("where", REJECTS)
@pytest.mark.parametrize("line", WITH_USUAL_REJECTS)
def test_no_option_writes_to_the_rejects_file_that_nobody_named(store: Store, line: str, where: str) -> None:
    earlier, path = REJECTS[where]
    for name in earlier:
        Path(name).write_text("of an earlier run")
    if path == "link":
        Path(path).symlink_to(USUAL)
    elif path == "hard":
        Path(path).hardlink_to(USUAL)
    with closing(open_database("orders.db")) as connection:
        connection.execute("UPDATE batch SET rejects_file = ?", (USUAL,))
    before = store.content()

    result = store.ordercli(*line.replace("UNREAD", store.batch).replace("{}", path).split())

    assert (result.exit_code, result.stdout) == (2, "")
    option = "--accepted" if "--accepted" in line else "--log-file"
    assert f"{option} {path} would overwrite the rejects file {USUAL}" in result.stderr
    assert store.content() == before


@pytest.mark.parametrize(
    "line",
    [
        "submit orders.ndjson --rejects others",
        "submit orders.ndjson --rejects none",
        "submit orders.ndjson --dry-run",
        "submit orders.ndjson more.ndjson",
    ],
)
def test_the_usual_name_is_free_where_no_rejects_go_there(store: Store, line: str) -> None:
    write_orders(Path("more.ndjson"), product_order("PO-3"))

    result = store.ordercli(*line.split(), "--log-file", USUAL)

    assert (result.exit_code, "batchId" in Path(USUAL).read_text()) == (1, True)


UNWRITABLE = {
    "a missing folder": ("none/file", "there is no folder none"),
    "a folder": ("folder", "Is a directory"),
    "a file as a folder": ("ordercli.toml/file", "Not a directory"),
    "a name that is too long": ("n" * 300, "File name too long"),
    "a device that is full": ("/dev/full", "No space left on device"),
    "a pipe without a reader": ("pipe", "nobody reads this pipe"),
    "a descriptor that is closed": ("/dev/fd/999", "Bad file descriptor"),
}


@pytest.mark.parametrize("what", UNWRITABLE)
@pytest.mark.parametrize("name", WRITES, ids=" ".join)
def test_what_cannot_be_written_is_reported_before_anything_is_done(
    store: Store, name: tuple[str, str], what: str
) -> None:
    path, reason = UNWRITABLE[what]
    Path("folder").mkdir()
    os.mkfifo("pipe")
    before = store.content()

    result = store.run(name, path)

    option = "" if name[1] == "PATH" else f"{name[1]} "
    assert (result.exit_code, result.stdout) == (6, ""), result.stderr
    assert f"{option}{path} cannot be written: {reason}" in result.stderr
    assert store.content() == before


@pytest.mark.parametrize("name", [name for name, line in WRITES.items() if "--force" in line], ids=" ".join)
def test_a_file_that_is_there_is_replaced_by_force_alone(store: Store, name: tuple[str, str]) -> None:
    mine = Path("mine.csv")  # `list` takes the format from the name
    mine.write_text("mine")
    words = WRITES[name].replace("BATCH", store.batch).replace("{}", "mine.csv").split()

    refused = store.ordercli(*(word for word in words if word != "--force"))
    kept = mine.read_text()

    option = "" if name[1] == "PATH" else f"{name[1]} "
    assert (refused.exit_code, kept) == (2, "mine"), refused.stderr
    assert f"{option}mine.csv is there already" in refused.stderr
    assert "--force" in refused.stderr
    assert "is there already" not in store.ordercli(*words).stderr


# What they print has no exit code.
WITHOUT_EXIT_CODE = {"queue status", "forward run", "forward follow"}
LATE = [name for name in WRITES if name != ("db backup", "PATH") and name[1] != "--to"]


@pytest.mark.parametrize("name", LATE, ids=" ".join)
def test_a_file_that_fails_during_the_run_leaves_its_result(store: Store, name: tuple[str, str]) -> None:
    write_orders(Path("changes.ndjson"), {"id": "nobody", "state": "in_progress"})
    if name[0] == "quote convert":
        shutil.copy(SAMPLES / "quotes.ndjson", "orders.ndjson")
    if "BATCH" in WRITES[name]:
        with closing(open_database("orders.db")) as connection:
            connection.execute("UPDATE batch SET read = 0, accepted = 0, rejected = 0")
    store.ordercli("submit", "--async", stdin=ndjson(product_order("QUEUED")))
    if name[0].startswith("forward"):
        store.use_target()
    full = os.open("/dev/full", os.O_WRONLY)

    result = store.run(name, f"/dev/fd/{full}")

    os.close(full)
    # An import writes its rejects first, and then loads nothing.
    assert (result.exit_code, bool(result.stdout)) == (75, name[0] != "reference import"), result.stderr
    if name[0] == "reference import":
        return
    assert f"/dev/fd/{full}: No space left on device" in result.stderr
    assert "Traceback" not in result.stderr
    if WRITES[name].endswith("-o json") and name[0] not in WITHOUT_EXIT_CODE:
        assert result.json["exitCode"] == 75
