"""Delete the stored records of a type that an import lacks, but for those that something open refers to."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from ordercli.database.store import snapshot
from ordercli.errors import BadInputError
from ordercli.intake.reader import BATCH
from ordercli.operations.delete_reference import DeletedRecord, count_uses
from ordercli.operations.reference_counts import Replaced
from ordercli.reference import staging
from ordercli.reference.record_types import LINKED_FROM
from ordercli.reference.store import RecordKey, delete

if TYPE_CHECKING:
    from ordercli.database.store import Store

EXAMPLES = 20


def require_any(store: Store, record_type: str) -> None:
    """Check that the import has a record of the type, because otherwise every stored one would be missing.

    Raises:
        BadInputError: it has none.
    """
    if not staging.has_type(store, record_type):
        raise BadInputError(
            f"the input has no {record_type}, so --replace would delete every one",
            hint="nothing was changed; name a type that the input has",
        )


def delete_missing(store: Store, record_type: str, *, dry_run: bool) -> Replaced:
    """Delete the stored records of a type that the import lacks; call it while its staging tables are there.

    A record stays if an order that is not final, a waiting entry of the queue or a record that stays refers to it. A
    dry run deletes nothing.
    """
    missing = {key.id: key for key in _missing(store, record_type)}
    in_use: list[DeletedRecord] = []
    with nullcontext() if store.in_transaction else snapshot(store):
        while missing:
            chosen = {each: DeletedRecord(record_type, each, 0, []) for each in missing}
            count_uses(
                store,
                record_type,
                list(missing.values()),
                chosen,
                is_shared=lambda name: staging.has_external_id(store, record_type, name),
                stored=staging.loaded_records,
            )
            used = [each for each in chosen.values() if each.uses]
            in_use += used
            for each in used:
                del missing[each.id]
            # A record that stays may be the one that refers to another one.
            if not used or record_type not in LINKED_FROM.get(record_type, ()):
                break
    gone = list(missing)
    for first in range(0, 0 if dry_run else len(gone), BATCH):
        with staging.part(store):
            delete(store, record_type, gone[first : first + BATCH])
    return Replaced(record_type, len(gone), len(in_use), in_use[:EXAMPLES])


def _missing(store: Store, record_type: str) -> list[RecordKey]:
    found: list[RecordKey] = []
    last = ""
    while keys := staging.missing_of(store, record_type, last, BATCH):
        found += [RecordKey(*key) for key in keys]
        last = keys[-1][0]
    return found
