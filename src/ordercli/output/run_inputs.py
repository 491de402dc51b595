"""Name what a run has read, in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.operations.batch_reports import HTTP

if TYPE_CHECKING:
    from ordercli.operations.batch_reports import Batch


def first_input(batch: Batch) -> str:
    """Return the first input of a run, and how many more it has; the empty text for what a server received."""
    first, *others = batch.inputs or [""]
    return f"{first} and {len(others)} more" if others else first


def input_in_words(batch: Batch) -> str:
    """Return what a run has read, or that a server received it."""
    if batch.kind == HTTP:
        return "server"
    named = first_input(batch) or batch.batch_id
    return f"standard input{named[1:]}" if batch.inputs[:1] == ["-"] else named
