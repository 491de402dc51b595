"""Convert spreadsheets to orders, and validate these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.bulk.validate import readable_inputs
from ordercli.errors import BadInputError
from ordercli.exit_codes import ExitCode
from ordercli.intake.inputs import BytesRead, printable, total_bytes
from ordercli.intake.record import Record
from ordercli.operations.convert_sheet import SheetOrder, SheetReader
from ordercli.operations.results import Diagnostic, Summary
from ordercli.operations.validate import RuleSet, Validator
from ordercli.resources.all_rules import rule_of
from ordercli.rulebook.selection import within
from ordercli.run_control import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.bulk.validate import Listener
    from ordercli.operations.convert_sheet import Place
    from ordercli.operations.sheet_map import SheetMap
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.rulebook.rule import Finding, Severity
    from ordercli.run_control import OnProgress
    from ordercli.settings import Settings

_CHUNK = 200


class SheetConversion:
    """One run of `convert`; `errors` are those of sheets that cannot be read, `ignored` the columns without a place.

    An order without errors is handed to `write`, as a line of NDJSON.
    """

    def __init__(
        self,
        sheet_map: SheetMap,
        settings: Settings,
        validator: Validator,
        listener: Listener,
        write: Callable[[bytes], object],
        *,
        fail_on: Severity,
        on_progress: OnProgress | None = None,
    ) -> None:
        self._reader = SheetReader(sheet_map, settings.limits.max_order_bytes)
        self._rules = RuleSet(settings.profile, "sync")
        self._most_findings = settings.limits.max_findings
        self._validator = validator
        self._listener = listener
        self._write = write
        self._fail_on = fail_on
        self._on_progress = on_progress
        self._read = BytesRead()
        self._orders = self._converted = self._failures = self._warnings = 0
        self.errors: list[BadInputError] = []

    @property
    def ignored(self) -> Sequence[str]:
        """The columns that the map does not name."""
        return self._reader.ignored

    def run(self, paths: Sequence[str]) -> Summary:
        """Convert every sheet, report to the listener, and return the counts."""
        inputs = readable_inputs(paths, self.errors)
        self._read = BytesRead(total=total_bytes(inputs))
        self._listener.begin()
        for error in self.errors:
            self._listener.unreadable(error)
            self._listener.file_done(error.file or "", 0)
        for file in inputs:
            self._convert(file)
        summary = Summary(
            len(inputs),
            self._orders,
            self._failures,
            self._warnings,
            self._exit_code(),
            self._validator.coverage(None),
            unreadable=tuple(error.message for error in self.errors),
            converted=self._converted,
        )
        self._listener.end(summary)
        return summary

    def _convert(self, file: str) -> None:
        orders = 0
        shown = printable(file)
        for chunk in self._chunks(file):
            records = [Record(each.data, shown, 1, 1, n) for n, each in enumerate(chunk, orders + 1)]
            validated = self._validator.validate(records, self._rules)
            self._listener.validated(validated)
            for order, found in zip(chunk, validated, strict=True):
                self._finish(order, found)
            orders += len(chunk)
            self._orders += len(chunk)
            if self._on_progress:
                self._on_progress(Progress(self._read.read, self._orders, self._failures, self._read.total))
        self._listener.file_done(shown, orders)

    def _chunks(self, file: str) -> Iterator[list[SheetOrder]]:
        """Yield the orders of a sheet in chunks; report the error if it cannot be read to its end."""
        chunk: list[SheetOrder] = []
        error = None
        try:
            for order in self._reader.orders(file, self._read):
                chunk.append(order)
                if len(chunk) == _CHUNK:
                    yield chunk
                    chunk = []
        except BadInputError as caught:
            error = caught
        if chunk:
            yield chunk
        if error:
            self.errors.append(error)
            self._listener.unreadable(error)

    def _finish(self, order: SheetOrder, validated: ValidatedOrder) -> None:
        """Report what is wrong with an order, or write it."""
        known = {place for _, place in order.faults}
        found = [(each, order.places.of(each.pointer)) for each in validated.findings] if not order.is_unknown else []
        located = [*order.faults, *((each, place) for each, place in found if place not in known)]
        refused = any(each.severity == "error" for each, _ in located)
        at = {id(each): place for each, place in located}
        for finding in within([each for each, _ in located], self._most_findings):
            self._report(finding, at.get(id(finding), order.places.first), validated)
        if not refused:
            self._write(order.data + b"\n")
            self._converted += 1

    def _report(self, finding: Finding, place: Place, order: ValidatedOrder) -> None:
        if finding.severity == "error":
            self._failures += 1
        else:
            self._warnings += 1
        self._listener.diagnostic(
            Diagnostic(
                order.record.file,
                *place,
                place.row,
                place.column + 1,
                order.record.record,
                order.external_id,
                finding.pointer,
                finding.code,
                rule_of(finding.code, order.resource).name,
                finding.severity,
                finding.message,
                finding.suggestion,
                finding.applicability,
            )
        )

    def _exit_code(self) -> ExitCode:
        if self.errors:
            return ExitCode.BAD_INPUT
        failed = self._failures or (self._fail_on == "warning" and self._warnings)
        return ExitCode.REJECTED if failed else ExitCode.OK
