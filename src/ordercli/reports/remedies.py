"""What an operator does about a fault that the audit has found."""

from __future__ import annotations

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
