"""Export entries of the queue as lines of a rejects file, which can be repaired and submitted again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import cast

from ordercli.clock import timestamp_now
from ordercli.database.opening import open_database
from ordercli.database.store import Store, transaction
from ordercli.errors import BadDatabaseError, reading
from ordercli.intake.record import Line, Origin, Record
from ordercli.operations.contexts import Context, reject_line
from ordercli.queue import entry_changes
from ordercli.queue.entries import EntryView, digest, read_payload, stored_error
from ordercli.rulebook.rule import Finding
from ordercli.settings import ProfileName

CHUNK = 200


def export_entries(database: str, keys: Sequence[int]) -> Iterator[bytes]:
    """Return the lines of the rejects file, one for each entry with one of these keys, in the order of their arrival.

    Lines of findings are lines of the file that the order came from. The queue does not keep the column where an order
    began, so columns on its first line count from the start of the order; in NDJSON both are the same.
    """
    arrived = sorted(keys)
    with closing(open_database(database)) as store:
        for first in range(0, len(arrived), CHUNK):
            for entry in _marked(store, arrived[first : first + CHUNK]):
                payload = read_payload(store, entry.seq)
                if payload:
                    yield _line(entry, _undamaged(entry, *payload))


def _marked(store: Store, seqs: Sequence[int]) -> list[EntryView]:
    """Record that the lines of these entries may be sent, and return the entries in the order of their arrival."""
    with transaction(store, "export"):
        found = entry_changes.locked(store, seqs)
        entry_changes.mark_exported(store, seqs, timestamp_now())
    return found[::-1]


def _undamaged(entry: EntryView, sha256: bytes, body: bytes) -> bytes:
    """Return the payload if it is still what was accepted.

    Raises:
        BadDatabaseError: it is not.
    """
    if digest(body) != sha256:
        help_ = f"leave it out: `ordercli queue discard {entry.order_id} --reason damaged`; the caller has the order"
        raise BadDatabaseError(f"The payload of {entry.order_id} is damaged", hint=help_)
    return body


def _line(entry: EntryView, body: bytes) -> bytes:
    record = Record(body, entry.file, entry.line, 1, entry.record)
    context = Context("submit", entry.source, cast("ProfileName", entry.profile), "async", entry.target)
    origin = Origin(Line(entry.batch_id, entry.file, entry.record), entry.order_id)
    return reject_line(entry.batch_id, context, record, _findings(entry), origin, entry.resource)


def _findings(entry: EntryView) -> list[Finding]:
    """Return the findings from which the stored error body was made."""
    details = stored_error(entry).get("details", [])
    with reading(f"the error of {entry.order_id}"):
        return [Finding(each["rule"], "error", each.get("datapath") or "", each["message"]) for each in details]
