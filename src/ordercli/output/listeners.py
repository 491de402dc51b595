"""Tell what became of each order of a submit run, as soon as it is committed: on standard output, and in a file."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from ordercli.errors import OutputFileError
from ordercli.intake import json_text
from ordercli.operations.receipts import Receipt, accepted_order, created_order, receipt
from ordercli.operations.results import OrderResult, Outcome
from ordercli.output.safe_text import inert_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ordercli.output.stream import FileFailures, Output
    from ordercli.output_files.output_file import OutputFile


class Receipts:
    """Print a receipt for each order, with the track id of the run if it has one, and with the order for `full`."""

    def __init__(self, output: Output, track_id: str | None, *, full: bool = False) -> None:
        self._output = output
        self._track_id = track_id
        self._full = full

    def committed(self, orders: Sequence[OrderResult]) -> None:
        """Print the receipts of one batch."""
        receipts = (receipt(each, self._track_id, created_order(each) if self._full else None) for each in orders)
        self._output.print_lines(inert_json(json_text.encode(self._completed(each))) + b"\n" for each in receipts)

    def _completed(self, receipt: Receipt) -> Receipt:
        """Give the commands that errors name the options of this run."""
        for error in receipt.errors:
            if "`ordercli " in error.message:
                error.message = self._output.advice.completed(error.message)
        return receipt


class OrderIds:
    """Print the ids of accepted orders, one per line."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def committed(self, orders: Sequence[OrderResult]) -> None:
        """Print the ids of one batch; a duplicate has the id of the first order, a new order in a dry run has none."""
        known = [each for each in orders if each.outcome in {Outcome.ACCEPTED, Outcome.DUPLICATE} and each.order_id]
        self._output.print_lines(f"{each.order_id}\n".encode() for each in known)


class OnlyOrder:
    """Remember the order of a run that has only one; `order` is None if there are none, or more."""

    def __init__(self) -> None:
        self.order: OrderResult | None = None
        self._count = 0

    def committed(self, orders: Sequence[OrderResult]) -> None:
        """Count the orders of one batch."""
        self._count += len(orders)
        self.order = orders[0] if self._count == 1 else None

    def print(self, output: Output) -> None:
        """Print the id of the order, and all findings as `validate` does, on standard error."""
        if self.order is None:
            return
        from ordercli.operations.diagnostics import diagnose
        from ordercli.output.diagnostics.text import print_in_full
        from ordercli.resources.validator import kind_of

        record, findings = self.order.record, self.order.findings
        findings = [each._replace(message=output.advice.completed(each.message)) for each in findings]
        found = diagnose(record, self.order.external_id, findings, kind_of(record.data).name) if findings else []
        print_in_full(found, output.console(stderr=True))
        if self.order.order_id:
            known = "" if self.order.outcome is Outcome.ACCEPTED else " (known before)"
            output.note(f"order {self.order.order_id}{known}")


class AcceptedFile:
    """Write file, line and order id of each accepted order to a file, as NDJSON; it is made with the first batch."""

    def __init__(self, file: OutputFile, failures: FileFailures) -> None:
        self._file = file
        self._failures = failures
        self._stream: IO[bytes] | None = None

    def committed(self, orders: Sequence[OrderResult]) -> None:
        """Append the accepted orders of one batch."""
        try:
            self._stream = self._stream or self._file.made(self._failures.report)
        except OutputFileError as error:
            self._failures.report(error)
            return
        accepted = (accepted_order(each) for each in orders if each.outcome is Outcome.ACCEPTED)
        self._stream.writelines(json_text.encode(line) + b"\n" for line in accepted)
        self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        if self._stream:
            self._stream.close()
