"""`submit --watch-folder`: files that are put into a folder are submitted, each once, and moved."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from ordercli.bulk.drop_folder import DropFolder
from ordercli.bulk.submission import Run
from ordercli.bulk.watch_folder import FolderRun
from ordercli.database.address import Database
from ordercli.intake.origins import with_origin
from ordercli.output.schemas import schema
from ordercli.run_control import Stop
from ordercli.settings import Settings
from support.builders import Json, ndjson, product_order, product_orders, write_orders
from support.other_user import acting_as_stranger
from support.printed import read_rejects
from support.stored import column
from support.subscriber import until

if TYPE_CHECKING:
    from ordercli.database.store import Store
    from ordercli.output_files.output_file import OutputFile
    from support.running import Ordercli, Result, Started

ONCE = ("submit", "--watch-folder", "in", "--once", "--settle", "0s")
# Sent twice, they would be created twice.
ANONYMOUS = [product_order(None, description=f"no id {n}") for n in range(3)]


@pytest.fixture
def folder(ordercli: Ordercli) -> Path:
    (ordercli.folder / "in").mkdir()
    return Path("in")


def files(folder: Path) -> list[str]:
    """Everything in the folder that is no folder and no lock."""
    return sorted(
        str(each.relative_to(folder))
        for each in folder.rglob("*")
        if (each.is_symlink() or not each.is_dir()) and each.name != ".ordercli.lock"
    )


def receipt(folder: Path, name: str) -> Any:
    found = json.loads((folder / f"{name}.receipt.json").read_bytes())
    assert [each.message for each in Draft202012Validator(schema("file-receipt")).iter_errors(found)] == []
    return found


def killed(ordercli: Ordercli, place: str) -> Result:
    return ordercli.process(*ONCE, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT=f"{place}:kill")


def stopped(started: Started) -> bool:
    """Wait until a failpoint has stopped the process."""
    return os.waitid(os.P_PID, started.pid, os.WSTOPPED | os.WNOWAIT) is not None


@pytest.mark.every_engine
@pytest.mark.usefixtures("audited")
def test_a_good_file_is_moved_with_its_receipt_and_its_orders(
    ordercli: Ordercli, folder: Path, connection: Store
) -> None:
    write_orders(folder / "orders.ndjson", *product_orders(2))

    done = ordercli(*ONCE, "--source", "crm")

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    beside = ["done/orders.ndjson", "done/orders.ndjson.orders.ndjson", "done/orders.ndjson.receipt.json"]
    assert files(folder) == beside
    found = receipt(folder, "done/orders.ndjson")
    assert (found["outcome"], found["movedTo"], found["ordersFile"]) == ("done", f"in/{beside[0]}", f"in/{beside[1]}")
    assert (found["submission"]["accepted"], found["submission"]["source"], found["error"]) == (2, "crm", None)
    orders = [json.loads(each) for each in (folder / beside[1]).read_text().splitlines()]
    assert [(each["externalId"], each["result"]) for each in orders] == [("PO-1", "created"), ("PO-2", "created")]
    assert column(connection, "customer_order", "external_id") == ["PO-1", "PO-2"]


@pytest.mark.every_engine
def test_a_file_with_refused_orders_is_moved_to_failed_with_its_rejects(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "night.ndjson", product_order("PO-1"), product_order("PO-2", orderCurrency=...))

    done = ordercli(*ONCE, "--async", "-o", "ndjson")
    again = ordercli("rejects", "show", "in/failed/night.ndjson.rejects.ndjson", "-o", "ndjson")

    found = receipt(folder, "failed/night.ndjson")
    rejects = "in/failed/night.ndjson.rejects.ndjson"
    assert (done.exit_code, done.ndjson) == (1, [found])
    assert done.notes == (
        f"night.ndjson: 1 of 2 orders queued, 0 known before, 1 refused, see {rejects},"
        " moved to in/failed/night.ndjson\n"
    )
    assert (found["outcome"], found["exitCode"], found["submission"]["rejectsFile"]) == ("failed", 1, rejects)
    assert [each["code"] for each in again.ndjson] == ["ORD113"]
    batch = ordercli("batch", "show", found["batchId"], "-o", "json").json
    assert (batch["rejectsFile"], batch["idempotencyKey"]) == (rejects, found["idempotencyKey"])


@pytest.mark.parametrize(("option", "code"), [("--max-rejects=1", 5), ("--fail-fast", 1)])
def test_it_is_told_that_a_limit_ended_a_file(ordercli: Ordercli, folder: Path, option: str, code: int) -> None:
    orders = product_order("PO-1"), product_order("PO-2", orderCurrency=...), product_order("PO-3")
    write_orders(folder / "night.ndjson", *orders)

    done = ordercli(*ONCE, option)

    found = receipt(folder, "failed/night.ndjson")
    assert (done.exit_code, found["exitCode"], found["stoppedAtLine"]) == (1, code, 2)
    assert done.stderr == (
        "error: night.ndjson: 1 of the first 2 orders created, 0 known before, 1 refused,"
        f" {option.partition('=')[0]} ended the file at line 2 and nothing after it was accepted,"
        " see in/failed/night.ndjson.rejects.ndjson, moved to in/failed/night.ndjson\n"
    )


def test_it_is_told_that_a_share_of_refused_orders_was_reached_at_the_end(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "night.ndjson", product_order("PO-1"), product_order("PO-2", orderCurrency=...))

    done = ordercli(*ONCE, "--max-rejects", "50%")

    found = receipt(folder, "failed/night.ndjson")
    assert (done.exit_code, found["exitCode"], "stoppedAtLine" in found) == (1, 5, False)
    assert done.stderr == (
        "error: night.ndjson: 1 of 2 orders created, 0 known before, 1 refused, --max-rejects is reached and nothing"
        " after that was accepted, see in/failed/night.ndjson.rejects.ndjson, moved to in/failed/night.ndjson\n"
    )


@pytest.mark.parametrize("mode", ["--async", "--fail-fast"])
def test_orders_are_shown_in_the_file_that_was_put_into_the_folder(
    ordercli: Ordercli, folder: Path, connection: Store, mode: str
) -> None:
    """The place where a file lies while it is read tells nobody anything."""
    write_orders(folder / "night.ndjson", product_order("PO-1"), product_order("PO-2", orderCurrency=...))

    ordercli(*ONCE, mode)

    (rejected,) = map(json.loads, (folder / "failed/night.ndjson.rejects.ndjson").read_text().splitlines())
    (order,) = map(json.loads, (folder / "failed/night.ndjson.orders.ndjson").read_text().splitlines())
    queued = {"in/night.ndjson"} if mode == "--async" else set()
    assert rejected["$reject"]["file"] == "in/night.ndjson"
    assert (set(column(connection, "inbound_entry", "file")), order["file"]) == (queued, (*queued, None)[0])
    assert set(column(connection, "batch_value", "file")) <= {"in/night.ndjson"}
    assert column(connection, "batch", "inputs") == ['["in/night.ndjson"]']


def test_a_batch_of_the_folder_is_resumed_where_its_file_lies_and_shown_under_its_name(
    ordercli: Ordercli, folder: Path
) -> None:
    write_orders(folder / "night.ndjson", product_order("PO-1"))
    ordercli.process(*ONCE, "--async", ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="submit-batch-before-commit:kill")
    (batch,) = ordercli("batch", "list", "-o", "ndjson").ndjson

    resumed = ordercli("batch", "resume", batch["batchId"], "-o", "json")

    (order,) = ordercli("batch", "show", batch["batchId"], "--orders", "-o", "ndjson").ndjson
    assert (batch["status"], batch["inputs"], resumed.exit_code) == ("interrupted", ["in/night.ndjson"], 0)
    assert (order["externalId"], order["file"]) == ("PO-1", "in/night.ndjson")
    assert ordercli("report", "--batch", batch["batchId"]).stdout.count("in/night.ndjson") == 1


def test_orders_of_convert_are_shown_in_their_sheet(ordercli: Ordercli, folder: Path) -> None:
    order = ndjson(product_order("PO-1", orderCurrency=...))
    (folder / "night.ndjson").write_bytes(with_origin(order, "a.csv", [7]) + with_origin(order, "b.csv", [7]))

    ordercli(*ONCE)

    found = [each["$reject"] for each in read_rejects(folder / "failed/night.ndjson.rejects.ndjson")]
    assert [(each["file"], each["line"], each["record"]) for each in found] == [("a.csv", 7, 1), ("b.csv", 7, 1)]


def test_names_of_unfinished_files_and_what_is_no_file_are_left(ordercli: Ordercli, folder: Path) -> None:
    for name in (".hidden.ndjson", "a.tmp", "b.ndjson.PART"):
        write_orders(folder / name, product_order())
    (folder / "link.ndjson").symlink_to("a.tmp")
    (folder / "sub").mkdir()
    write_orders(folder / "sub" / "c.ndjson", product_order())
    os.mkfifo(folder / "pipe.ndjson")
    before = files(folder)

    done = ordercli(*ONCE)

    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "")
    assert files(folder) == before


@pytest.mark.parametrize(
    ("name", "kept"),
    [(b"caf\xe9.ndjson", "caf\\xe9.ndjson"), (b"x" * 245, "KEY-long-name")],
    ids=["not-utf8", "too-long"],
)
def test_a_name_that_receipts_cannot_have_is_replaced(ordercli: Ordercli, folder: Path, name: bytes, kept: str) -> None:
    write_orders(folder / os.fsdecode(name), product_order("PO-1"))
    write_orders(folder / "orders.ndjson", product_order("PO-2"))

    kept = kept.replace("KEY", hashlib.sha256((folder / os.fsdecode(name)).read_bytes()).hexdigest()[:32])

    done = ordercli(*ONCE)

    assert (done.exit_code, done.stderr) == (0, "")
    moved = (kept, "orders.ndjson")
    assert files(folder) == [f"done/{each}{end}" for each in moved for end in ("", ".orders.ndjson", ".receipt.json")]
    found = receipt(folder, f"done/{kept}")
    assert (found["file"], found["movedTo"], found["submission"]["accepted"]) == (kept, f"in/done/{kept}", 1)


def test_a_file_is_taken_when_it_has_not_changed_for_half_a_minute(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "orders.ndjson", product_order())
    os.utime(folder / "orders.ndjson", (0, 0))  # a copying program sets the old time before it has ended
    once = ONCE[:4]

    early = ordercli(*once)
    still_there = files(folder)
    late = ordercli(*once, ORDERCLI_TESTING="1", ORDERCLI_CLOCK_OFFSET="40")

    assert (early.exit_code, still_there) == (0, ["orders.ndjson"])
    assert (late.exit_code, "done/orders.ndjson" in files(folder)) == (0, True)


CUT = ndjson(*product_orders(3))[:-40]
PRETTY = json.dumps(product_orders(2), indent=1).encode()[:-20].rpartition(b"\n")[0] + b"\n"


@pytest.mark.parametrize(
    ("name", "data", "error"),
    [
        ("cut.ndjson", CUT, "line 3 is incomplete; nothing was accepted"),
        ("cut.json", PRETTY, "line {} is incomplete; nothing was accepted"),
        ("cut.ndjson.gz", gzip.compress(CUT), "line 3 is incomplete; nothing was accepted"),
        ("cut.gz", gzip.compress(ndjson(*product_orders(3)))[:-20], "in/cut.gz: "),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0", "line 1 is not text; nothing was accepted"),
        ("orders.xlsx", b"PK\3\4\x14\0\6\0", "line 1 is not text; nothing was accepted"),
        ("orders.csv", b"id,action\n1,add", "line 1 is not JSON; nothing was accepted"),
    ],
)
def test_of_an_incomplete_file_nothing_is_accepted(
    ordercli: Ordercli, folder: Path, connection: Store, name: str, data: bytes, error: str
) -> None:
    (folder / name).write_bytes(data)

    done = ordercli(*ONCE)

    found = receipt(folder, f"failed/{name}")
    assert (done.exit_code, found["exitCode"], found["submission"], found["batchId"]) == (1, 6, None, None)
    assert error.partition("{}")[0] in found["error"]["message"]
    assert "taken" not in found["error"]["message"]
    is_other = "is not" in error
    assert is_other == ("a run with --map takes sheets" in (found["error"]["hint"] or ""))
    assert files(folder) == [f"failed/{name}", f"failed/{name}.receipt.json"]
    assert column(connection, "customer_order", "external_id") == []


@pytest.mark.usefixtures("connection")
def test_a_broken_line_in_a_complete_file_is_one_reject(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "orders.ndjson", product_order(), b"{broken}")

    done = ordercli(*ONCE)

    counts = receipt(folder, "failed/orders.ndjson")["submission"]
    assert (done.exit_code, counts["accepted"], counts["rejected"]) == (1, 1, 1)


def test_lines_of_a_rejects_file_are_refused(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "orders.ndjson", product_order(), {"$reject": {"errors": []}, "order": product_order("PO-2")})

    done = ordercli(*ONCE)

    error = receipt(folder, "failed/orders.ndjson")["error"]
    assert (done.exit_code, error) == (
        1,
        {
            "code": "ORD010",
            "message": "line 2 is of a rejects file, which a drop folder does not take",
            "hint": "send it with `ordercli rejects submit FILE`",
        },
    )


def test_a_file_that_cannot_be_read_is_moved_to_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    place = tempfile.TemporaryDirectory()  # a stranger gets there, and not into the folders of pytest
    with place:
        monkeypatch.chdir(place.name)
        folder = Path("in")
        for path in (Path(), folder, folder / "taken", folder / "done", folder / "failed"):
            path.mkdir(exist_ok=True)
            path.chmod(0o777)
        write_orders(folder / "orders.ndjson", product_order())
        (folder / "orders.ndjson").chmod(0)
        database = Database("orders.db", "")
        run = FolderRun(DropFolder("in", 0), database, Run("sync", "cli", []), Settings(), rejects=no_file)

        with acting_as_stranger():
            (found,) = run.receipts(Stop(), once=True)
            written = receipt(folder, "failed/orders.ndjson")
        monkeypatch.undo()

    assert written == msgspec.to_builtins(found)
    assert (found.idempotency_key, found.error and found.error.message) == (None, "this file cannot be read")


def no_file(path: str) -> OutputFile:
    raise AssertionError(path)


def test_a_second_run_on_the_folder_is_told_so(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "orders.ndjson", product_order())

    with ordercli.start(*ONCE, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="folder-taken:stop") as first:
        assert stopped(first)
        second = ordercli(*ONCE)
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=60)

    assert (second.exit_code, second.stderr) == (
        75,
        "error: another run watches in\n  hint: one run at a time takes the files of a folder\n",
    )
    assert (first.returncode, "done/orders.ndjson" in files(folder)) == (0, True)


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize(
    "place",
    [
        "folder-taken",
        "submit-batch-before-commit",
        "submit-batch-after-commit",
        "folder-accepted",
        "folder-receipt",
        "folder-moved",
    ],
)
def test_a_run_that_is_killed_is_continued_and_doubles_nothing(
    ordercli: Ordercli, folder: Path, connection: Store, place: str
) -> None:
    write_orders(folder / "orders.ndjson", *ANONYMOUS, product_order("BAD", orderCurrency=...))

    broken = killed(ordercli, place)
    ordercli(*ONCE)

    assert broken.exit_code == -signal.SIGKILL
    assert len(column(connection, "customer_order", "order_id")) == 3
    assert receipt(folder, "failed/orders.ndjson")["submission"]["accepted"] == 3
    assert len((folder / "failed/orders.ndjson.orders.ndjson").read_text().splitlines()) == 3
    kept = [each for each in files(folder) if not each.endswith((".2.ndjson", ".rejects.ndjson"))]
    assert kept == [f"failed/orders.ndjson{beside}" for beside in ("", ".orders.ndjson", ".receipt.json")]
    assert list((folder / "taken").iterdir()) == []
    rejects = receipt(folder, "failed/orders.ndjson")["submission"]["rejectsFile"]
    assert len(Path(rejects).read_text().splitlines()) == 1


@pytest.mark.every_engine
def test_a_file_that_grew_after_a_killed_run_had_taken_it_is_not_submitted_again(
    ordercli: Ordercli, folder: Path, connection: Store
) -> None:
    write_orders(folder / "orders.ndjson", *ANONYMOUS)
    killed(ordercli, "folder-accepted")
    (taken,) = (folder / "taken").rglob("*.ndjson")
    with taken.open("ab") as stream:
        stream.write(ndjson(product_order("LATE")))

    again = ordercli(*ONCE)

    found = receipt(folder, "failed/orders.ndjson")
    assert (again.exit_code, found["submission"], found["exitCode"]) == (1, None, 4)
    assert found["error"]["message"].startswith("it was changed after a run had taken it")
    assert len((folder / "failed/orders.ndjson.orders.ndjson").read_text().splitlines()) == 3
    assert column(connection, "customer_order", "external_id") == [None, None, None]
    assert column(connection, "batch", "id") == [found["batchId"]]


@pytest.mark.every_engine
def test_a_file_that_grows_while_it_is_read_is_reported(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "orders.ndjson", *ANONYMOUS)

    with ordercli.start(*ONCE, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="submit-batch-after-commit:stop") as run:
        assert stopped(run)
        (taken,) = (folder / "taken").rglob("*.ndjson")
        with taken.open("ab") as stream:
            stream.write(b'{"half": ')
        run.send_signal(signal.SIGCONT)
        run.communicate(timeout=60)

    found = receipt(folder, "failed/orders.ndjson")
    assert (run.returncode, found["submission"]["accepted"]) == (1, 3)
    assert found["error"]["message"].startswith("it was changed while it was read")


@pytest.mark.every_engine
def test_the_same_bytes_are_submitted_once_and_get_another_name(
    ordercli: Ordercli, folder: Path, connection: Store
) -> None:
    for name in ("orders.ndjson", "orders.ndjson", "other.ndjson"):
        write_orders(folder / name, *ANONYMOUS)
        assert ordercli(*ONCE).exit_code == 0

    names = ["orders.2.ndjson", "orders.ndjson", "other.ndjson"]
    assert [each for each in files(folder) if Path(each).name in names] == [f"done/{each}" for each in names]
    repeated = [receipt(folder, f"done/{each}")["submission"]["repeated"] for each in names]
    assert repeated == [True, False, True]
    assert len(column(connection, "customer_order", "order_id")) == 3


def test_sigterm_ends_the_run_after_the_file_at_hand(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "a.ndjson", *product_orders(600))  # more than one chunk
    write_orders(folder / "b.ndjson", product_order("LATER"))
    os.utime(folder / "a.ndjson", (0, 0))

    with ordercli.start(
        *("submit", "--watch-folder", "in", "--settle", "0s", "-o", "ndjson"),
        ORDERCLI_TESTING="1",
        ORDERCLI_FAILPOINT="submit-batch-before-commit:stop",
    ) as run:
        assert stopped(run)
        run.send_signal(signal.SIGTERM)
        run.send_signal(signal.SIGCONT)
        printed, _ = run.communicate(timeout=60)

    (only,) = map(json.loads, printed.splitlines())
    assert (run.returncode, only["file"], only["submission"]["accepted"]) == (143, "a.ndjson", 600)
    assert [each for each in files(folder) if each.endswith(("a.ndjson", "b.ndjson"))] == ["b.ndjson", "done/a.ndjson"]


def test_as_a_service_it_takes_what_comes_later(ordercli: Ordercli, folder: Path) -> None:
    def put(order: Json) -> Any:
        write_orders(folder / "part.tmp", order)
        (folder / "part.tmp").rename(folder / "orders.ndjson")
        return json.loads(service.stdout.readline()) if service.stdout else None

    (folder / "\x1b[1m").symlink_to("nowhere")
    with ordercli.start("submit", "--watch-folder", "in", "--settle", "0s", "-o", "ndjson") as service:
        first = put(product_order("BAD-1", orderCurrency=...))
        for each in (folder / "failed").iterdir():
            each.unlink()
        second = put(product_order("BAD-2", orderCurrency=...))
        service.send_signal(signal.SIGTERM)
        _, notes = service.communicate(timeout=60)

    assert service.returncode == 143
    assert b"\\x1b[1m is a symbolic link and stays where it is" in notes
    assert [(each["movedTo"], each["submission"]["rejected"]) for each in (first, second)] == [
        ("in/failed/orders.ndjson", 1)
    ] * 2
    assert until(lambda: "failed/orders.ndjson.rejects.ndjson" in files(folder))


def test_a_dry_run_moves_nothing(ordercli: Ordercli, folder: Path, connection: Store) -> None:
    write_orders(folder / "bad.ndjson", product_order("BAD", orderCurrency=...))
    write_orders(folder / "good.ndjson", product_order())
    os.utime(folder / "bad.ndjson", (0, 0))

    done = ordercli(*ONCE, "--dry-run", "-o", "json")

    found = [(each["file"], each["outcome"], each["movedTo"], each["dryRun"]) for each in done.json]
    assert (done.exit_code, found) == (
        1,
        [("bad.ndjson", "failed", None, True), ("good.ndjson", "done", None, True)],
    )
    assert sorted(each.name for each in folder.iterdir()) == ["bad.ndjson", "good.ndjson"]
    assert column(connection, "customer_order", "external_id") == []


def test_an_unusable_database_leaves_the_file_for_the_next_run(ordercli: Ordercli, folder: Path) -> None:
    write_orders(folder / "orders.ndjson", product_order())

    Path("other.db").write_text("a text")
    refused = ordercli(*ONCE, ORDERCLI_DATABASE="other.db")
    taken = files(folder)
    again = ordercli(*ONCE)

    assert (refused.exit_code, len(taken), again.exit_code) == (6, 1, 0)
    assert "done/orders.ndjson" in files(folder)


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ("submit --watch-folder in orders.ndjson", 2, "--watch-folder cannot be combined with PATH"),
        ("submit --watch-folder in --idempotency-key x", 2, "--watch-folder cannot be combined with --idempotency-key"),
        ("submit --watch-folder in --rejects none", 2, "--watch-folder cannot be combined with --rejects"),
        ("submit --watch-folder in --wait 1s --async", 2, "--watch-folder cannot be combined with --wait"),
        ("submit --watch-folder in -o json", 2, "a view that goes on has the formats table and ndjson"),
        ("submit --watch-folder in --once --settle soon", 2, "--settle takes a duration such as 50s"),
        ("submit --watch-folder nowhere --once", 6, "Cannot watch nowhere: No such file or directory"),
        ("submit --watch-folder orders.db --once", 6, "Cannot watch orders.db: Not a directory"),
        ("submit --watch-folder= --once", 2, "--watch-folder needs a path, and the one given is empty"),
        ("submit --watch-folder . --once", 2, "the database is in ., where every file is taken for orders"),
        ("submit --watch-folder in --once --log-file in/log", 2, "the log file is in in, where every file is taken"),
        ("submit orders.ndjson --once", 2, "--once and --settle belong to --watch-folder"),
        ("submit orders.ndjson --settle 1s", 2, "--once and --settle belong to --watch-folder"),
    ],
)
def test_what_does_not_fit_together_is_refused_before_anything_is_moved(
    ordercli: Ordercli, folder: Path, words: str, code: int, message: str
) -> None:
    write_orders(Path("orders.ndjson"), product_order())
    write_orders(folder / "orders.ndjson", product_order())

    refused = ordercli(*words.split())

    assert (refused.exit_code, files(folder)) == (code, ["orders.ndjson"])
    assert message in refused.stderr


def test_done_must_be_a_folder_beside_the_files(ordercli: Ordercli, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (folder / "done").symlink_to(tmp_path / "elsewhere")

    refused = ordercli(*ONCE)

    assert (refused.exit_code, refused.stderr) == (
        6,
        "error: Cannot use in/done: it must be a folder on the same file system\n",
    )
