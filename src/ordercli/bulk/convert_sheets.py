"""Convert spreadsheets to orders, and validate these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.bulk.validate import readable_inputs
from ordercli.errors import BadInputError
from ordercli.exit_codes import ExitCode
from ordercli.intake.inputs import BytesRead, printable, total_bytes
from ordercli.intake.origins import with_origin
from ordercli.intake.reader import chunks
from ordercli.operations.convert_sheet import SheetReader
from ordercli.operations.diagnostics import Summary, diagnose, finding_groups
from ordercli.operations.sheet_places import SheetCells
from ordercli.operations.validate import RuleSet, Validator
from ordercli.run_control import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.operations.diagnostics import Listener
    from ordercli.operations.sheet_map import SheetMap
    from ordercli.operations.validate import ValidatedOrder
    from ordercli.rulebook.rule import Severity
    from ordercli.run_control import OnProgress
    from ordercli.settings import Settings


class SheetConversion:
    """One run of `convert`; `errors` are those of sheets that cannot be read, `ignored` the columns without a place.

    An order without errors is handed to `write`, as a line of NDJSON that tells its rows.
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
        self._validator = validator
        self._listener = listener
        self._write = write
        self._fail_on = fail_on
        self._on_progress = on_progress
        self._read = BytesRead()
        self._orders = self._converted = self._failures = self._warnings = 0
        self._groups = finding_groups()
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
            groups=self._groups,
        )
        self._listener.end(summary)
        return summary

    def _convert(self, file: str) -> None:
        orders = 0
        shown = printable(file)
        try:
            for chunk in chunks(self._reader.records(file, self._read)):
                validated = self._validator.validate(chunk, self._rules)
                self._listener.validated(validated)
                for each in validated:
                    self._finish(each, shown)
                orders += len(chunk)
                self._orders += len(chunk)
                if self._on_progress:
                    self._on_progress(Progress(self._read.read, self._orders, self._failures, self._read.total))
        except BadInputError as error:
            self.errors.append(error)
            self._listener.unreadable(error)
        self._listener.file_done(shown, orders)

    def _finish(self, order: ValidatedOrder, file: str) -> None:
        """Report what is wrong with an order, or write it."""
        diagnostics = diagnose(order.record, order.external_id, order.findings, order.resource)
        self._groups.add_order(each.group for each in diagnostics)
        for each in diagnostics:
            if each.severity == "error":
                self._failures += 1
            else:
                self._warnings += 1
            self._listener.diagnostic(each)
        if not order.refused and isinstance(order.record.sheet, SheetCells):
            self._write(with_origin(order.record.data, file, order.record.sheet.rows) + b"\n")
            self._converted += 1

    def _exit_code(self) -> ExitCode:
        if self.errors:
            return ExitCode.BAD_INPUT
        failed = self._failures or (self._fail_on == "warning" and self._warnings)
        return ExitCode.REJECTED if failed else ExitCode.OK
