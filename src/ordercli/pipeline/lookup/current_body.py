"""The key of a customer order becomes its caller's document, as patches left it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ordercli.inbound import payloads
from ordercli.orders import store

if TYPE_CHECKING:
    from ordercli.database.driver import Connection


def current_body(connection: Connection, seq: int) -> bytes:
    """The document as the last patch left it; without one, as it was accepted.

    Raises:
        BadDatabaseError: it is no longer what was written.
    """
    kept = store.revised_document(connection, seq) or payloads.read(connection, seq)
    if kept is None:
        raise LookupError(f"the payload {seq} of an order is lost")
    return payloads.undamaged(*kept)
