"""Runs report how far they are in bytes of their inputs, after each batch."""

from __future__ import annotations

from pathlib import Path

import pytest

from ordercli.bulk.batches import Followers
from ordercli.bulk.submission import Run
from ordercli.bulk.submit import submit_files
from ordercli.bulk.validate import check_files
from ordercli.intake import reader
from ordercli.output.diagnostics.report import Report
from ordercli.run_control import Progress
from ordercli.settings import Settings
from support.builders import ndjson, product_order, product_orders

ORDERS = (*product_orders(2), product_order("PO-3", productOrderItem=[]), *product_orders(2, first=4))


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setattr(reader, "BATCH", 2)
    for name, orders in ("1", ORDERS[:2]), ("2", ORDERS[2:]):
        (tmp_path / f"{name}.ndjson").write_bytes(ndjson(*orders))
    return [str(tmp_path / f"{name}.ndjson") for name in "12"]


def test_a_submission_reports_orders_and_bytes_after_each_commit(database: str, files: list[str]) -> None:
    first, second = (Path(file).stat().st_size for file in files)
    text: list[Progress] = []

    submit_files(
        database,
        Run("async", "cli", files),
        Settings(),
        rejects="none",
        followers=Followers((), text.append),
        jobs=1,
    )

    whole = first + second
    assert text == [Progress(first, 2, 0, whole), Progress(whole, 4, 1, whole), Progress(whole, 5, 1, whole)]


def test_validation_reports_orders_and_errors_through_all_files(files: list[str]) -> None:
    first, second = (Path(file).stat().st_size for file in files)
    text: list[Progress] = []

    check_files(
        files, Settings(), Report(), database=None, lint=False, fail_on="error", jobs=1, on_progress=text.append
    )

    whole = first + second
    assert text == [Progress(first, 2, 0, whole), Progress(whole, 4, 1, whole), Progress(whole, 5, 1, whole)]
