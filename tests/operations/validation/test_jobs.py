from __future__ import annotations

import gzip
import json
import os
import shutil
import signal
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ordercli.bulk.batches import Followers
from ordercli.bulk.resume import resume_batch
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_files
from ordercli.bulk.validate import check_files
from ordercli.bulk.worker_pool import WorkerError, cpu_count, worker_processes
from ordercli.database.opening import make_database
from ordercli.errors import BadInputError, TryAgainError, UsageError
from ordercli.exit_codes import ExitCode, code_of_error
from ordercli.intake import reader
from ordercli.intake.inputs import is_large
from ordercli.operations.receipts import receipt
from ordercli.operations.validate import Validator
from ordercli.output_files.guard import OutputFiles
from ordercli.settings import Settings, ValidationSettings
from support.builders import encoded, ndjson, product_order, product_orders, write_orders
from support.running import children
from support.stored import audit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.database.store import Store
    from ordercli.intake.record import Record
    from ordercli.operations.diagnostics import Diagnostic, Summary
    from ordercli.operations.results import OrderResult
    from ordercli.operations.validate import RuleSet, ValidatedOrder
    from ordercli.resources.resource import Mode

pytestmark = pytest.mark.slow

JOBS = [2, 3]
GOOD_AND_BAD: tuple[Any, ...] = (
    *product_orders(4),
    product_order("PO-5", productOrderItem=[]),
    b'{"externalId": "PO-6", "productOrderItem": [',
    product_order("PO-7", state="completed"),
    product_order("PO-1"),
    product_order("PO-2", fulfillmentType="other"),
    *product_orders(4, first=8),
)


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reader, "BATCH", 3)
    monkeypatch.chdir(tmp_path)


def as_lines(folder: Path) -> str:
    return write_orders(folder / "orders.ndjson", *GOOD_AND_BAD)


def packed(folder: Path) -> str:
    path = folder / "orders.ndjson.gz"
    path.write_bytes(gzip.compress(ndjson(*GOOD_AND_BAD)))
    return str(path)


def as_array(folder: Path) -> str:
    path = folder / "orders.json"
    path.write_bytes(b"[" + b",\n".join(encoded(each) for each in GOOD_AND_BAD if isinstance(each, dict)) + b"]")
    return str(path)


def as_files(folder: Path) -> str:
    inside = folder / "inside"
    inside.mkdir()
    for n, each in enumerate(GOOD_AND_BAD):
        write_orders(inside / f"{n:02d}.ndjson", each)
    return str(inside)


def as_truncated(folder: Path) -> str:
    path = folder / "orders.ndjson.gz"
    path.write_bytes(gzip.compress(ndjson(*GOOD_AND_BAD) * 50)[:-60])
    return str(path)


INPUTS = [as_lines, packed, as_array, as_files, as_truncated]


class Receipts:
    """A listener that keeps the receipts, less the ids of this run."""

    def __init__(self) -> None:
        self.receipts: list[dict[str, Any]] = []

    def committed(self, orders: Sequence[OrderResult]) -> None:
        self.receipts += [{**receipt(each).members(), "orderId": each.order_id is not None} for each in orders]


def selected(database: str, statement: str) -> list[Any]:
    """The first column of what a statement finds; no connection is open while processes are made."""
    with closing(make_database(database)) as connection:
        return [row[0] for row in connection.execute(statement)]


QUEUED = "SELECT external_id FROM inbound_entry ORDER BY seq"


def submitted(database: Path, path: str, jobs: int, mode: Mode, copy: Path) -> dict[str, Any]:
    """All that one run leaves behind, less ids and times."""
    shutil.copy(database, copy)
    received = Receipts()
    result = submit_files(
        str(copy), Run(mode, "cli", [path]), Settings(), followers=Followers([received]), rejects="none", jobs=jobs
    )
    summary = result.as_json()
    return {
        "summary": {name: summary[name] for name in summary if name not in {"batchId", "elapsedSeconds"}},
        "codes": result.codes,
        "error": str(result.error),
        "receipts": received.receipts,
    }


def rejected(path: str, database: Path, copy: Path, jobs: int) -> list[dict[str, Any]]:
    """The rejects of a run, less its batch id."""
    shutil.copy(database, copy)
    kept = OutputFiles(str(copy)).made("--rejects", f"{copy}.rejects.ndjson")
    submit_files(str(copy), Run("async", "cli", [path]), Settings(), rejects=kept, jobs=jobs)
    rejects = [json.loads(line) for line in Path(kept.path).read_bytes().splitlines()]
    for each in rejects:
        del each["$reject"]["batchId"]
    return rejects


@pytest.mark.parametrize("jobs", JOBS)
@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("make", INPUTS)
def test_several_processes_come_to_the_same_as_one(
    make: Callable[[Path], str], mode: Mode, jobs: int, fresh_database: Path, tmp_path: Path
) -> None:
    path = make(tmp_path)

    alone = submitted(fresh_database, path, 1, mode, tmp_path / "one.db")
    together = submitted(fresh_database, path, jobs, mode, tmp_path / "several.db")

    assert together == alone


def test_the_rejects_are_the_same_line_by_line(fresh_database: Path, tmp_path: Path) -> None:
    path = as_lines(tmp_path)

    alone = rejected(path, fresh_database, tmp_path / "one.db", 1)
    together = rejected(path, fresh_database, tmp_path / "several.db", 2)

    assert together == alone
    assert [each["$reject"]["line"] for each in together] == [5, 6, 9]


def test_standard_input_is_split_by_the_parent(database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write_orders(tmp_path / "piped.ndjson", *product_orders(8))
    with (tmp_path / "piped.ndjson").open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        submit_files(database, Run("async", "cli", ["-"]), Settings(), jobs=2)

    assert selected(database, "SELECT body FROM payload ORDER BY seq") == [*map(encoded, product_orders(8))]


class Reported:
    """A listener that keeps every diagnostic, how many orders each file had, and what could not be read."""

    def __init__(self) -> None:
        self.reported: list[Diagnostic | tuple[str, int] | str] = []

    def begin(self) -> None: ...

    def diagnostic(self, diagnostic: Diagnostic) -> None:
        self.reported.append(diagnostic)

    def validated(self, orders: Sequence[ValidatedOrder]) -> None:
        self.reported += [f"{each.record.record}: {each.external_id}" for each in orders]

    def unreadable(self, error: BadInputError) -> None:
        self.reported.append(f"{error.file}: {error.message}")

    def file_done(self, file: str, orders: int) -> None:
        self.reported.append((file, orders))

    def end(self, summary: Summary) -> None: ...


@pytest.mark.parametrize("make", INPUTS)
def test_validate_tells_the_same_with_several_processes(make: Callable[[Path], str], tmp_path: Path) -> None:
    path = make(tmp_path)

    def reported(jobs: int) -> tuple[object, ...]:
        listener = Reported()
        summary, errors = check_files(
            [path], Settings(), listener, database="none.db", lint=True, fail_on="error", jobs=jobs
        )
        assert summary.groups is not None
        groups = summary.groups.largest(None)
        return summary._replace(groups=None), groups, [str(each) for each in errors], listener.reported

    assert reported(2) == reported(1)


def ends_at(
    external_id: str, end: Callable[[], object]
) -> Callable[[Validator, list[Record], RuleSet], list[ValidatedOrder]]:
    """A validator that ends when it comes to an order."""
    validate = Validator.validate

    def ending(self: Validator, records: list[Record], rule_set: RuleSet) -> list[ValidatedOrder]:
        if any(external_id.encode() in record.data for record in records):
            end()
        return validate(self, records, rule_set)

    return ending


@pytest.mark.parametrize(
    ("end", "exit_code"),
    [
        (lambda: os.kill(os.getpid(), signal.SIGKILL), ExitCode.TRY_AGAIN),
        (lambda: os._exit(3), ExitCode.INTERNAL),
    ],
)
def test_a_process_that_dies_ends_the_run_and_loses_nothing(
    end: Callable[[], object],
    exit_code: ExitCode,
    database: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    path = write_orders(tmp_path / "orders.ndjson", *product_orders(12))

    with monkeypatch.context() as patch:
        patch.setattr(Validator, "validate", ends_at("PO-8", end))
        try:
            ended = submit_files(database, Run("async", "cli", [path]), Settings(), jobs=2).exit_code
        except WorkerError as error:
            ended = code_of_error(error)
    committed = selected(database, QUEUED)
    resume_batch(database, selected(database, "SELECT id FROM batch")[0], Settings())

    assert ended == exit_code
    assert committed == ["PO-1", "PO-2", "PO-3", "PO-4", "PO-5", "PO-6"]
    assert selected(database, QUEUED) == [f"PO-{n}" for n in range(1, 13)]
    with closing(make_database(database)) as connection:
        assert audit(connection) == {}


def test_an_error_of_another_process_ends_the_run_with_the_way_on(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def fail() -> None:
        raise TryAgainError("The database is locked", hint="wait")

    path = write_orders(tmp_path / "orders.ndjson", *product_orders(9))
    monkeypatch.setattr(Validator, "validate", ends_at("PO-4", fail))

    result = submit_files(database, Run("async", "cli", [path]), Settings(), jobs=2)

    assert result.error
    assert (result.error.message, result.error.hint, result.exit_code) == (
        "The database is locked",
        f"committed orders are kept; continue with `ordercli batch resume {result.batch_id}`",
        ExitCode.TRY_AGAIN,
    )
    assert selected(database, QUEUED) == ["PO-1", "PO-2", "PO-3"]


def test_no_process_is_left_behind(database: str, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "orders.ndjson", *product_orders(9))
    before = children()

    submit_files(database, Run("async", "cli", [path]), Settings(), jobs=3)

    assert children() == before


def test_the_database_is_one_file_again_when_the_run_is_over(
    database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = write_orders(tmp_path / "orders.ndjson", *product_orders(9))
    begin, held = Validator.__init__, []

    def begin_and_stay(
        self: Validator, store: Store | None, reference: None, settings: Settings, *, lint: bool | None = None
    ) -> None:
        begin(self, store, reference, settings, lint=lint)
        held.append(self)  # its connection is open as long as its process lives

    monkeypatch.setattr(Validator, "__init__", begin_and_stay)

    submit_files(database, Run("async", "cli", [path]), Settings(), jobs=3)

    assert not (tmp_path / f"{database}-wal").exists()


def test_settings_are_wrong_before_anything_is_written(database: str, tmp_path: Path) -> None:
    path = write_orders(tmp_path / "orders.ndjson", product_order())

    with pytest.raises(UsageError):
        submit_files(
            database, Run("async", "cli", [path]), Settings(validation=ValidationSettings(select=("ORD999",))), jobs=2
        )

    assert selected(database, "SELECT id FROM batch") == []


@pytest.mark.parametrize(("size", "expected"), [(None, False), (4 * 1024 * 1024 - 1, False), (4 * 1024 * 1024, True)])
def test_small_inputs_and_pipes_stay_with_one_process(size: int | None, *, expected: bool) -> None:
    assert is_large(size) is expected


def test_a_large_input_gets_as_many_processes_as_there_are_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2}, raising=False)

    assert cpu_count() == 3


def test_input_that_breaks_off_is_reported_after_what_was_read(database: str, tmp_path: Path) -> None:
    result = submit_files(database, Run("async", "cli", [as_truncated(tmp_path)]), Settings(), jobs=2, rejects="none")

    assert isinstance(result.error, BadInputError)
    assert result.counts.read == selected(database, "SELECT read FROM batch")[0] > len(GOOD_AND_BAD)


def test_processes_that_only_read_are_not_waited_for(tmp_path: Path) -> None:
    done = tmp_path / "done"

    def work(begun: Path) -> None:
        begun.touch()
        threading.Event().wait(20)
        done.touch()

    with worker_processes(1, lambda: work, only_read=True) as (worker,):
        worker.ask(begun := tmp_path / "begun")
        while not begun.exists():
            assert not worker.has_answered(0.01)

    assert not done.exists()
