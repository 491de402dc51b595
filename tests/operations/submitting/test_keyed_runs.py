from __future__ import annotations

import io
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from ordercli.bulk.batches import Followers
from ordercli.bulk.submission import RejectLimit, Run
from ordercli.bulk.submit import submit_files
from ordercli.errors import ErrorKind, IdempotencyConflictError, TryAgainError, UsageError
from ordercli.exit_codes import ExitCode
from ordercli.intake import reader
from ordercli.queue.batches import Counts
from ordercli.queue.workers import Worker
from ordercli.settings import Settings
from support.builders import ndjson, product_order, product_orders, write_orders
from support.following import KilledAfter, KilledError
from support.stored import audit, column, rows

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from ordercli.database.store import Store
    from ordercli.resources.resource import Mode

SETTINGS = Settings()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(reader, "BATCH", 2)
    monkeypatch.chdir(tmp_path)


def with_key(
    *inputs: str, key: str = "night-1", mode: Mode = "async", source: str = "cli", dry_run: bool = False
) -> Run:
    return Run(mode, source, inputs, idempotency_key=key, dry_run=dry_run)


@contextmanager
def standard_input(content: bytes) -> Iterator[None]:
    """Standard input of this process is a pipe with this content."""
    reader, writer = os.pipe()
    os.write(writer, content)
    os.close(writer)
    before = sys.stdin
    with io.TextIOWrapper(os.fdopen(reader, "rb")) as stream:
        sys.stdin = stream
        try:
            yield
        finally:
            sys.stdin = before


def killed(database: str, run: Run) -> None:
    with pytest.raises(KilledError):
        submit_files(database, run, SETTINGS, followers=Followers([KilledAfter(1)]))


def test_a_run_that_is_said_again_does_nothing_and_gives_the_first_result(
    connection: Store, database: str, tmp_path: Path
) -> None:
    bad = product_order("BAD", orderCurrency=...)
    orders = write_orders(tmp_path / "orders.ndjson", product_order(None), bad)
    first = submit_files(database, with_key(orders), SETTINGS)
    before = rows(connection, "batch"), rows(connection, "inbound_entry")

    again = submit_files(database, with_key(orders), SETTINGS)

    assert (rows(connection, "batch"), rows(connection, "inbound_entry")) == before
    assert again.repeated
    # A run that is not done again has judged nothing.
    reported = {"elapsedSeconds", "repeated", "referenceRules", "missingReferenceTypes", "groups", "otherGroups"}
    assert {k: v for k, v in again.as_json().items() if k not in reported} == {
        k: v for k, v in first.as_json().items() if k not in reported
    }
    assert first.counts == Counts(2, 1, rejected=1)


def test_the_same_input_under_another_name_is_the_same_input(database: str, tmp_path: Path) -> None:
    one = write_orders(tmp_path / "one.ndjson", *product_orders(2))
    other = write_orders(tmp_path / "other.ndjson", *product_orders(2))
    first = submit_files(database, with_key(one), SETTINGS)

    again = submit_files(database, with_key(other), SETTINGS)

    assert (again.batch_id, again.repeated) == (first.batch_id, True)


@pytest.mark.parametrize("other", [{"mode": "sync"}, {"source": "crm"}])
def test_the_key_with_another_mode_or_source_is_a_conflict(
    database: str, tmp_path: Path, other: dict[str, str]
) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))
    first = submit_files(database, with_key(orders), SETTINGS)

    with pytest.raises(IdempotencyConflictError) as caught:
        submit_files(database, with_key(orders, **other), SETTINGS)  # type: ignore[arg-type]

    assert (caught.value.rule, caught.value.kind) == ("ORD420", ErrorKind.CONFLICT)
    assert caught.value.message == (
        "The idempotency key 'night-1' was used for another input, --at, --resource, --map, mode or source"
        f" (batch {first.batch_id})"
    )


def test_the_key_with_another_input_is_a_conflict_and_does_nothing(
    connection: Store, database: str, tmp_path: Path
) -> None:
    orders = tmp_path / "orders.ndjson"
    submit_files(database, with_key(write_orders(orders, product_order("PO-1"))), SETTINGS)
    before = rows(connection, "batch")

    with pytest.raises(IdempotencyConflictError):
        submit_files(database, with_key(write_orders(orders, product_order("PO-2"))), SETTINGS)

    assert rows(connection, "batch") == before


def test_a_run_that_did_not_finish_is_taken_up(connection: Store, database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *(product_order(None) for _ in range(5)))
    killed(database, with_key(orders))

    result = submit_files(database, with_key(orders), SETTINGS)

    assert (result.counts, result.repeated, result.exit_code) == (Counts(5, 5), False, ExitCode.OK)
    assert column(connection, "inbound_entry", "line") == [1, 2, 3, 4, 5]
    assert audit(connection) == {}


def test_a_run_over_standard_input_is_taken_up_too(connection: Store, database: str) -> None:
    content = ndjson(*(product_order(None) for _ in range(5)))
    with standard_input(content):
        killed(database, with_key("-"))

    with standard_input(content):
        result = submit_files(database, with_key("-"), SETTINGS)
    with standard_input(content):
        again = submit_files(database, with_key("-"), SETTINGS)

    assert (result.counts, again.counts, again.repeated) == (Counts(5, 5), Counts(5, 5), True)
    assert column(connection, "inbound_entry", "line") == [1, 2, 3, 4, 5]


def test_a_run_that_still_goes_on_is_not_run_beside_itself(connection: Store, database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *product_orders(3))
    killed(database, with_key(orders))

    with Worker(database, "reader") as reader:
        connection.execute("UPDATE batch SET worker = ?", (reader.name,))
        with pytest.raises(TryAgainError, match="is being read by another process"):
            submit_files(database, with_key(orders), SETTINGS)


def test_a_dry_run_leaves_its_key_unused(connection: Store, database: str, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", product_order("PO-1"))

    submit_files(database, with_key(orders, dry_run=True), SETTINGS)

    assert rows(connection, "batch") == []


@pytest.mark.parametrize("text", ["", "  ", "k" * 256])
def test_a_key_has_1_to_255_characters(text: str) -> None:
    with pytest.raises(UsageError, match="--idempotency-key takes 1 to 255 characters"):
        with_key("orders.ndjson", key=text)


@pytest.mark.parametrize("text", ["", "t" * 65, "a:b", "a;b", 'a"b', "a'b", "ä", "a\nb"])
def test_a_track_id_has_1_to_64_printable_ascii_characters_and_none_of_four(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Run("sync", "cli", [], track_id=text)

    assert caught.value.message == "--track-id takes 1 to 64 printable ASCII characters without : ; \" and '"


def test_the_longest_track_id_and_key_are_taken() -> None:
    run = Run("sync", "cli", [], track_id="t" * 64, idempotency_key="ä" * 255)

    assert (run.track_id, run.idempotency_key) == ("t" * 64, "ä" * 255)


def test_a_limit_that_was_reached_stops_a_repeated_run_at_once(database: str, tmp_path: Path) -> None:
    bad = product_order("BAD", orderCurrency=...)
    orders = write_orders(tmp_path / "orders.ndjson", bad, bad, product_order("PO-1"))
    limited = Run("async", "cli", [orders], idempotency_key="k", limit=RejectLimit(1))
    first = submit_files(database, limited, SETTINGS)

    again = submit_files(database, limited, SETTINGS)

    assert (first.counts, again.counts) == (Counts(1, rejected=1), Counts(1, rejected=1))
    assert (first.exit_code, again.exit_code) == (ExitCode.TOO_MANY_REJECTS, ExitCode.TOO_MANY_REJECTS)
