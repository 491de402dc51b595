"""One import of reference data from its paths to its counts."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from ordercli.database.connection import make_database
from ordercli.intake.inputs import expand_paths
from ordercli.intake.reader import read_records
from ordercli.pipeline.loading.load_reference import Listener, Loaded, load_reference
from ordercli.pipeline.runs.stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ordercli.intake.detect import InputFormat
    from ordercli.settings import Settings


def load_reference_files(
    database: str,
    paths: Sequence[str],
    settings: Settings,
    listener: Listener,
    *,
    input_format: InputFormat | None = None,
    default_type: str | None = None,
    stop: Stop | None = None,
    made: Callable[[str], None] | None = None,
) -> Loaded:
    """Load the records of all paths as one import; without a `stop` of its own the import listens for signals.

    `default_type` is the type of records without `@type`. `made` hears of a database that was made because there was
    none.

    Raises:
        BadInputError: a path is missing, cannot be read or breaks off (nothing was loaded), or the database is none.
        TryAgainError: the surroundings of the database are in trouble.
    """
    documents = read_records(expand_paths(paths), input_format=input_format, max_bytes=settings.limits.max_order_bytes)
    stop = stop or Stop().listen()
    with closing(make_database(database, made)) as connection:
        return load_reference(connection, documents, listener, stop, default_type)
