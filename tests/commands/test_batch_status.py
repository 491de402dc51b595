from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from ordercli.database.address import is_server
from support.builders import ndjson, product_orders, write_orders

if TYPE_CHECKING:
    from pathlib import Path

    from support.running import Ordercli

pytestmark = [pytest.mark.every_engine, pytest.mark.slow]


def statuses(ordercli: Ordercli) -> list[str]:
    """The status of each batch, the newest first; `batch show` must say the same."""
    listed = ordercli("batch", "list", "-o", "ndjson").ndjson
    shown = [ordercli("batch", "show", each["batchId"], "-o", "json").json for each in listed]
    assert [each["status"] for each in shown] == [each["status"] for each in listed]
    return [each["status"] for each in listed]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_is_processing_while_it_lives_and_interrupted_once_it_has_ended(
    ordercli: Ordercli, tmp_path: Path, number: signal.Signals
) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *product_orders(1200))

    with ordercli.start(
        "submit", orders, "-o", "id", ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="receipts:stop"
    ) as process:
        assert process.stdout
        process.stdout.readline()
        living = statuses(ordercli)
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
    ended = statuses(ordercli)
    resumed = ordercli("batch", "resume", ordercli("batch", "list", "-o", "id").stdout.strip())

    assert (living, ended) == (["processing"], ["interrupted"])
    assert (resumed.exit_code, statuses(ordercli)) == (0, ["completed"])
    assert len(ordercli("list", "--limit", "0", "-o", "ndjson").ndjson) == 1200


def interrupted(ordercli: Ordercli, *arguments: str, stdin: bytes = b"") -> str:
    """A run that was killed after its first batch; gives the id of the batch."""
    ordercli.process("submit", *arguments, stdin=stdin, ORDERCLI_TESTING="1", ORDERCLI_FAILPOINT="receipts:kill")
    return ordercli("batch", "list", "--limit", "1", "-o", "id").stdout.strip()


def test_the_command_that_goes_on_is_reported(ordercli: Ordercli, tmp_path: Path) -> None:
    batch = interrupted(ordercli, write_orders(tmp_path / "orders.ndjson", *product_orders(600)))

    table = ordercli("batch", "list", "-o", "table")
    row = ordercli("batch", "list", "-o", "ndjson", "--database", ordercli.database).ndjson[0]
    named = ordercli("batch", "list", "-o", "table", "--database", ordercli.database)
    shown = ordercli("batch", "show", batch, "-o", "table")

    command = f"ordercli batch resume {batch}"
    database = ordercli.database if not is_server(ordercli.database) else f"'{ordercli.database}'"
    assert (table.stderr, shown.stderr) == (f"interrupted, go on: {command}\n", f"interrupted, go on: {command}\n")
    assert row["nextCommand"] == f"{command} --database {database}"
    assert named.stderr == f"interrupted, go on: {command} --database {database}\n"


def test_standard_input_cannot_be_taken_up_again_and_that_is_reported(ordercli: Ordercli) -> None:
    batch = interrupted(ordercli, "-", stdin=ndjson(*product_orders(600)))

    table = ordercli("batch", "list", "-o", "table")

    next_step = "submit the same input again; orders with an externalId are not accepted twice"
    assert table.stderr == f"batch {batch} was interrupted, and its input cannot be read again: {next_step}\n"
    assert ordercli("batch", "show", batch).json["nextCommand"] is None


def test_tables_and_csv_tell_where_orders_came_from_and_what_became_of_them(ordercli: Ordercli, tmp_path: Path) -> None:
    orders = write_orders(tmp_path / "orders.ndjson", *product_orders(2), *product_orders(1))
    more = write_orders(tmp_path / "more.ndjson", *product_orders(1))
    ordercli("submit", orders, more, "--source", "crm", "--async")

    head, line = ordercli("batch", "list", "-o", "csv").stdout.splitlines()

    assert head == "batchId,status,accepted,rejected,startedAt,duplicates,conflicts,mode,source,file"
    assert line.split(",")[1:4] + line.split(",")[5:] == [
        *("processing", "2", "0", "2", "0", "async", "crm"),
        f"{orders} and 1 more",
    ]
