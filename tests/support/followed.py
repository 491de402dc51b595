"""Run `forward follow`, and look at what it has counted and at the states of the order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forwarding.conftest import Forwarding

ONE = {"target": "crm", "asked": 0, "changed": 0, "final": 0, "troubled": 0, "unread": 0, "paused": False}
SOON = 'follow_every = "1ms"\n'


def follow(forwarding: Forwarding, *words: str) -> Any:
    return forwarding("forward", "follow", "-o", "json", *words)


def counts(result: Any) -> Any:
    """What a run has counted, by target; an idle run prints nothing."""
    return [{name: each[name] for name in ONE} for each in (result.json if result.stdout else [])]


def states(forwarding: Forwarding, name: str = "PO-1") -> list[str]:
    """The states of an order and of its line items."""
    document = forwarding("show", name, "-o", "json").json
    return [document["state"], *(each["state"] for each in document["productOrderItem"])]
