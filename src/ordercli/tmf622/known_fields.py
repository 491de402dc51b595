"""The names of all fields that an order may have, by the object that they stand in; origin in known_fields.md."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

# A field leads to the fields of the object in it, or of the objects in its list; None: nothing is looked into.
Fields = dict[str, "Fields | None"]


@cache
def kinds() -> dict[str, dict[str, str | None]]:
    """The fields of each kind of object, `ProductOrder` among them; each leads to the kind of object in it."""
    found: dict[str, dict[str, str | None]] = json.loads(
        Path(__file__).with_name("known_fields.json").read_text(encoding="utf-8")
    )
    return found


@cache
def standard_types() -> frozenset[str]:
    """Return the names that an object of the standard may have as its `@type`; any other is an extension (TMF630)."""
    return frozenset(json.loads(Path(__file__).with_name("standard_types.json").read_text(encoding="utf-8")))


@cache
def order_fields() -> Fields:
    """The fields of a product order."""
    known: dict[str, Fields] = {kind: {} for kind in kinds()}
    for kind, members in kinds().items():
        known[kind].update((name, known[below] if below else None) for name, below in members.items())
    return known["ProductOrder"]
