"""Whether the characteristics of a product specification depend on each other in a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ordercli.reference.records import Characteristic, ProductSpecification

_Related = dict[str, list[tuple[str, str]]]  # name -> names it leads to, each with the pointer that says so

# Two characteristics that exclude each other say so on both sides.
_NO_DEPENDENCY = "exclusivity"


class Circle(NamedTuple):
    """The names of a circle, the first one again at the end, and the JSON pointer of the name that closes it."""

    names: list[str]
    pointer: str


def find_circle(specification: ProductSpecification) -> Circle | None:
    """The first circle among the characteristics; None where there is none."""
    related = _related(specification)
    done: set[str] = set()
    for root in related:
        if circle := _walk(root, related, done):
            return circle
    return None


def _walk(root: str, related: _Related, done: set[str]) -> Circle | None:
    """Go down from a characteristic until one comes again; those without a circle below them are `done`."""
    path: dict[str, Iterator[tuple[str, str]]] = {} if root in done else {root: iter(related[root])}
    while path:
        last = next(reversed(path))
        for name, pointer in path[last]:
            if name in path:
                names = list(path)
                return Circle([*names[names.index(name) :], name], pointer)
            if name not in done:
                path[name] = iter(related[name])
                break
        else:
            done.add(last)
            del path[last]
    return None


def _related(specification: ProductSpecification) -> _Related:
    characteristics = specification.product_spec_characteristic or []
    by_place = {n: each for n, each in enumerate(characteristics) if each and each.name}
    related: _Related = {each.name: [] for each in by_place.values() if each.name}
    here = {None, specification.id, specification.external_id, *(each.id for each in by_place.values())}
    for n, each in by_place.items():
        related[each.name or ""] += _leads_to(each, f"/productSpecCharacteristic/{n}", related, here)
    return related


def _leads_to(
    characteristic: Characteristic, pointer: str, known: Mapping[str, object], here: set[str | None]
) -> Iterator[tuple[str, str]]:
    """The characteristics of the same specification that one names, with the pointers of these names."""
    for n, relation in enumerate(characteristic.product_spec_char_relationship or ()):
        if relation and relation.name in known and relation.id in here and relation.relationship_type != _NO_DEPENDENCY:
            yield relation.name or "", f"{pointer}/productSpecCharRelationship/{n}/name"
