"""Print what became of the files of a drop folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.bulk.watch_folder import FileReceipt
from ordercli.counted import counted
from ordercli.exit_codes import ExitCode
from ordercli.output.rows import json_line, print_results
from ordercli.output.safe_text import visible
from ordercli.output.stream import Format

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.output.stream import Output


def print_files(receipts: Iterable[FileReceipt], output: Output) -> None:
    """Print a receipt for each file as it comes; by default only failures, and on a terminal one line for each file."""
    shown = _with_notes(receipts, output)
    if output.format is Format.AUTO:
        for _ in shown:
            pass
    elif output.format is Format.NDJSON:
        for each in shown:
            output.print_lines([json_line(each.members())])
    else:
        print_results(shown, FileReceipt, output)


def _with_notes(receipts: Iterable[FileReceipt], output: Output) -> Iterator[FileReceipt]:
    """Pass the receipts on, and tell people about each on standard error."""
    for each in receipts:
        if each.error and each.error.hint:
            each.error.hint = output.advice.completed(each.error.hint)
        if each.outcome == "failed":
            output.alarm([_in_words(each)])
        elif output.stderr_on_terminal:
            output.summarize(_in_words(each))
        yield each


def _in_words(receipt: FileReceipt) -> str:
    moved = f", moved to {receipt.moved_to}" if receipt.moved_to else ", dry run"
    return visible(f"{receipt.file}: {_what_came_of_it(receipt)}{moved}", limit=None)


def _what_came_of_it(receipt: FileReceipt) -> str:
    if receipt.error:
        hint = f" ({receipt.error.hint})" if receipt.error.hint else ""
        return f"{receipt.error.message}{hint}"
    done = receipt.submission
    if done is None:
        return receipt.outcome
    ended = receipt.stopped_at_line
    counts = (
        f"{done.accepted} of {'the first ' if ended else ''}{counted(done.read, 'order')}"
        f" {'queued' if done.mode == 'async' else 'created'},"
        f" {done.duplicates} known before, {done.conflicts + done.rejected} refused"
    )
    repeated = " (these bytes came before)" if done.repeated is True else ""
    return f"{counts}{_limit(receipt)}{repeated}" + (f", see {done.rejects_file}" if done.rejects_file else "")


def _limit(receipt: FileReceipt) -> str:
    """Return which limit ended the file, and where, if one did."""
    is_over_limit = receipt.exit_code == ExitCode.TOO_MANY_REJECTS
    if receipt.stopped_at_line:
        option = "--max-rejects" if is_over_limit else "--fail-fast"
        return f", {option} ended the file at line {receipt.stopped_at_line} and nothing after it was accepted"
    return ", --max-rejects is reached and nothing after that was accepted" if is_over_limit else ""
