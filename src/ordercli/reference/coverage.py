"""How many of the rules that ask reference data are on: a rule says nothing while no record of its type is loaded."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ordercli.reference.records import RECORD_TYPES

State = Literal["on", "partial", "off"]


class Coverage(NamedTuple):
    """The types of which no record is loaded; `switched_off` where a setting leaves the rules out."""

    missing: tuple[str, ...] = RECORD_TYPES
    switched_off: bool = False

    @property
    def state(self) -> State:
        """Whether all of the rules are on, some, or none."""
        if not self.missing:
            return "on"
        return "off" if len(self.missing) == len(RECORD_TYPES) else "partial"

    def as_json(self) -> dict[str, object]:
        """Return the members that a summary has of it."""
        return {"referenceRules": self.state, "missingReferenceTypes": list(self.missing)}
