"""The findings that no rule makes, and a hint: what the queue and the store have to say about an order."""

from __future__ import annotations

from ordercli.validation.finding import Finding

CREATION_FAILED = "Invalid payload: Order creation failed"


def unknown(identifier: str | None, source: str | None) -> str:
    """Return the hint to ORD404, whose message does not name the order."""
    of_source = f" from source {source!r}" if source else ""
    return f"nothing is known as {identifier!r}{of_source}"


def conflict(external_id: str, source: str) -> Finding:
    """ORD420: the external id is taken by an order with other content."""
    return Finding(
        "ORD420",
        "error",
        "/externalId",
        f"externalId {external_id!r} is known in source {source!r} with other content",
    )


def sent_before(order_id: str | None) -> Finding:
    """ORD420: the line of a rejects file was accepted before, with other content; in a dry run no order has an id."""
    became = f", and became order {order_id}" if order_id else ""
    message = f"this line of a rejects file was sent before with other content{became}"
    return Finding("ORD420", "error", "", message)


def entry_moved_on(reason: str) -> Finding:
    """ORD420: the exported entry whose line is sent could still become an order, or has become one."""
    return Finding("ORD420", "error", "", f"{reason}; its exported line can be sent only while it has failed")


def creation_failed(reason: str) -> list[Finding]:
    """ORD190 with what stood in the way."""
    return [Finding("ORD190", "error", "", CREATION_FAILED), Finding("ORD190", "error", "", reason)]


def payload_damaged() -> list[Finding]:
    """ORD191: the stored bytes are not those that were accepted."""
    return _queue_fault("ORD191", "The stored payload does not match the SHA-256 taken when it was accepted")


def worker_lost(times: int) -> list[Finding]:
    """ORD192: whoever worked on the entry died of it, every time."""
    return _queue_fault("ORD192", f"The process that worked on this entry was lost {times} times")


def attempts_exhausted(attempts: int, reason: str) -> list[Finding]:
    """ORD193: the last of many attempts failed too."""
    return _queue_fault("ORD193", f"Attempt {attempts} failed as those before it: {reason}")


def _queue_fault(code: str, detail: str) -> list[Finding]:
    return [Finding(code, "error", "", CREATION_FAILED), Finding(code, "error", "", detail)]
