"""The fields that the objects of a standard are known to have."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

# Field -> fields of the object in it, or of the objects in its list; None if it holds no known objects.
Fields = dict[str, "Fields | None"]


class KnownFields:
    """The known fields of a document, read from two files of `folder` on first use; `edition` ends their names.

    `known_fields.json` has the fields of each kind of object, each with the kind of object that it holds; `root` is the
    kind of the document. `standard_types.json` has the names that an object of the standard may have as its `@type`;
    any other is an extension (TMF630).
    """

    def __init__(self, folder: Path, root: str, edition: str = "") -> None:
        self.root = root
        self.name = f"{root}{edition}"
        self._folder = folder
        self._edition = edition

    @cached_property
    def kinds(self) -> dict[str, dict[str, str | None]]:
        """The fields of each kind of object, each with the kind of object that it holds."""
        found: dict[str, dict[str, str | None]] = msgspec.json.decode(
            self._folder.joinpath(f"known_fields{self._edition}.json").read_bytes()
        )
        return found

    @cached_property
    def standard_types(self) -> frozenset[str]:
        """The names of the types of the standard."""
        return frozenset(msgspec.json.decode(self._folder.joinpath(f"standard_types{self._edition}.json").read_bytes()))

    @cached_property
    def fields(self) -> Fields:
        """The fields of the document."""
        known: dict[str, Fields] = {kind: {} for kind in self.kinds}
        for kind, members in self.kinds.items():
            known[kind].update((name, known[below] if below else None) for name, below in members.items())
        return known[self.root]
