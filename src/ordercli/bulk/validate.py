"""Validate files of orders without storing them, and compare the findings with files of expectations."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from itertools import groupby, repeat
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from ordercli.database.opening import exists
from ordercli.errors import BadInputError, UsageError
from ordercli.exit_codes import ExitCode
from ordercli.intake.inputs import (
    BytesRead,
    expand_paths,
    is_large,
    largest_size,
    printable,
    total_bytes,
    without_expectations,
)
from ordercli.intake.reader import chunks, read_records
from ordercli.intake.record import STDIN, Record
from ordercli.operations.diagnostics import Diagnostic, Summary, diagnose, finding_groups
from ordercli.operations.validate import RuleSet, ValidatedOrder, Validator
from ordercli.reference.store import Coverage
from ordercli.resources.all_rules import find_rule
from ordercli.rulebook.rule import Finding
from ordercli.run_control import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from ordercli.bulk.worker_pool import WorkerPool
    from ordercli.intake.envelopes import OrderPath
    from ordercli.intake.reader import InputFormat
    from ordercli.operations.convert_sheet import SheetReader
    from ordercli.operations.diagnostics import Groups, Listener
    from ordercli.operations.results import FindingGroup
    from ordercli.rulebook.rule import Severity
    from ordercli.run_control import OnProgress
    from ordercli.settings import ResourceName, Settings


SUFFIX = ".expect.json"

_ORDER_SUFFIX = re.compile(r"\.(json|jsonl|ndjson)(\.gz|\.zst)?$", re.IGNORECASE)


class ExpectedFinding(msgspec.Struct, frozen=True):
    """A finding that a file of expectations names."""

    code: str
    pointer: str


class _Sidecar(msgspec.Struct):
    findings: list[ExpectedFinding]


class Expectation:
    """The expected findings of a file that were not found yet; any other finding is an error."""

    def __init__(self, findings: Sequence[ExpectedFinding]) -> None:
        self._open = Counter(findings)

    def unexpected(self, validated: ValidatedOrder) -> list[Finding]:
        """Return the findings of an order that are not expected, as errors; remove the expected ones from the list."""
        return [
            each._replace(severity="error")
            for each in validated.findings
            if not self._match_expected(each.code, validated.record.pointer(each.pointer))
        ]

    def missing(self) -> list[Finding]:
        """Return the expected findings that were not reported, as errors."""
        return [
            Finding(each.code, "error", each.pointer, f"{each.code} was expected here and not found")
            for each in self._open.elements()
        ]

    def _match_expected(self, code: str, pointer: str) -> bool:
        key = ExpectedFinding(code, pointer)
        was_open = self._open[key] > 0
        self._open[key] -= was_open
        return was_open


def expectation_of(file: str) -> Expectation | None:
    """Return the expectation in the sidecar of a file; None without a sidecar.

    The sidecar of `bad.json` or `bad.json.gz` is `bad.expect.json`.

    Raises:
        UsageError: the sidecar is not `{"findings": [{"code", "pointer"}]}`, or names an unknown code.
        BadInputError: the sidecar cannot be read.
    """
    sidecar = Path(_ORDER_SUFFIX.sub("", file) + SUFFIX)
    if file == STDIN or not sidecar.is_file():
        return None
    try:
        findings = msgspec.json.decode(sidecar.read_bytes(), type=_Sidecar).findings
    except OSError as error:
        raise BadInputError(f"{printable(str(sidecar))}: {error.strerror}") from error
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        hint = 'a sidecar is {"findings": [{"code": "…", "pointer": "…"}]}'
        raise UsageError(f"{printable(str(sidecar))}: {error}", hint=hint) from error
    for each in findings:
        if find_rule(each.code) is None:
            raise UsageError(f"{printable(str(sidecar))}: there is no rule {each.code}")
    return Expectation(findings)


@dataclass
class _Counts:
    orders: int = 0
    errors: int = 0
    warnings: int = 0
    expected: int = 0


_NOT_ASKED = Coverage()


class Chunks(Protocol):
    """What validates the documents of a run."""

    def validate_chunks(self, chunks: Iterator[tuple[list[Record], RuleSet]]) -> Iterator[list[ValidatedOrder]]:
        """Validate chunk after chunk."""


class Check:
    """One run of validate or `quote convert`; `errors` are those of inputs that could not be read to their end."""

    def __init__(
        self,
        validator: Chunks,
        settings: Settings,
        listener: Listener,
        *,
        fail_on: Severity,
        resource: ResourceName | None,
        read: BytesRead,
        on_progress: OnProgress | None,
        coverage: Coverage = _NOT_ASKED,
    ) -> None:
        self._validator = validator
        self._rule_set = RuleSet(settings.profile, "sync", resource)
        self._listener = listener
        self._fail_on = fail_on
        self._coverage = coverage
        self._read = read
        self._on_progress = on_progress
        self._counts = _Counts()
        self._groups: Groups[FindingGroup] | None = None
        self.errors: list[BadInputError] = []

    def run(
        self,
        inputs: Sequence[str],
        read_file: Callable[[str], Iterator[Record]],
        refused: Sequence[Diagnostic] = (),
        unread: Sequence[BadInputError] = (),
        converted: Callable[[], int] | None = None,
    ) -> Summary:
        """Validate every order of the inputs, and report to the listener.

        `refused` are findings of reference data, `unread` inputs that cannot be opened: both are reported first.
        `converted` returns the number of quotes that became orders, where the run converts quotes.

        Raises:
            UsageError: a sidecar of expectations is malformed.
        """
        expectations = {file: expected for file in inputs if (expected := expectation_of(file))}
        self._listener.begin()
        self._report_refused(refused)
        for error in unread:
            self._cannot_read(error)
            self._listener.file_done(error.file or "", 0)
        for file in inputs:
            self._check_file(file, read_file(file), expectations.get(file))
        counts = self._counts
        unreadable = tuple(error.message for error in self.errors)
        summary = Summary(
            len(inputs),
            counts.orders,
            counts.errors,
            counts.warnings,
            self._exit_code(),
            self._coverage,
            expected=counts.expected,
            unreadable=unreadable,
            groups=self._groups,
            converted=converted() if converted else None,
        )
        self._listener.end(summary)
        return summary

    def _check_file(self, file: str, records: Iterator[Record], expected: Expectation | None) -> None:
        orders = 0
        shown = printable(file)
        # Missing findings of a file without orders are reported at an empty one.
        validated = ValidatedOrder(Record(b"", shown, 1, 1, 1), [])
        try:
            for batch in self._validator.validate_chunks(zip(chunks(records), repeat(self._rule_set), strict=False)):
                self._listener.validated(batch)
                for validated in batch:
                    if validated.findings and (unexpected := self._unexpected(validated, expected)):
                        self._report(validated, unexpected)
                orders += len(batch)
                self._counts.orders += len(batch)
                self._report_progress()
        except BadInputError as error:
            self._cannot_read(error)
        if expected and (missing := expected.missing()):
            self._report_missing(validated, missing)
        self._listener.file_done(shown, orders)

    def _report_progress(self) -> None:
        if self._on_progress:
            counts = self._counts
            self._on_progress(Progress(self._read.read, counts.orders, counts.errors, self._read.total))

    def _unexpected(self, validated: ValidatedOrder, expected: Expectation | None) -> Sequence[Finding]:
        if expected is None:
            return validated.findings
        unexpected = expected.unexpected(validated)
        self._counts.expected += len(validated.findings) - len(unexpected)
        return unexpected

    def _cannot_read(self, error: BadInputError) -> None:
        self.errors.append(error)
        self._listener.unreadable(error)

    def _report_refused(self, refused: Sequence[Diagnostic]) -> None:
        in_order = sorted(refused, key=attrgetter("file", "record"))
        for file, faults in groupby(in_order, key=attrgetter("file")):
            last = 0
            for record, of_record in groupby(faults, key=attrgetter("record")):
                self._report_all(list(of_record))
                last = record
            self._listener.file_done(file, last)

    def _report_missing(self, validated: ValidatedOrder, missing: Sequence[Finding]) -> None:
        """Report expected findings that were not found, at the last order; they point into its whole document."""
        at = validated.record.pointer("")
        outside = validated._replace(record=validated.record._replace(envelope=None))
        for each in missing:
            if each.pointer.startswith(at):
                self._report(validated, [each._replace(pointer=each.pointer.removeprefix(at))])
            else:
                self._report(outside, [each])

    def _report(self, validated: ValidatedOrder, findings: Sequence[Finding]) -> None:
        self._report_all(diagnose(validated.record, validated.external_id, findings, validated.resource))

    def _report_all(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Report what is wrong with one document."""
        for each in diagnostics:
            if each.severity == "error":
                self._counts.errors += 1
            else:
                self._counts.warnings += 1
            self._listener.diagnostic(each)
        if self._groups is None:
            self._groups = finding_groups()
        self._groups.add_order(each.group for each in diagnostics)

    def _exit_code(self) -> ExitCode:
        if self.errors:
            return ExitCode.BAD_INPUT
        failed = self._counts.errors or (self._fail_on == "warning" and self._counts.warnings)
        return ExitCode.REJECTED if failed else ExitCode.OK


def _workers(
    jobs: int | None, input_bytes: int | None, database: str | None, settings: Settings, *, lint: bool | None
) -> AbstractContextManager[WorkerPool | None]:
    if jobs == 1 or (jobs is None and not is_large(input_bytes)):
        return nullcontext()
    from ordercli.bulk.worker_pool import validating_workers  # only several processes need it

    return validating_workers(jobs, database, settings, lint=lint)


def check_files(
    paths: Sequence[str],
    settings: Settings,
    listener: Listener,
    *,
    database: str | None,
    reference: Sequence[str] = (),
    lint: bool,
    fail_on: Severity,
    input_format: InputFormat | None = None,
    at: OrderPath | None = None,
    resource: ResourceName | None = None,
    sheets: SheetReader | None = None,
    jobs: int | None = 1,
    on_progress: OnProgress | None = None,
) -> tuple[Summary, list[BadInputError]]:
    """Validate every order of the paths; return the summary, and the errors of inputs that could not be read.

    References are looked up in the files of `reference` if any are given, else in the database if there is one. `at` is
    the path of the orders in each document, `resource` the kind that each must be. With `sheets` the inputs are sheets.
    `jobs` is the number of processes that validate; None chooses it by the size of the largest input. `on_progress` is
    called after each chunk.

    Raises:
        BadInputError: a file of `reference` is missing or cannot be read, a sidecar cannot be read, or the paths name
            nothing but sidecars.
        UsageError: a sidecar of expectations is malformed.
    """
    unread: list[BadInputError] = []
    inputs = readable_inputs(paths, unread)
    read = BytesRead(total=total_bytes(inputs))
    refused: list[Diagnostic] = []
    settings = switched_on(settings, reference)
    with (
        _reference_database(reference, database, settings, refused) as records,
        _workers(jobs, largest_size(inputs), records, settings, lint=lint) as pool,
        closing(Validator.open(records, settings, lint=lint)) as validator,
    ):
        check = Check(
            pool or validator,
            settings,
            listener,
            fail_on=fail_on,
            resource=resource,
            coverage=validator.coverage(resource),
            read=read,
            on_progress=on_progress,
        )

        def read_file(file: str) -> Iterator[Record]:
            if sheets:
                return sheets.records(file, read)
            max_bytes = settings.limits.max_order_bytes
            return read_records([file], input_format=input_format, max_bytes=max_bytes, at=at, progress=read)

        return check.run(inputs, read_file, refused, unread), check.errors


def readable_inputs(paths: Sequence[str], unread: list[BadInputError]) -> list[str]:
    """Return the inputs that can be opened; append the errors of the others to `unread`."""
    found: list[str] = []
    for path in without_expectations(paths):
        try:
            found += expand_paths([path], unread)
        except BadInputError as error:
            unread.append(error)
    return expand_paths(found)  # a file that two paths name is read once


def switched_on(settings: Settings, reference: Sequence[str] = ()) -> Settings:
    """Return the settings with validation on, because they may switch it off for `submit`."""
    validation = settings.validation._replace(
        create_product_order_validation_sync=True, create_service_order_validation_sync=True
    )
    if reference and validation.reference == "off":
        validation = validation._replace(reference="auto")
    return settings._replace(validation=validation)


@contextmanager
def _reference_database(
    files: Sequence[str], database: str | None, settings: Settings, refused: list[Diagnostic]
) -> Iterator[str | None]:
    """Yield the database in which references are looked up; `strict` uses an empty one where there is none.

    Append the faults of records in the files to `refused`.
    """
    mode = settings.validation.reference
    if files or (mode == "strict" and not (database and exists(database))):
        from ordercli.bulk.reference_files import reference_of_files  # most runs import no records

        with reference_of_files(files, settings, refused.extend) as records:
            yield records
    else:
        yield None if mode == "off" else database
