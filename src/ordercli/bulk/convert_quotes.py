"""Convert files of quotes to product orders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.bulk.validate import Check, readable_inputs, switched_on
from ordercli.intake.inputs import BytesRead, total_bytes
from ordercli.intake.reader import read_records
from ordercli.operations.convert_quote import QuoteConversion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.errors import BadInputError
    from ordercli.intake.envelopes import OrderPath
    from ordercli.intake.reader import InputFormat
    from ordercli.intake.record import Record
    from ordercli.operations.diagnostics import Listener, Summary
    from ordercli.resources.quote.quote import Terms
    from ordercli.rulebook.rule import Severity
    from ordercli.run_control import OnProgress
    from ordercli.settings import Settings


def convert_files(
    paths: Sequence[str],
    settings: Settings,
    terms: Terms,
    listener: Listener,
    write: Callable[[bytes], object],
    *,
    fail_on: Severity,
    input_format: InputFormat | None = None,
    at: OrderPath | None = None,
    on_progress: OnProgress | None = None,
) -> tuple[Summary, list[BadInputError]]:
    """Convert every quote of the paths, and hand each order that comes out to `write`, as a line of NDJSON.

    Return the summary, and the errors of inputs that could not be read. `at` is where the quotes stand in their
    documents. `on_progress` is called after each chunk. No database is asked.

    Raises:
        UsageError: a sidecar of expectations is malformed.
    """
    unread: list[BadInputError] = []
    inputs = readable_inputs(paths, unread)
    read = BytesRead(total=total_bytes(inputs))
    conversion = QuoteConversion(switched_on(settings), terms, write)
    check = Check(conversion, settings, listener, fail_on=fail_on, resource=None, read=read, on_progress=on_progress)

    def read_file(file: str) -> Iterator[Record]:
        max_bytes = settings.limits.max_order_bytes
        return read_records([file], input_format=input_format, max_bytes=max_bytes, at=at, progress=read)

    summary = check.run(inputs, read_file, unread=unread, converted=lambda: conversion.converted)
    return summary, check.errors
