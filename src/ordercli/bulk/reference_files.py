"""Import files of reference data: into the database, or for one run of `validate`."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING

from ordercli.bulk.reference_rejects import RecordRejects
from ordercli.database.opening import exists, make_database, open_database
from ordercli.exit_codes import ExitCode, code_of_stop
from ordercli.intake.inputs import expand_paths
from ordercli.intake.reader import chunks, read_records
from ordercli.operations.compare_reference import compare_reference
from ordercli.operations.import_reference import load_reference
from ordercli.run_control import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ordercli.bulk.rejects_file import RejectsOption
    from ordercli.intake.reader import InputFormat
    from ordercli.operations.compare_reference import Comparison
    from ordercli.operations.import_reference import OnRefused
    from ordercli.operations.reference_counts import ReferenceImport
    from ordercli.run_control import OnProgress
    from ordercli.settings import Settings


def import_reference_files(
    database: str,
    paths: Sequence[str],
    settings: Settings,
    on_refused: OnRefused,
    *,
    on_progress: OnProgress | None = None,
    input_format: InputFormat | None = None,
    default_type: str | None = None,
    made: Callable[[str], None] | None = None,
    replace: str | None = None,
    dry_run: bool = False,
    rejects: RejectsOption = None,
    told: Callable[[str], None] = lambda _: None,
) -> ReferenceImport:
    """Load the records of all paths as one import, which a signal stops.

    `default_type` is the type of records without `@type`, `replace` the one of which records that the paths lack are
    deleted. `made` is called with the name of the database if there was none and it was created. A dry run changes
    nothing: where there is no database it uses an empty one, which is deleted at the end. Refused records go into the
    rejects file; `told` is called with messages about those of earlier imports.

    Raises:
        BadInputError: a path is missing or cannot be read to its end, or has none of `replace`; nothing was loaded.
        BadDatabaseError: the database is damaged, or was not made by ordercli.
        TryAgainError: the database cannot be used for now.
    """
    inputs = expand_paths(paths)
    documents = read_records(inputs, input_format=input_format, max_bytes=settings.limits.max_order_bytes)
    stop = Stop().listen()
    with ExitStack() as stack:
        kept = None
        if rejects != "none" and not dry_run:
            kept = stack.enter_context(closing(RecordRejects(inputs, rejects)))
        if dry_run and not exists(database):
            database, made = f"{stack.enter_context(tempfile.TemporaryDirectory())}/reference.db", None
        connection = stack.enter_context(closing(make_database(database, made)))
        loaded = load_reference(
            connection,
            chunks(documents, stop),
            on_refused,
            stop=lambda: stop.signal is not None,
            on_progress=on_progress,
            default_type=default_type,
            replace=replace,
            dry_run=dry_run,
            rejects=kept,
        )
        for note in kept.notes if kept else ():
            told(note)
    loaded.exit_code = code_of_stop(stop) or (ExitCode.REJECTED if loaded.refused else ExitCode.OK)
    return loaded


@contextmanager
def compared_reference_files(
    database: str,
    paths: Sequence[str],
    settings: Settings,
    on_refused: OnRefused,
    *,
    input_format: InputFormat | None = None,
    default_type: str | None = None,
) -> Iterator[Comparison]:
    """Yield the comparison of the records of all paths with those in the database; a signal ends the whole run.

    Raises:
        BadInputError: a path is missing or cannot be read to its end.
        NoDatabaseError: there is no database.
        BadDatabaseError, TryAgainError: as `open_database`.
    """
    with closing(open_database(database)) as connection:
        max_bytes = settings.limits.max_order_bytes
        documents = read_records(expand_paths(paths), input_format=input_format, max_bytes=max_bytes)
        with compare_reference(connection, chunks(documents), on_refused, default_type) as comparison:
            yield comparison


@contextmanager
def reference_of_files(paths: Sequence[str], settings: Settings, on_refused: OnRefused) -> Iterator[str]:
    """Yield a database of the records in the files, and delete it afterwards; a signal ends the whole run.

    Raises:
        BadInputError: a path is missing or cannot be read to its end.
    """
    documents = read_records(expand_paths(paths), max_bytes=settings.limits.max_order_bytes)
    with tempfile.TemporaryDirectory() as folder:
        database = f"{folder}/reference.db"
        with closing(make_database(database)) as connection:
            load_reference(connection, chunks(documents), on_refused)
        yield database
