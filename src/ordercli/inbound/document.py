"""An entry of the inbound queue as it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ordercli.database.damage import reading

if TYPE_CHECKING:
    from ordercli.inbound.entries import EntryView


def entry_document(entry: EntryView) -> dict[str, Any]:
    """An entry as `queue list` and `queue show` print it."""
    return {
        "orderId": entry.order_id,
        "externalId": entry.external_id,
        "source": entry.source,
        "resource": entry.resource,
        "state": entry.state,
        "statusCode": entry.status_code,
        "attempts": entry.attempts,
        "errorCode": entry.error_code,
        "createdAt": entry.created_at,
        "updatedAt": entry.updated_at,
        "executeAfter": entry.execute_after,
        "batchId": entry.batch_id,
        "line": entry.line,
        "exportedAt": entry.exported_at,
        "sentAgainAs": entry.sent_again_as,
    }


def stored_error(entry: EntryView) -> dict[str, Any]:
    """The error body that an entry keeps; empty where there is none.

    Raises:
        BadDatabaseError: it is no longer what was written.
    """
    import json  # noqa: PLC0415 - few entries have one

    with reading(f"the error of {entry.order_id}"):
        body: dict[str, Any] = {**json.loads(entry.error or "{}")}
        return body
