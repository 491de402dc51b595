"""Everything in the database is held against everything else; what does not agree is a fault."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

from sqlmodel import SQLModel

import ordercli.inbound.tables
import ordercli.orders.tables
import ordercli.reference.tables  # noqa: F401 - the tables make themselves known
from ordercli.database.connection import open_current
from ordercli.database.dialect import is_postgresql
from ordercli.database.objects import foreign_objects
from ordercli.database.transaction import snapshot
from ordercli.inbound import accounts, payloads, sent_again
from ordercli.orders.stored import revised_documents
from ordercli.reports.audit_orders import Discrepancy, order_faults
from ordercli.reports.audit_receipts import receipt_faults, receipts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ordercli.database.driver import Connection
    from ordercli.inbound.accounts import Account


def audit(database: str, receipt_file: str | None = None) -> Iterator[Discrepancy]:
    """The faults of the database, all looked for in one state of it: none is expected.

    With a file of receipts, as `submit -o ndjson` prints them, what those promise must be there too.

    Raises:
        BadDatabaseError: there is none of ours, it has another schema, or it is too damaged to be read.
        BadInputError: the receipts cannot be read.
    """
    with closing(open_current(database)) as connection, snapshot(connection):
        damage = list(_damage(connection))
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


def _damage(connection: Connection) -> Iterator[Discrepancy]:
    if is_postgresql(connection):  # a server checks its pages where it is told to
        return
    for (said,) in connection.execute("PRAGMA integrity_check").fetchall():
        if said != "ok":
            yield Discrepancy("integrity", None, said)


def _schema_faults(connection: Connection) -> Iterator[Discrepancy]:
    made = SQLModel.metadata.tables
    indexes = {str(index.name) for table in made.values() for index in table.indexes}
    for kind, name, table in foreign_objects(connection, set(made), indexes):
        place = f" on {table}" if table != name else ""
        yield Discrepancy("schema", None, f"the {kind} {name}{place} was not made by ordercli")


def _reference_faults(connection: Connection) -> Iterator[Discrepancy]:
    if is_postgresql(connection):  # and keeps its references itself
        return
    for table, row, parent, _ in connection.execute("PRAGMA foreign_key_check").fetchall():
        yield Discrepancy("foreign-key", None, f"row {row} of {table} points at nothing in {parent}")


def _payload_faults(connection: Connection) -> Iterator[Discrepancy]:
    for kind, documents in (
        ("accepted", payloads.every(connection)),
        ("revised", revised_documents(connection)),
    ):
        for seq, sha256, body in documents:
            if not isinstance(body, bytes) or payloads.digest(body) != sha256:
                yield Discrepancy("payload", None, f"the {kind} document {seq} is no longer what was written")
    for seq in accounts.ownerless_payloads(connection):
        yield Discrepancy("payload", None, f"the accepted document {seq} belongs to no entry and to no order")


def _queue_faults(connection: Connection) -> Iterator[Discrepancy]:
    for account in accounts.accounts(connection):
        yield from _account_faults(account)
    for batch_id, read, decided in accounts.miscounted(connection):
        yield Discrepancy("queue", None, f"batch {batch_id} has read {read} orders and decided about {decided}")
    for order_id in accounts.completed_without_order(connection):
        yield Discrepancy("queue", order_id, "its entry is completed, but there is no customer order")
    for order_id, state in accounts.created_but_not_completed(connection):
        yield Discrepancy("queue", order_id, f"there is a customer order, but its entry is {state}")
    for external_id, source in accounts.external_ids_twice(connection):
        yield Discrepancy("queue", None, f"externalId {external_id!r} of source {source!r} is held twice")
    for order_id in accounts.unlike_their_orders(connection):
        yield Discrepancy("queue", order_id, "its entry and its customer order tell of other batches, sources or ids")
    yield from _resend_faults(connection)
    for order_id, error in accounts.stored_errors(connection):
        if not _is_error_body(error):
            yield Discrepancy("queue", order_id, "the reason of its error cannot be read")


def _resend_faults(connection: Connection) -> Iterator[Discrepancy]:
    """A line of a rejects file stands for one order, and takes the place of the entry that it was exported from."""
    for order_id, other in sent_again.created_and_sent_again(connection):
        yield Discrepancy("queue", order_id, f"it was created or still waits, and was sent again as order {other}")
    for order_id, state in sent_again.exported_and_not_failed(connection):
        yield Discrepancy("queue", order_id, f"its exported line can still be sent, and its entry is {state}")
    for line, order_id in sent_again.without_order(connection):
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
