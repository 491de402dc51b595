from __future__ import annotations

import json
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.batches import Followers
from ordercli.bulk.resume import resume_batch
from ordercli.bulk.submission import RejectLimit, Run
from ordercli.bulk.submit import submit_files
from ordercli.database.opening import open_database
from ordercli.database.store import transaction
from ordercli.errors import ConflictError, NotFoundError, TryAgainError
from ordercli.exit_codes import ExitCode
from ordercli.intake import reader
from ordercli.queue import batches
from ordercli.queue.workers import Worker
from ordercli.settings import Settings
from support.builders import product_order, product_orders, write_orders
from support.following import CollectedLines, KilledAfter, KilledError
from support.stored import audit, column, rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ordercli.database.store import Store
    from ordercli.resources.resource import Mode

SETTINGS = Settings()
BAD = product_order("BAD", orderCurrency=...)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reader, "BATCH", 2)
    monkeypatch.chdir(tmp_path)


def run_of(*inputs: str, mode: Mode = "async", limit: RejectLimit | None = None) -> Run:
    return Run(mode, "cli", inputs, track_id="T-1", limit=limit or RejectLimit())


def killed_run(database: str, run: Run, commits: int = 1) -> str:
    """A run that is killed after so many commits; gives the id of its batch."""
    with pytest.raises(KilledError):
        submit_files(database, run, SETTINGS, followers=Followers([KilledAfter(commits)]))
    with closing(open_database(database)) as connection:
        (batch_id,) = column(connection, "batch", "id")
    return str(batch_id)


def rejected_lines(file: Path) -> list[int]:
    return [json.loads(line)["$reject"]["line"] for line in file.read_text().splitlines()]


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_killed_run_is_taken_up_after_its_last_commit(
    connection: Store, database: str, tmp_path: Path, mode: Mode
) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *(product_order(None) for _ in range(5)))
    batch_id = killed_run(database, run_of(orders, mode=mode))
    received = CollectedLines()

    result = resume_batch(database, batch_id, SETTINGS, followers=Followers([received]))

    assert received.lines == [3, 4, 5]
    assert (result.batch_id, result.counts, result.exit_code) == (batch_id, batches.Counts(5, 5), ExitCode.OK)
    assert (result.run.track_id, result.run.mode) == ("T-1", mode)
    (batch,) = rows(connection, "batch")
    assert (batch["status"], batch["read"], batch["accepted"]) == ("completed", 5, 5)
    assert column(connection, "payload", "seq") == [1, 2, 3, 4, 5]
    assert audit(connection) == {}


def test_the_rejects_file_goes_on_where_it_was_committed(database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, *product_orders(2), BAD)
    batch_id = killed_run(database, run_of(orders))
    rejects = tmp_path / "orders.ndjson.rejects.ndjson"

    result = resume_batch(database, batch_id, SETTINGS)

    assert rejected_lines(rejects) == [1, 4]
    assert (result.exit_code, result.rejects_file, result.notes) == (ExitCode.REJECTED, str(rejects), [])


def test_what_stands_behind_the_committed_rejects_is_not_cut_off(database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, *product_orders(2), BAD)
    batch_id = killed_run(database, run_of(orders))
    rejects = tmp_path / "orders.ndjson.rejects.ndjson"
    with rejects.open("ab") as file:
        file.write(b'{"$reject": {"half a li')
    before = rejects.read_bytes()

    result = resume_batch(database, batch_id, SETTINGS)

    second = tmp_path / "orders.ndjson.rejects.2.ndjson"
    assert (rejects.read_bytes(), rejected_lines(second)) == (before, [1, 4])
    assert result.rejects_file == str(second)
    assert result.notes == [
        f"{rejects} has lines that were not committed and was left as it is; the committed lines are in {second}"
    ]


@pytest.mark.every_engine
def test_a_batch_that_went_on_in_a_new_file_goes_on_in_it_again(
    connection: Store, database: str, tmp_path: Path
) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, BAD, BAD, BAD, BAD)
    batch_id = killed_run(database, run_of(orders))
    (tmp_path / "orders.ndjson.rejects.ndjson").rename(tmp_path / "in-repair.ndjson")
    with pytest.raises(KilledError):
        resume_batch(database, batch_id, SETTINGS, followers=Followers([KilledAfter(1)]))

    result = resume_batch(database, batch_id, SETTINGS)

    again = tmp_path / "orders.ndjson.rejects.ndjson"
    (batch,) = rows(connection, "batch")
    assert (rejected_lines(tmp_path / "in-repair.ndjson"), rejected_lines(again)) == ([1, 2], [3, 4, 5])
    assert (result.rejects_file, result.notes) == (str(again), [])
    assert batch["rejects_digest"] == sha256(again.read_bytes()).hexdigest()


def test_a_run_in_another_folder_is_taken_up_from_here(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_orders(tmp_path / "orders.ndjson", *product_orders(2), BAD)
    batch_id = killed_run(database, run_of("orders.ndjson"))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)

    result = resume_batch(database, batch_id, SETTINGS)

    assert result.counts == batches.Counts(3, 2, rejected=1)
    assert result.rejects_file == str(tmp_path / "orders.ndjson.rejects.ndjson")


def test_a_completed_batch_says_so(connection: Store, database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))
    result = submit_files(database, run_of(orders), SETTINGS)
    (finished_at,) = column(connection, "batch", "finished_at")

    with pytest.raises(ConflictError) as caught:
        resume_batch(database, result.batch_id, SETTINGS)

    assert caught.value.message == (f"Batch {result.batch_id} was completed at {finished_at}; nothing is left to read")


def test_an_unknown_batch_is_not_found(database: str) -> None:
    with pytest.raises(NotFoundError, match="No batch has the id 'x'"):
        resume_batch(database, "x", SETTINGS)


def test_changed_input_is_not_read_on(connection: Store, database: str, tmp_path: Path) -> None:
    orders = tmp_path / "orders.ndjson"
    write_orders(orders, *product_orders(3))
    batch_id = killed_run(database, run_of(str(orders)))
    write_orders(orders, *product_orders(4))
    before = rows(connection, "batch")

    with pytest.raises(ConflictError) as caught:
        resume_batch(database, batch_id, SETTINGS)

    assert caught.value.message == f"{orders} was changed since the batch began"
    assert rows(connection, "batch") == before


def test_standard_input_is_not_read_on(connection: Store, database: str) -> None:
    kept = json.dumps(["/", None, False, None, None, {"-": []}])
    new = batches.NewBatch("b" * 32, "cli", "async", "servicenow", '["-"]', None, None, None, "2026", None, kept)
    batches.start(connection, new)

    with pytest.raises(ConflictError, match="Standard input cannot be read a second time"):
        resume_batch(database, "b" * 32, SETTINGS)


def test_a_batch_that_is_still_read_is_left_to_its_reader(database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *product_orders(3))
    batch_id = killed_run(database, run_of(orders))

    with Worker(database, "reader") as reader, closing(open_database(database)) as connection:
        with transaction(connection, "test"):
            connection.execute("UPDATE batch SET worker = ?", (reader.name,))
        with pytest.raises(TryAgainError) as caught:
            resume_batch(database, batch_id, SETTINGS)

    assert caught.value.message == f"Batch {batch_id} is being read by another process ({reader.name})"


REPAIRS: dict[str, Callable[[bytes], bytes]] = {
    "of another batch": lambda _: b'{"$reject":{"batchId":"another"}}\n',
    "repaired": lambda whole: whole.replace(b'"externalId":"BAD"', b'"externalId":"BAD","orderCurrency":"EUR"'),
    "repaired to the same length": lambda whole: whole.replace(b'"externalId":"BAD"', b'"externalId":"OKS"'),
    "repaired and shorter": lambda whole: whole.splitlines(keepends=True)[0],
    "emptied": lambda _: b"",
}


@pytest.mark.parametrize("repair", REPAIRS)
def test_a_rejects_file_that_was_changed_is_left_as_it_is(database: str, tmp_path: Path, repair: str) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, BAD, BAD)
    batch_id = killed_run(database, run_of(orders))
    rejects = tmp_path / "orders.ndjson.rejects.ndjson"
    repaired = REPAIRS[repair](rejects.read_bytes())
    rejects.write_bytes(repaired)

    result = resume_batch(database, batch_id, SETTINGS)

    second = tmp_path / "orders.ndjson.rejects.2.ndjson"
    assert (rejects.read_bytes(), rejected_lines(second)) == (repaired, [3])
    assert (result.exit_code, result.rejects_file) == (ExitCode.REJECTED, str(second))
    assert result.notes == [f"{rejects}, the rejects file of this run, was changed and was left as it is"]


def test_a_rejects_file_that_became_a_link_is_not_followed(database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, BAD, BAD)
    batch_id = killed_run(database, run_of(orders))
    rejects = tmp_path / "orders.ndjson.rejects.ndjson"
    rejects.rename(tmp_path / "moved.ndjson")
    rejects.symlink_to("moved.ndjson")
    before = (tmp_path / "moved.ndjson").read_bytes()

    result = resume_batch(database, batch_id, SETTINGS)

    assert (tmp_path / "moved.ndjson").read_bytes() == before
    assert result.rejects_file == str(tmp_path / "orders.ndjson.rejects.2.ndjson")


def test_a_run_that_its_limit_stopped_goes_on_with_a_higher_one(database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, product_order("PO-1"), BAD, product_order("PO-2"))
    stopped = submit_files(database, run_of(orders, limit=RejectLimit(1)), SETTINGS)

    same = resume_batch(database, stopped.batch_id, SETTINGS)
    higher = resume_batch(database, stopped.batch_id, SETTINGS, limit=RejectLimit(3))

    assert (stopped.counts, stopped.exit_code) == (batches.Counts(1, rejected=1), ExitCode.TOO_MANY_REJECTS)
    assert (same.counts, same.exit_code) == (stopped.counts, ExitCode.TOO_MANY_REJECTS)
    assert (higher.counts, higher.exit_code) == (batches.Counts(4, 2, rejected=2), ExitCode.REJECTED)
