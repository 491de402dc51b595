"""The fields that the objects of a standard are known to have."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator
    from pathlib import Path

# Field -> fields of the object in it, or of the objects in its list; None if it holds no known objects.
Fields = dict[str, "Fields | None"]


Kinds = dict[str, dict[str, str | None]]


class Extension(NamedTuple):
    """What another standard adds to the kinds of objects; `edition` ends the name of its file of known fields.

    A document is written in it if it has the member `member`, which this standard alone has, or if the `@type` or the
    `@schemaLocation` of any object in it begins as `types` says.
    """

    edition: str
    member: str
    types: re.Pattern[str]

    def is_declared_in(self, document: dict[str, Any]) -> bool:
        """Return whether a document is written in this standard."""
        return document.get(self.member) is not None or any(self.types.match(name) for name in _declared(document))


def _declared(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the types and the schemas that objects name, at any depth."""
    if isinstance(value, list):
        for element in value:
            yield from _declared(element)
    elif isinstance(value, dict):
        yield from (name for each in ("@type", "@schemaLocation") if isinstance(name := value.get(each), str))
        for member in value.values():
            yield from _declared(member)


class KnownFields:
    """The known fields of a document, read from two files of `folder` on first use; `edition` ends their names.

    `known_fields.json` has the fields of each kind of object, each with the kind of object that it holds; `root` is the
    kind of the document. `standard_types.json` has the names that an object of the standard may have as its `@type`;
    any other is an extension (TMF630). The fields that `extension` adds are known in the documents that declare it.
    """

    def __init__(self, folder: Path, root: str, edition: str = "", extension: Extension | None = None) -> None:
        self.root = root
        self.name = f"{root}{edition}"
        self._folder = folder
        self._edition = edition
        self._extension = extension

    @cached_property
    def kinds(self) -> Kinds:
        """The fields of each kind of object, each with the kind of object that it holds."""
        return self._kinds_in(self._edition)

    @cached_property
    def standard_types(self) -> frozenset[str]:
        """The names of the types of the standard."""
        return frozenset(msgspec.json.decode(self._folder.joinpath(f"standard_types{self._edition}.json").read_bytes()))

    @cached_property
    def fields(self) -> Fields:
        """The fields of the document."""
        return _fields(self.kinds, self.root)

    def fields_of(self, document: dict[str, Any]) -> Fields:
        """Return the fields of this document, with those of the extension if it declares one."""
        extension = self._extension
        return self._extended_fields if extension and extension.is_declared_in(document) else self.fields

    @cached_property
    def _extended_fields(self) -> Fields:
        added = self._kinds_in(self._extension.edition) if self._extension else {}
        return _fields({kind: {**added.get(kind, {}), **members} for kind, members in self.kinds.items()}, self.root)

    def _kinds_in(self, edition: str) -> Kinds:
        found: Kinds = msgspec.json.decode(self._folder.joinpath(f"known_fields{edition}.json").read_bytes())
        return found


def _fields(kinds: Kinds, root: str) -> Fields:
    known: dict[str, Fields] = {kind: {} for kind in kinds}
    for kind, members in kinds.items():
        known[kind].update((name, known[below] if below else None) for name, below in members.items())
    return known[root]
