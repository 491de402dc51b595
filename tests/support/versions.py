"""Where a place of an order of TMF622 v4 is in the same order of v5."""

from __future__ import annotations

import re

# Where a place of a v4 order is in the same order of v5.
PLACES = (
    (re.compile(r"^/externalId$"), "/externalId/0/id"),
    (re.compile(r"^(/relatedParty/\d+)/(id|name|@referredType)$"), r"\1/partyOrPartyRole/\2"),
    (re.compile(r"^(/channel/\d+)/(id|name)$"), r"\1/channel/\2"),
    (re.compile(r"(/product/place)/(id|name)$"), r"\1/0/\2"),  # one place of servicenow
    (re.compile(r"(/product/place/\d+)/(id|name)$"), r"\1/place/\2"),
    (re.compile(r"(/product/relatedParty/\d+)/(id|name|@referredType)$"), r"\1/partyOrPartyRole/\2"),
)


def place_in_v5(pointer: str) -> str:
    """The place in the v5 form of what stands at a place of a v4 order."""
    for place, other in PLACES:
        pointer = place.sub(other, pointer)
    return pointer
