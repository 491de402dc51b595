"""Print batches, with the command that resumes an interrupted one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ordercli.bulk.submission import SEND_AGAIN
from ordercli.intake.inputs import is_read_once
from ordercli.operations.batch_reports import INTERRUPTED, Batch, BatchDetails
from ordercli.output.rows import print_page, print_result
from ordercli.output.stream import Format, Output
from ordercli.result_types import Page


def print_batches(page: Page[Batch], output: Output) -> None:
    """Print batches; on stderr, for people, how to resume those that were interrupted."""
    shown_format = output.format_of_many()
    hints: list[str] = []

    def rows() -> Iterator[dict[str, Any]]:
        for batch in page.rows:
            hints.extend(_next_step(batch, output))
            batch.next_command = _next_command(batch, output)
            members = batch.members()
            yield {**members, "file": _file(batch)} if shown_format in {Format.TABLE, Format.CSV} else members

    print_page(Page(rows(), page.total, page.limit), (*Batch.columns, "file"), output, id_member=Batch.identified_by)
    if shown_format is Format.TABLE:
        _print_hints(hints, output)


def print_batch(batch: BatchDetails, output: Output) -> None:
    """Print one batch; on stderr, for people, how to resume it if it was interrupted."""
    batch.next_command = _next_command(batch, output)
    print_result(batch, output)
    if output.format_of_one() is Format.TABLE:
        _print_hints(list(_next_step(batch, output)), output)


def _next_step(batch: Batch | BatchDetails, output: Output) -> Iterator[str]:
    if batch.status != INTERRUPTED:
        return
    if any(map(is_read_once, batch.inputs)):
        yield f"batch {batch.batch_id} was interrupted, and its input cannot be read again: {SEND_AGAIN}"
    else:
        yield output.advice.line("interrupted, go on", *_resume(batch))


def _next_command(batch: Batch | BatchDetails, output: Output) -> str | None:
    can_go_on = batch.status == INTERRUPTED and not any(map(is_read_once, batch.inputs))
    return output.advice.command(*_resume(batch)) if can_go_on else None


def _resume(batch: Batch | BatchDetails) -> tuple[str, str, str]:
    return "batch", "resume", batch.batch_id


def _file(batch: Batch) -> str:
    first, *others = batch.inputs or [""]
    return f"{first} and {len(others)} more" if others else first


def _print_hints(hints: list[str], output: Output) -> None:
    for hint in hints:
        output.note(hint)
