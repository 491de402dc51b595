"""What the reference data lists: a record with an id of its own and, mostly, one from an outer system."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from scripts.make_samples.documents import given, identifier

if TYPE_CHECKING:
    from scripts.make_samples.documents import Json


@dataclass(frozen=True, kw_only=True)
class Listed:
    """One record: `kind` is its `@type`, `label` the member that holds its name.

    Kinds without a `prefix` have no external id.
    """

    kind: ClassVar[str]
    label: ClassVar[str] = "name"
    prefix: ClassVar[str | None] = None

    key: str
    name: str

    @property
    def id(self) -> str:
        """32 hexadecimal characters."""
        return identifier(self.kind, self.key)

    @property
    def external_id(self) -> str | None:
        """The name that the outer system gave it, such as `LOC-DE01`."""
        return f"{self.prefix}-{self.key}" if self.prefix else None

    def called(self, *, outside: bool) -> str:
        """Choose the id by which an order knows it."""
        return (outside and self.external_id) or self.id

    def details(self) -> Json:
        """Members beyond type, ids and name."""
        return {}

    def record(self) -> Json:
        """Give the reference record."""
        head = {"@type": self.kind, "id": self.id, "externalId": self.external_id, self.label: self.name}
        return given(head | self.details())
