"""Delete records of reference data that nothing open refers to."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from ordercli.counted import counted
from ordercli.database.opening import open_database, read_database
from ordercli.database.store import Store, snapshot, transaction
from ordercli.errors import ConflictError, NotFoundError, reading
from ordercli.intake import json_text
from ordercli.operations.validate import named_records
from ordercli.orders.order_store import open_documents
from ordercli.orders.states import FINAL
from ordercli.queue.entries import waiting_documents
from ordercli.reference.record_types import LINKED_FROM
from ordercli.reference.records import decode_record, links
from ordercli.reference.store import RecordKey, delete, external_id_is_shared, find_keys, stored_records
from ordercli.result_types import Count, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence


# The number of users of a record that are named; all are counted.
NAMED_USERS = 3


class DeletedRecord(Result):
    """A record of reference data that was deleted, or would be."""

    columns = ("type", "id", "uses", "usedBy")

    type: str
    id: str
    uses: Annotated[Count, Meta(description="open orders, queue entries and records that refer to it")]
    used_by: Annotated[list[str], Meta(description="the first three of them", max_length=NAMED_USERS)]


def delete_records(
    database: str, record_type: str, identifiers: Sequence[str], *, include_used: bool = False, dry_run: bool = False
) -> list[DeletedRecord]:
    """Delete the records of the type with these ids or external ids, all or none; an external id means all versions.

    A record is in use if an order that is not final, an entry that waits in the queue, or another record refers to it.
    Looking for uses reads all of these, but keeps nobody from writing: an order that is accepted meanwhile is checked
    when it is created. A dry run deletes nothing.

    Raises:
        NotFoundError: one of the records is not there.
        ConflictError: one of them is in use, and `include_used` was not given.
    """
    with closing((read_database if dry_run else open_database)(database)) as store:
        with snapshot(store):
            found = [key for each in dict.fromkeys(identifiers) for key in _keys(store, record_type, each)]
            chosen = {each.id: DeletedRecord(record_type, each.id, 0, []) for each in found}
            count_uses(
                store,
                record_type,
                found,
                chosen,
                is_shared=lambda name: external_id_is_shared(store, record_type, name, list(chosen)),
            )
        used = [each for each in chosen.values() if each.uses]
        if used and not include_used:
            raise _in_use(used)
        if not dry_run:
            with transaction(store, "reference"):
                delete(store, record_type, list(chosen))
    return list(chosen.values())


def _keys(store: Store, record_type: str, identifier: str) -> list[RecordKey]:
    found = find_keys(store, record_type, identifier)
    if not found:
        raise NotFoundError(f"no {record_type} is known as {identifier!r}", hint="nothing was deleted")
    return found


def _in_use(used: list[DeletedRecord]) -> ConflictError:
    first, others = used[0], len(used) - 1
    more = f" and {first.uses - len(first.used_by)} more" if first.uses > len(first.used_by) else ""
    rest = f"; {counted(others, 'other record is', 'other records are')} in use too" if others else ""
    return ConflictError(
        f"{first.type} {first.id} is used by {', '.join(first.used_by)}{more}{rest}",
        hint="nothing was deleted; `--include-used` deletes it nevertheless",
    )


def count_uses(
    store: Store,
    record_type: str,
    keys: list[RecordKey],
    chosen: dict[str, DeletedRecord],
    *,
    is_shared: Callable[[str], bool],
    stored: Callable[[Store, str], Iterator[tuple[str, bytes]]] = stored_records,
) -> None:
    """Count for each record what refers to it, by its id or by an external id that no other record has.

    `is_shared` returns whether a record that is not chosen has an external id; `stored` iterates over the records of a
    type.
    """
    by_name: dict[str, list[DeletedRecord]] = {}
    for key in keys:
        by_name.setdefault(key.id, []).append(chosen[key.id])
    for key in keys:
        name = key.external_id
        if name and name != key.id and not is_shared(name):
            by_name.setdefault(name, []).append(chosen[key.id])
    for user, names in _uses(store, record_type, chosen, stored):
        for record in {id(each): each for name in names for each in by_name.get(name, ())}.values():
            record.uses += 1
            if len(record.used_by) < NAMED_USERS:
                record.used_by.append(user)


def _uses(
    store: Store,
    record_type: str,
    deleted: dict[str, DeletedRecord],
    stored: Callable[[Store, str], Iterator[tuple[str, bytes]]],
) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield everything that may refer to records of a type, with the names that it gives for such records."""
    for order_id, body, currency in open_documents(store, sorted(FINAL)):
        yield f"order {order_id}", {currency or "", *_names(record_type, body)}
    for order_id, body in waiting_documents(store):
        yield f"queue entry {order_id}", _names(record_type, body)
    for kind in LINKED_FROM.get(record_type, ()):
        for record_id, body in stored(store, kind):
            if kind == record_type and record_id in deleted:
                continue
            with reading(f"the record {record_id!r}"):
                record = decode_record(kind, body)
            yield f"{kind} {record_id}", [link.name for link in links(record) if link.type == record_type]


def _names(record_type: str, body: bytes) -> Iterable[str]:
    """Return the names of records of the type in an order; for a currency, all of its texts, whatever member has it."""
    if record_type == "Currency":
        with reading("an order"):
            return set(_texts(json_text.decode(body)))
    return {name for kind, name in named_records([body]) if kind == record_type}


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
