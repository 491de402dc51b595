"""What an operator does about a fault that the audit has found."""

from __future__ import annotations

_CHANGED_BY_HAND = (
    "somebody else than ordercli changed the database; `ordercli history ID` tells what ordercli did, and the last"
    " backup has the order as it was"
)
_REMEDIES = {
    "integrity": (
        "the file is damaged: stop every run, keep a copy of the file with its -wal, restore the last backup, and"
        " submit again what came after it (orders with an externalId are not created twice)"
    ),
    "foreign-key": _CHANGED_BY_HAND,
    "payload": (
        "the document was changed after it was accepted: of an order that waits, `ordercli queue discard ID` and submit"
        " it again; of one that was created, the last backup has it as it came"
    ),
    "queue": (
        "`ordercli batch show ID --orders` tells what is known of a batch; submit its input again, which creates only"
        " orders that are not known, and report the fault: it is a bug, or somebody else changed the database"
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


def remedy(check: str) -> str:
    """What to do about the faults of this check."""
    return _REMEDIES.get(check, _ANY)
