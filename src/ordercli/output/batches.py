"""A page of batches, one batch, or the orders of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.bulk.submission import SEND_AGAIN
from ordercli.intake.inputs import is_read_once
from ordercli.operations.batch_reports import INTERRUPTED
from ordercli.output.rows import print_object, print_page
from ordercli.output.stream import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.operations.page import Page
    from ordercli.output.stream import Output

COLUMNS = (
    *("batchId", "status", "accepted", "rejected", "startedAt"),
    *("duplicates", "conflicts", "mode", "source", "file"),
)
ORDER_COLUMNS = ("line", "externalId", "orderId", "result", "state", "errorCode")


def print_batches(page: Page, output: Output) -> None:
    """Print batches; on stderr, for people, how to go on with those that were interrupted."""
    wanted = output.format_of_many()
    hints: list[str] = []

    def rows() -> Iterator[dict[str, Any]]:
        for row in page.rows:
            hints.extend(_way_on(row, output))
            yield _with_file(row) if wanted in {Format.TABLE, Format.CSV} else _with_next_command(row, output)

    print_page(page._replace(rows=rows()), COLUMNS, output, id_member="batchId")
    if wanted is Format.TABLE:
        _tell(hints, output)


def print_batch(row: dict[str, Any], output: Output) -> None:
    """Print one batch; on stderr, for people, how to go on with it where it was interrupted."""
    print_object(_with_next_command(row, output), output, id_member="batchId")
    if output.format_of_one() is Format.TABLE:
        _tell(list(_way_on(row, output)), output)


def print_batch_orders(page: Page, output: Output) -> None:
    """Print what became of the orders of a batch."""
    print_page(page, ORDER_COLUMNS, output, id_member="orderId")


def _way_on(row: dict[str, Any], output: Output) -> Iterator[str]:
    if row["status"] != INTERRUPTED:
        return
    if any(map(is_read_once, row["inputs"])):
        yield f"batch {row['batchId']} was interrupted, and its input cannot be read again: {SEND_AGAIN}"
    else:
        yield output.advice.line("interrupted, go on", *_resume(row))


def _with_next_command(row: dict[str, Any], output: Output) -> dict[str, Any]:
    can_go_on = row["status"] == INTERRUPTED and not any(map(is_read_once, row["inputs"]))
    return {**row, "nextCommand": output.advice.command(*_resume(row)) if can_go_on else None}


def _resume(row: dict[str, Any]) -> tuple[str, str, str]:
    return "batch", "resume", row["batchId"]


def _with_file(row: dict[str, Any]) -> dict[str, Any]:
    first, *others = row["inputs"] or [""]
    return {**row, "file": f"{first} and {len(others)} more" if others else first}


def _tell(hints: list[str], output: Output) -> None:
    for hint in hints:
        output.note(hint)
