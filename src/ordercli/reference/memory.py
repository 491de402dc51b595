"""Keep a few records in memory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from ordercli.reference.lookup import Name


class HeldRecords:
    """A few records as a source for ReferenceData; later ones are newer."""

    def __init__(self, *records: dict[str, Any]) -> None:
        self._records = records

    def look_ahead(self, names: Iterable[Name]) -> None:
        """Do nothing: all records are in memory."""

    def types(self) -> frozenset[str]:
        """Return the types of which there is a record."""
        return frozenset(each["@type"] for each in self._records)

    def knows(self, record_type: str, name: str) -> bool:
        """Return whether there is a record of the type with this id or external id."""
        return bool(self.find(record_type, name))

    def find(self, record_type: str, name: str) -> list[bytes]:
        """Return the body of the record with this id, else of all with this external id, the newest first."""
        of_type = [each for each in reversed(self._records) if each["@type"] == record_type]
        found = [each for each in of_type if each["id"] == name][:1]
        found = found or [each for each in of_type if each.get("externalId") == name]
        return [msgspec.json.encode(each) for each in found]

    def relating_to(self, names: Iterable[str], relationship_type: str) -> list[str]:
        """Return the ids of the specifications that name one of these ids in a relation of the type."""
        wanted = [{"id": name, "relationshipType": relationship_type} for name in names]
        return [each["id"] for each in self._records if any(one in wanted for one in _relations(each))]

    def names_near(self, record_type: str, name: str) -> list[str]:  # noqa: ARG002 - all are near
        """Return all ids and external ids of the type."""
        of_type = [each for each in self._records if each["@type"] == record_type]
        return [each[member] for member in ("id", "externalId") for each in of_type if each.get(member)]

    def has_relations(self, relationship_types: tuple[str, str]) -> bool:
        """Return whether any specification states a relation of one of these types."""
        return any(one["relationshipType"] in relationship_types for each in self._records for one in _relations(each))


def _relations(record: dict[str, Any]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = record.get("productSpecificationRelationship", [])
    return found
