"""Check the database: queue, batches, documents and orders against one another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from ordercli.counted import counted
from ordercli.database.catalogue import foreign_objects
from ordercli.database.opening import open_current
from ordercli.database.store import Store, snapshot
from ordercli.errors import BadInputError
from ordercli.forwarding import forward_consistency
from ordercli.operations.audit_orders import (
    CHANGED_BY_HAND,
    DAMAGED,
    DOCUMENT,
    DOCUMENT_REMEDY,
    HISTORY,
    KIND,
    KIND_REMEDY,
    ORDER_CHECKS,
    PAYLOAD,
    Check,
    Discrepancy,
    order_faults,
)
from ordercli.operations.copy import metadata
from ordercli.orders import order_audit
from ordercli.orders.order_store import revised_documents
from ordercli.queue import consistency, tallies
from ordercli.queue.consistency import Account
from ordercli.queue.entries import is_undamaged
from ordercli.run_control import OnProgress

Fault = tuple[str | None, str]  # the id of the order (None if it concerns no single order), and what is wrong
CHUNK = 500


def audit(
    database: str,
    receipt_file: str | None = None,
    on_progress: OnProgress | None = None,
    faults_of_orders: Callable[[Store, OnProgress | None], Iterator[Discrepancy]] = order_faults,
) -> Iterator[Discrepancy]:
    """Yield the faults of the database; all checks that compare orders with one another read the same snapshot.

    With a file of receipts, as `submit -o ndjson` prints them, every order in it must be in the database. `on_progress`
    is called while orders are compared with their documents, which takes most of the time; `faults_of_orders` does it.

    Raises:
        BadDatabaseError: There is no database of ordercli, it has another schema, or is too damaged to be read.
        BadInputError: The receipts cannot be read.
    """
    with closing(open_current(database)) as store, snapshot(store), store.ended_by_signals():
        damage = list(_found(_INTEGRITY, store))
        yield from damage
        if damage:  # if an index and its table differ, the results of other checks are meaningless
            return
        for check in _CHECKS:
            yield from _found(check, store)
        yield from faults_of_orders(store, on_progress)
        if receipt_file:
            yield from receipt_faults(store, receipts(receipt_file))


def _found(check: Check[Store, Fault], store: Store) -> Iterator[Discrepancy]:
    return (Discrepancy(check.name, order_id, message) for order_id, message in check.faults_of(store))


def remedy(check: str, order_id: str | None = None) -> str:
    """Return what to do about a fault of this check, and how to look at the order that it concerns."""
    text = _REMEDIES.get(check, _ANY)
    if order_id and text.endswith(CHANGED_BY_HAND):
        return f"{text}, and `ordercli history {order_id}` tells what ordercli did"
    return text


def _damage(store: Store) -> Iterator[Fault]:
    return ((None, message) for message in store.damage())


_INTEGRITY = Check(
    "integrity",
    _damage,
    "the file is damaged: stop every run, keep a copy of the file with its -wal, restore the last backup, and"
    " submit again what came after it (orders with an externalId are not created twice)",
)


def _foreign_objects(store: Store) -> Iterator[Fault]:
    made = metadata().tables
    indexes = {str(index.name) for table in made.values() for index in table.indexes}
    for kind, name, table in foreign_objects(store, set(made), indexes):
        place = f" on {table}" if table != name else ""
        yield None, f"the {kind} {name}{place} was not made by ordercli"


_SCHEMA = Check(
    "schema",
    _foreign_objects,
    "a foreign object in the database can change or refuse what ordercli writes: drop it, or (a table, a view)"
    " move it into a schema of its own",
)


def _broken_references(store: Store) -> Iterator[Fault]:
    for table, row, parent in store.broken_references():
        yield None, f"row {row} of {table} refers to a missing row of {parent}"


_FOREIGN_KEY = Check("foreign-key", _broken_references)


def _payload_faults(store: Store) -> Iterator[Fault]:
    """Check the documents without a customer order, and those of patches; `order_faults` checks those of orders."""
    for payload, has_entry in consistency.payloads_without_order(store):
        if not has_entry:
            yield None, f"the accepted document {payload.seq} belongs to no entry and to no order"
        if not is_undamaged(payload.sha256, payload.body):
            yield None, DAMAGED.format("accepted", payload.seq)
    for seq, sha256, body in revised_documents(store):
        if not is_undamaged(sha256, body):
            yield None, DAMAGED.format("revised", seq)


_PAYLOAD = Check(
    PAYLOAD,
    _payload_faults,
    "the document was changed after it was accepted: of an order that waits, discard the entry (`ordercli queue"
    " list --state new` has its id) and submit it again; of one that was created, the last backup has it as it came",
)


def _queue_faults(store: Store) -> Iterator[Fault]:
    for account in consistency.accounts(store):
        yield from _account_faults(account)
    for batch_id, read, decided in consistency.miscounted(store):
        yield None, f"batch {batch_id} has read {counted(read, 'order')} and has outcomes of {decided}"
    for order_id in consistency.completed_without_order(store):
        yield order_id, "its entry is completed, but there is no customer order"
    for order_id, state in consistency.created_but_not_completed(store):
        yield order_id, f"there is a customer order, but its entry is {state}"
    for external_id, source in consistency.external_ids_twice(store):
        yield None, f"externalId {external_id!r} of source {source!r} is held twice"
    for order_id in consistency.unlike_their_orders(store):
        yield order_id, "its entry and its customer order differ in batch, source, kind, profile, currency or ids"
    yield from _resend_faults(store)
    for order_id, error in consistency.stored_errors(store):
        if not _is_error_body(error):
            yield order_id, "the reason of its error cannot be read"
    for code, found, known in tallies.failed_more_often(store):
        failures = counted(known, "failure is", "failures are")
        yield None, f"{counted(found, 'entry is', 'entries are')} in error with {code}, and {failures} counted"


def _account_faults(account: Account) -> Iterator[Fault]:
    """Check that accepted = created + kept + purged, and that every order of the queue had its entry."""
    known = account.created + account.kept + account.purged
    if account.accepted != known:
        accepted = counted(account.accepted, "order")
        yield None, f"batch {account.batch_id} accepted {accepted}, {counted(known, 'is', 'are')} known"
    entries = account.completed + account.purged_completed
    if account.mode == "async" and account.created != entries:
        created = counted(account.created, "customer order")
        completed = counted(entries, "completed entry", "completed entries")
        yield None, f"batch {account.batch_id} has {created} and {completed}"


def _resend_faults(store: Store) -> Iterator[Fault]:
    """Check that a line of a rejects file became one order, which replaces the entry that the line came from."""
    for order_id, other in consistency.created_and_sent_again(store):
        yield order_id, f"it was created or still waits, and was sent again as order {other}"
    for order_id, state in consistency.exported_and_not_failed(store):
        yield order_id, f"its exported line can still be sent, and its entry is {state}"
    for line, order_id in consistency.without_order(store):
        message = f"record {line.record} of batch {line.batch_id} was sent again as this order, which is not known"
        yield order_id, message


def _is_error_body(error: str | None) -> bool:
    try:
        return bool(json.loads(error or "")["details"])
    except (ValueError, LookupError, TypeError):
        return False


_SUBMIT_AGAIN = (
    "which creates only orders that are not known, and report the fault: it is a bug, or somebody else changed the"
    " database"
)
_QUEUE = Check(
    "queue",
    _queue_faults,
    f"`ordercli batch list` shows each batch with its counts; submit the input again, {_SUBMIT_AGAIN}",
)


def _forward_faults(store: Store) -> Iterator[Fault]:
    """Check that what is known of forwarded orders agrees with their entries and their customer orders."""
    for order_id, target in forward_consistency.without_row(store):
        yield order_id, f"its entry goes to target {target}, and nothing is known of it there"
    for order_id, target in forward_consistency.of_the_local_queue(store):
        yield order_id, f"it goes to target {target}, and its entry is in the local queue"
    for order_id, target, remote_id in forward_consistency.lost_here(store):
        yield order_id, f"target {target} has it as {remote_id}, and there is neither its entry nor its customer order"
    for order_id, target in forward_consistency.created_without_remote_id(store):
        yield order_id, f"there is a customer order, and its id at target {target} is not known"
    for order_id, target, remote_id in forward_consistency.remote_ids_twice(store):
        yield order_id, f"target {target} has it as {remote_id}, as it has another order"
    for order_id, target, state in forward_consistency.arrived_and_waiting(store):
        yield order_id, f"target {target} has it, and its entry is {state}"


_FORWARD = Check(
    "forward",
    _forward_faults,
    "look at the order at its target (`ordercli forward show` has its ids) before anything is sent again; "
    + CHANGED_BY_HAND,
)


def _origin_faults(store: Store) -> Iterator[Fault]:
    """Check what orders and their histories say of where they come from."""
    for order_id, source, other in order_audit.of_another_source(store):
        yield order_id, f"its source is {source!r}, by its batch {other!r}"
    for order_id, actor, other in order_audit.created_by_another(store):
        yield order_id, f"by its history {actor!r} submitted it, by its entry {other!r}"


_ORIGIN = Check(HISTORY, _origin_faults)
_CHECKS = (_SCHEMA, _FOREIGN_KEY, _PAYLOAD, _QUEUE, _FORWARD, _ORIGIN)


class _Receipt(msgspec.Struct, rename="camel"):
    """The member of a receipt of `submit -o ndjson` or `submit --accepted` that the check needs."""

    order_id: str | None = None


class ReceiptLine(NamedTuple):
    """An order id in a file of receipts, and its line."""

    line: int
    order_id: str


def receipts(path: str) -> Iterator[ReceiptLine]:
    """Read the order ids of a file of receipts; ignore a last line that was cut off.

    Raises:
        BadInputError: The file cannot be read, or a line of it is no receipt.
    """
    decode = msgspec.json.Decoder(_Receipt).decode
    try:
        with Path(path).open("rb") as file:
            for n, line in enumerate(file, 1):
                if line.endswith(b"\n") and (order_id := decode(line).order_id):
                    yield ReceiptLine(n, order_id)
    except OSError as error:
        raise BadInputError(f"Cannot read {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise BadInputError(f"{path}:{n}: this is no receipt: {error}") from error


def receipt_faults(store: Store, lines: Iterator[ReceiptLine]) -> Iterator[Discrepancy]:
    """Yield the orders in receipts that are not known.

    Purged entries that had failed may be among them: ignore as many unknown orders as there are such entries.
    """
    purged = consistency.purged_without_order(store)
    while chunk := list(islice(lines, CHUNK)):
        unknown = consistency.unknown_among(store, json.dumps([each.order_id for each in chunk]))
        for each in chunk:
            if each.order_id in unknown and purged:
                purged -= 1
            elif each.order_id in unknown:
                message = f"line {each.line} of the receipts has it, but the database does not"
                yield Discrepancy("receipt", each.order_id, message)


_ANY = "keep a copy of the database and report the fault; the last backup has the database as it was"
_REMEDIES: Mapping[Any, str] = {check.name: check.remedy for check in (_INTEGRITY, *_CHECKS)} | {
    **{check.name: check.remedy for check in ORDER_CHECKS},
    DOCUMENT: DOCUMENT_REMEDY,
    KIND: KIND_REMEDY,
    "receipt": f"submit the input of that run again, {_SUBMIT_AGAIN}",
}
