"""Compare records of reference data with those that are stored; nothing is changed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from msgspec import Meta

from ordercli.database.store import Store
from ordercli.errors import reading
from ordercli.intake import json_text
from ordercli.intake.reader import BATCH, BATCH_BYTES
from ordercli.operations.history import Change
from ordercli.operations.import_reference import ImportRun
from ordercli.orders.changes import differences
from ordercli.reference import staging
from ordercli.result_types import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ordercli.intake.record import Record as Document
    from ordercli.operations.import_reference import OnRefused
    from ordercli.operations.reference_counts import ReferenceImport


class RecordDifference(Result):
    """A record that the files have and the database has not, or in which they differ, or that the files lack.

    Records are missing only among those of types that the files have.
    """

    columns = ("difference", "type", "id", "changes")

    difference: Literal["new", "changed", "missing"]
    type: str
    id: str
    changes: Annotated[list[Change], Meta(description="of a changed record: from the stored one to that of the file")]


class Comparison(NamedTuple):
    """The differences, which are read while they are consumed, and the counts of what was read and refused."""

    differences: Iterator[RecordDifference]
    read: ReferenceImport


@contextmanager
def compare_reference(
    store: Store, batches: Iterable[list[Document]], on_refused: OnRefused, default_type: str | None = None
) -> Iterator[Comparison]:
    """Read all documents, and yield how they differ from the stored records while the block lasts.

    Documents are refused as in an import; `default_type` is the type of those without `@type`.

    Raises:
        BadInputError: the input cannot be read to its end.
        TryAgainError: the database is locked, or the disk or the server fails.
    """
    run = ImportRun(store, on_refused, None, default_type, dry_run=True)
    with staging.staging(store):
        run.read(batches)
        run.refuse_lost()
        yield Comparison(_differences(store), run.result)


def _differences(store: Store) -> Iterator[RecordDifference]:
    """Yield new and changed records in the order of the files, then those that are missing in them."""
    after = 0
    while arrivals := staging.arrivals(store, after, BATCH, BATCH_BYTES):
        for each in arrivals:
            if each.known is None:
                yield RecordDifference("new", each.type, each.id, [])
            elif each.body != each.known and (changes := _changes(each, each.known)):
                yield RecordDifference("changed", each.type, each.id, changes)
        after = arrivals[-1].n
    last = ("", "")
    while missing := staging.missing(store, last, BATCH):
        for record_type, record_id in missing:
            yield RecordDifference("missing", record_type, record_id, [])
        last = missing[-1]


def _changes(arrival: staging.Arrival, known: bytes) -> list[Change]:
    with reading(f"the record {arrival.id!r}"):
        before = json_text.decode(known)
    return [Change(*each) for each in differences(before, json_text.decode(arrival.body))]
