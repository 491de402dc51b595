from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from builders import product_order, product_orders, write_orders
from following import Heard, KilledAfter, KilledError
from ordercli.database.connection import open_database
from ordercli.database.transaction import transaction
from ordercli.errors import ConflictError, ExitCode, NotFoundError, TryAgainError
from ordercli.inbound import batches
from ordercli.pipeline.runs import chunks
from ordercli.pipeline.runs.worker import Worker
from ordercli.pipeline.submitting.resuming import ResumeWith, resume_batch
from ordercli.pipeline.submitting.submission import RejectLimit, Run
from ordercli.pipeline.submitting.submit_files import submit_files
from ordercli.pipeline.submitting.workplace import Audience
from ordercli.settings import Settings
from stored import audit, column, rows

if TYPE_CHECKING:
    from pathlib import Path

    from ordercli.database.driver import Connection
    from ordercli.validation.case import Mode

SETTINGS = Settings()
BAD = product_order("BAD", orderCurrency=...)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(chunks, "BATCH", 2)
    monkeypatch.chdir(tmp_path)


def run_of(*inputs: str, mode: Mode = "async", limit: RejectLimit | None = None) -> Run:
    return Run(mode, "cli", inputs, track_id="T-1", limit=limit or RejectLimit())


def killed_run(database: str, run: Run, commits: int = 1) -> str:
    """A run that is killed after so many commits; gives the id of its batch."""
    with pytest.raises(KilledError):
        submit_files(database, run, SETTINGS, audience=Audience([KilledAfter(commits)]))
    with closing(open_database(database)) as connection:
        (batch_id,) = column(connection, "batch", "id")
    return str(batch_id)


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_killed_run_is_taken_up_after_its_last_commit(
    connection: Connection, database: str, tmp_path: Path, mode: Mode
) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *(product_order(None) for _ in range(5)))
    batch_id = killed_run(database, run_of(orders, mode=mode))
    heard = Heard()

    result = resume_batch(database, batch_id, SETTINGS, audience=Audience([heard]))

    assert heard.lines == [3, 4, 5]
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
    with rejects.open("ab") as file:
        file.write(b'{"$reject": {"half a li')

    result = resume_batch(database, batch_id, SETTINGS)

    lines = [json.loads(line)["$reject"]["line"] for line in rejects.read_text().splitlines()]
    assert lines == [1, 4]
    assert (result.exit_code, result.rejects_file) == (ExitCode.REJECTED, str(rejects))


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


def test_a_completed_batch_says_so(connection: Connection, database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))
    result = submit_files(database, run_of(orders), SETTINGS)
    (finished_at,) = column(connection, "batch", "finished_at")

    with pytest.raises(ConflictError) as caught:
        resume_batch(database, result.batch_id, SETTINGS)

    assert caught.value.message == (f"Batch {result.batch_id} was completed at {finished_at}; nothing is left to read")


def test_an_unknown_batch_is_not_found(database: str) -> None:
    with pytest.raises(NotFoundError, match="No batch has the id 'x'"):
        resume_batch(database, "x", SETTINGS)


def test_changed_input_is_not_read_on(connection: Connection, database: str, tmp_path: Path) -> None:
    orders = tmp_path / "orders.ndjson"
    write_orders(orders, *product_orders(3))
    batch_id = killed_run(database, run_of(str(orders)))
    write_orders(orders, *product_orders(4))
    before = rows(connection, "batch")

    with pytest.raises(ConflictError) as caught:
        resume_batch(database, batch_id, SETTINGS)

    assert caught.value.message == f"{orders} was changed since the batch began"
    assert rows(connection, "batch") == before


def test_standard_input_is_not_read_on(connection: Connection, database: str) -> None:
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


def test_a_replaced_rejects_file_is_left_alone(database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, *product_orders(2))
    batch_id = killed_run(database, run_of(orders))
    rejects = tmp_path / "orders.ndjson.rejects.ndjson"
    rejects.write_text('{"$reject":{"batchId":"another"}}\n')

    with pytest.raises(ConflictError, match="is no longer that of batch"):
        resume_batch(database, batch_id, SETTINGS)

    assert rejects.read_text() == '{"$reject":{"batchId":"another"}}\n'


@pytest.mark.parametrize(("percent", "read"), [("10", 100), ("12.5", 104), ("50", 120)])
def test_a_killed_run_stops_at_the_order_at_which_it_would_have_stopped(
    database: str, tmp_path: Path, percent: str, read: int
) -> None:
    bad = {*range(2, 12), 101, 102, 104}
    orders = [BAD if n in bad else product_order(f"PO-{n}") for n in range(1, 121)]
    path = write_orders(tmp_path / "orders.ndjson", *orders)
    limit = RejectLimit(percent=Decimal(percent))
    whole = submit_files(database, replace(run_of(path, limit=limit), dry_run=True), SETTINGS)
    batch_id = killed_run(database, run_of(path, limit=limit), commits=20)

    result = resume_batch(database, batch_id, SETTINGS)

    assert (result.counts, result.exit_code) == (whole.counts, whole.exit_code)
    assert (result.counts.read, result.stopped) == (read, read < len(orders))


def test_a_limit_that_an_older_ordercli_kept_as_a_number_is_read() -> None:
    kept = ResumeWith(*json.loads('["/", null, false, null, 5.7, {"a": []}]'))

    assert (kept.limit(), kept.fail_fast) == (RejectLimit(percent=Decimal("5.7")), False)


def test_a_killed_run_still_stops_at_its_first_refused_order(database: str, tmp_path: Path) -> None:
    orders = [*product_orders(3), BAD, product_order("PO-5"), BAD, product_order("PO-7")]
    path = write_orders(tmp_path / "orders.ndjson", *orders)
    batch_id = killed_run(database, replace(run_of(path), fail_fast=True))

    first, second, last = (resume_batch(database, batch_id, SETTINGS) for _ in range(3))

    assert [(each.counts.read, each.stopped, each.exit_code) for each in (first, second, last)] == [
        (4, True, ExitCode.REJECTED),
        (6, True, ExitCode.REJECTED),
        (7, False, ExitCode.REJECTED),
    ]


def test_a_run_that_its_limit_stopped_goes_on_with_a_higher_one(database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", BAD, product_order("PO-1"), BAD, product_order("PO-2"))
    stopped = submit_files(database, run_of(orders, limit=RejectLimit(1)), SETTINGS)

    same = resume_batch(database, stopped.batch_id, SETTINGS)
    higher = resume_batch(database, stopped.batch_id, SETTINGS, limit=RejectLimit(3))

    assert (stopped.counts, stopped.exit_code) == (batches.Counts(1, rejected=1), ExitCode.TOO_MANY_REJECTS)
    assert (same.counts, same.exit_code) == (stopped.counts, ExitCode.TOO_MANY_REJECTS)
    assert (higher.counts, higher.exit_code) == (batches.Counts(4, 2, rejected=2), ExitCode.REJECTED)
