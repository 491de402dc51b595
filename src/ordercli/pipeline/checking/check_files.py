"""One run of validate from its paths to its summary."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from ordercli.database.connection import exists
from ordercli.errors import BadInputError
from ordercli.intake.inputs import expand_paths, total_bytes, without_expectations
from ordercli.pipeline.checking.check import Check, Listener
from ordercli.pipeline.judgement.judges import Judge, crew_size, judges
from ordercli.pipeline.loading.reference_data import reference_of_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ordercli.intake.detect import InputFormat
    from ordercli.intake.source import Progress
    from ordercli.pipeline.loading.load_reference import Loaded
    from ordercli.pipeline.outcomes.diagnostic import Diagnostic, Summary
    from ordercli.reference.coverage import Coverage
    from ordercli.settings import Settings
    from ordercli.validation.finding import Severity


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
    jobs: int | None = 1,
    progress: Progress | None = None,
) -> tuple[Summary, list[BadInputError]]:
    """Judge every order of the paths; the errors are of inputs that are missing, cannot be read, or broke off.

    References are looked up in the files of `reference`, where there are any, else in the database, if there is one.
    `jobs`: so many processes judge; None: as many as the largest input is worth. `progress` tells how far it read.

    Raises:
        BadInputError: the files of `reference`, or a sidecar, are missing or cannot be read; a sidecar is all that is
            named.
        UsageError: a sidecar of expectations is malformed.
    """
    unread: list[BadInputError] = []
    inputs = _readable(paths, unread)
    if progress:
        progress.total = total_bytes(inputs)
    refused = _RefusedRecords()
    size = crew_size(jobs, max((total_bytes([file]) or 0 for file in inputs), default=0))
    settings = _switched_on(settings, reference)
    with (
        _reference_database(reference, database, settings, refused) as records,
        judges(size, records, settings, lint=lint) as crew,
        closing(crew or Judge(records, settings, lint=lint)) as judge,
    ):
        coverage = judge.coverage if isinstance(judge, Judge) else _coverage(records, settings)
        check = Check(judge, settings, listener, fail_on=fail_on, coverage=coverage, progress=progress)
        return check.run(inputs, input_format, refused.diagnostics, unread), check.errors


def _coverage(database: str | None, settings: Settings) -> Coverage:
    """What a crew, which has connections of its own, can ask."""
    with closing(Judge(database, settings, lint=False)) as judge:
        return judge.coverage


def _readable(paths: Sequence[str], unread: list[BadInputError]) -> list[str]:
    """The inputs that can be opened; why the others cannot goes into `unread`."""
    found: list[str] = []
    for path in without_expectations(paths):
        try:
            found += expand_paths([path], unread)
        except BadInputError as error:
            unread.append(error)
    return expand_paths(found)  # a file that two paths name is read once


def _switched_on(settings: Settings, reference: Sequence[str]) -> Settings:
    """The settings with validation on: who asks for it is not spared it because `submit` leaves it out."""
    validation = settings.validation._replace(create_product_order_validation_sync=True)
    if reference and validation.reference == "off":
        validation = validation._replace(reference="auto")
    return settings._replace(validation=validation)


@contextmanager
def _reference_database(
    files: Sequence[str], database: str | None, settings: Settings, refused: _RefusedRecords
) -> Iterator[str | None]:
    """Where references are looked up; the mode `strict` looks into an empty database where there is none."""
    mode = settings.validation.reference
    if files or (mode == "strict" and not (database and exists(database))):
        with reference_of_files(files, settings, refused) as records:
            yield records
    else:
        yield None if mode == "off" else database


class _RefusedRecords:
    """The faults of the reference files."""

    def __init__(self) -> None:
        self.diagnostics: list[Diagnostic] = []

    def refused(self, diagnostics: Sequence[Diagnostic]) -> None:
        """Keep the faults of one record."""
        self.diagnostics += diagnostics

    def advanced(self, loaded: Loaded) -> None:
        """Loading goes on."""
