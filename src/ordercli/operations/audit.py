"""Hold everything in the database against everything else."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from ordercli.database.catalogue import foreign_objects
from ordercli.database.opening import open_current
from ordercli.database.store import snapshot
from ordercli.errors import BadInputError
from ordercli.operations.audit_orders import Discrepancy, order_faults
from ordercli.operations.copy import metadata
from ordercli.queue import consistency, payloads
from ordercli.resources.product_order.order_store import revised_documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.store import Store
    from ordercli.queue.consistency import Account


_CHANGED_BY_HAND = "somebody else than ordercli changed the database; the last backup has it as it was"
_REMEDIES = {
    "integrity": (
        "the file is damaged: stop every run, keep a copy of the file with its -wal, restore the last backup, and"
        " submit again what came after it (orders with an externalId are not created twice)"
    ),
    "schema": (
        "what others have made in the database can change or refuse what ordercli writes: drop it, or (a table, a view)"
        " move it into a schema of its own"
    ),
    "foreign-key": _CHANGED_BY_HAND,
    "payload": (
        "the document was changed after it was accepted: of an order that waits, discard the entry (`ordercli queue"
        " list --state new` has its id) and submit it again; of one that was created, the last backup has it as it came"
    ),
    "queue": (
        "`ordercli batch list` tells what is known of each batch; submit the input again, which creates only orders"
        " that are not known, and report the fault: it is a bug, or somebody else changed the database"
    ),
    "document": f"the stored document cannot be used: {_CHANGED_BY_HAND}",
    "receipt": (
        "submit the input of that run again, which creates only orders that are not known, and report the fault: it is"
        " a bug, or somebody else changed the database"
    ),
    "tables": _CHANGED_BY_HAND,
    "history": _CHANGED_BY_HAND,
    "states": _CHANGED_BY_HAND,
}
_ANY = "keep a copy of the database and report the fault; the last backup has the database as it was"


def remedy(check: str, order_id: str | None = None) -> str:
    """Return what to do about a fault of this check; with the order that it concerns, how to look at that."""
    told = _REMEDIES.get(check, _ANY)
    if order_id and told.endswith(_CHANGED_BY_HAND):
        return f"{told}, and `ordercli history {order_id}` tells what ordercli did"
    return told


CHUNK = 500


class _Receipt(msgspec.Struct, rename="camel"):
    """What `submit -o ndjson` and `submit --accepted` write, as far as it is needed here."""

    order_id: str | None = None


class Promised(NamedTuple):
    """An order id that was given out, and the line of the file that says so."""

    line: int
    order_id: str


def receipts(path: str) -> Iterator[Promised]:
    """The order ids of a file of receipts; one that was cut off in its last line is taken up to there.

    Raises:
        BadInputError: the file cannot be read, or a line of it is no receipt.
    """
    decode = msgspec.json.Decoder(_Receipt).decode
    try:
        with Path(path).open("rb") as file:
            for n, line in enumerate(file, 1):
                if line.endswith(b"\n") and (order_id := decode(line).order_id):
                    yield Promised(n, order_id)
    except OSError as error:
        raise BadInputError(f"Cannot read {path}: {error.strerror}") from error
    except msgspec.MsgspecError as error:
        raise BadInputError(f"{path}:{n}: this is no receipt: {error}") from error


def receipt_faults(connection: Store, promised: Iterator[Promised]) -> Iterator[Discrepancy]:
    """The orders that were promised and are not known.

    Where entries that had failed were purged, those may be the ones: then as many as these are passed over.
    """
    forgiven = consistency.purged_without_order(connection)
    while chunk := list(islice(promised, CHUNK)):
        unknown = consistency.unknown_among(connection, json.dumps([each.order_id for each in chunk]))
        for each in chunk:
            if each.order_id in unknown and forgiven:
                forgiven -= 1
            elif each.order_id in unknown:
                yield Discrepancy(
                    "receipt", each.order_id, f"line {each.line} of the receipts promises it; it is not there"
                )


def audit(database: str, receipt_file: str | None = None) -> Iterator[Discrepancy]:
    """The faults of the database, all looked for in one state of it: none is expected.

    With a file of receipts, as `submit -o ndjson` prints them, what those promise must be there too.

    Raises:
        BadDatabaseError: there is none of ours, it has another schema, or it is too damaged to be read.
        BadInputError: the receipts cannot be read.
    """
    with closing(open_current(database)) as connection, snapshot(connection):
        damage = [Discrepancy("integrity", None, fault) for fault in connection.damage()]
        yield from damage
        if damage:  # one index tells of rows that another does not know: what is found next would mean nothing
            return
        yield from _schema_faults(connection)
        yield from _reference_faults(connection)
        yield from _payload_faults(connection)
        yield from _queue_faults(connection)
        yield from order_faults(connection)
        if receipt_file:
            yield from receipt_faults(connection, receipts(receipt_file))


def _schema_faults(connection: Store) -> Iterator[Discrepancy]:
    made = metadata().tables
    indexes = {str(index.name) for table in made.values() for index in table.indexes}
    for kind, name, table in foreign_objects(connection, set(made), indexes):
        place = f" on {table}" if table != name else ""
        yield Discrepancy("schema", None, f"the {kind} {name}{place} was not made by ordercli")


def _reference_faults(connection: Store) -> Iterator[Discrepancy]:
    for table, row, parent in connection.broken_references():
        yield Discrepancy("foreign-key", None, f"row {row} of {table} points at nothing in {parent}")


def _payload_faults(connection: Store) -> Iterator[Discrepancy]:
    for kind, documents in (
        ("accepted", payloads.every(connection)),
        ("revised", revised_documents(connection)),
    ):
        for seq, sha256, body in documents:
            if not isinstance(body, bytes) or payloads.digest(body) != sha256:
                yield Discrepancy("payload", None, f"the {kind} document {seq} is no longer what was written")
    for seq in consistency.ownerless_payloads(connection):
        yield Discrepancy("payload", None, f"the accepted document {seq} belongs to no entry and to no order")


def _queue_faults(connection: Store) -> Iterator[Discrepancy]:
    for account in consistency.accounts(connection):
        yield from _account_faults(account)
    for batch_id, read, decided in consistency.miscounted(connection):
        yield Discrepancy("queue", None, f"batch {batch_id} has read {read} orders and decided about {decided}")
    for order_id in consistency.completed_without_order(connection):
        yield Discrepancy("queue", order_id, "its entry is completed, but there is no customer order")
    for order_id, state in consistency.created_but_not_completed(connection):
        yield Discrepancy("queue", order_id, f"there is a customer order, but its entry is {state}")
    for external_id, source in consistency.external_ids_twice(connection):
        yield Discrepancy("queue", None, f"externalId {external_id!r} of source {source!r} is held twice")
    for order_id in consistency.unlike_their_orders(connection):
        yield Discrepancy("queue", order_id, "its entry and its customer order tell of other batches, sources or ids")
    yield from _resend_faults(connection)
    for order_id, error in consistency.stored_errors(connection):
        if not _is_error_body(error):
            yield Discrepancy("queue", order_id, "the reason of its error cannot be read")


def _resend_faults(connection: Store) -> Iterator[Discrepancy]:
    """A line of a rejects file stands for one order, and takes the place of the entry that it was exported from."""
    for order_id, other in consistency.created_and_sent_again(connection):
        yield Discrepancy("queue", order_id, f"it was created or still waits, and was sent again as order {other}")
    for order_id, state in consistency.exported_and_not_failed(connection):
        yield Discrepancy("queue", order_id, f"its exported line can still be sent, and its entry is {state}")
    for line, order_id in consistency.without_order(connection):
        message = f"record {line.record} of batch {line.batch_id} was sent again as this order, which is not known"
        yield Discrepancy("queue", order_id, message)


def _is_error_body(error: str | None) -> bool:
    try:
        return bool(json.loads(error or "")["details"])
    except (ValueError, LookupError, TypeError):
        return False


def _account_faults(account: Account) -> Iterator[Discrepancy]:
    """Accepted = created + kept + purged; and every order that was queued had its entry."""
    known = account.created + account.kept + account.purged
    if account.accepted != known:
        yield Discrepancy(
            "queue", None, f"batch {account.batch_id} accepted {account.accepted} orders, {known} are known"
        )
    entries = account.completed + account.purged_completed
    if account.mode == "async" and account.created != entries:
        told = f"batch {account.batch_id} has {account.created} customer orders and {entries} completed entries"
        yield Discrepancy("queue", None, told)
