"""Look up reference data for the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from typing import Any, ClassVar, NamedTuple, Protocol, TypeGuard

from ordercli.errors import UNREADABLE, damaged
from ordercli.reference.allowed_values import AllowedValues
from ordercli.reference.record_types import RECORD_TYPES
from ordercli.reference.records import (
    Currency,
    Product,
    ProductOffering,
    ProductSpecification,
    bundled_ids,
    decode_record,
)

HAS_CHILD, HAS_PARENT = "HasChild", "HasParent"


def identity(specification: ProductSpecification) -> str:
    """Return the id that all versions of a specification share: its external id, or its id if it has none."""
    return specification.external_id or specification.id


def names(specification: ProductSpecification) -> list[str]:
    """Return the ids by which other records can refer to a specification."""
    return [each for each in (specification.id, specification.external_id) if each]


def related_ids(specification: ProductSpecification, relationship_type: str) -> list[str]:
    """Return the ids that a specification names in relations of the type."""
    relations = specification.relations or ()
    return [each.id for each in relations if each and each.id and each.relationship_type == relationship_type]


def is_part_of(child: ProductSpecification, parent: ProductSpecification) -> bool:
    """Return whether either record states the relation: HasChild in the parent, or HasParent in the child."""
    named_as_child = related_ids(parent, HAS_CHILD)
    named_as_parent = related_ids(child, HAS_PARENT)
    return any(name in named_as_child for name in names(child)) or any(
        name in named_as_parent for name in names(parent)
    )


# The number of cached answers. Answers about the catalogue are large, but a few of them are needed again and again.
CATALOGUE_ANSWERS = 1024
# Unknown names of a run that are compared with the known ones, their length, and the least similarity that counts.
MOST_NEAR = 100
LONGEST_NEAR = 100
LEAST_NEAR = 0.8
OTHER_ANSWERS = 8192

# The type of a record, and its id or external id.
Name = tuple[str, str]


class Records(Protocol):
    """A source of records: a file (`StoredRecords`), a server (`ServedRecords`), or memory (`HeldRecords`)."""

    def look_ahead(self, names: Iterable[Name]) -> None:
        """Prepare for lookups of these names; an implementation need not read the iterator."""

    def types(self) -> frozenset[str]:
        """Return the types of which there is a record."""

    def knows(self, record_type: str, name: str) -> bool:
        """Return whether there is a record of the type with this id or external id."""

    def find(self, record_type: str, name: str) -> list[bytes]:
        """Return the body of the record with this id, else of all with this external id, the newest first."""

    def relating_to(self, names: Iterable[str], relationship_type: str) -> list[str]:
        """Return the ids of the specifications that name one of these ids in a relation of the type."""

    def has_relations(self, relationship_types: tuple[str, str]) -> bool:
        """Return whether any specification states a relation of one of these types."""

    def names_near(self, record_type: str, name: str) -> list[str]:
        """Return ids and external ids of the type that may be similar: all, or those that sort near the name."""


class Reference(Protocol):
    """How an order refers to an offering or a specification."""

    id: str | None
    internal_version: str | None
    version: str | None


class _Match(NamedTuple):
    """The record that a reference means; if there is none, the member of the reference that matches no record."""

    record: Any
    unmatched: str | None


_NOTHING = _Match(None, None)


class Ordered(NamedTuple):
    """The catalogue records that a line item refers to.

    If no record matches the offering or the specification, `unmatched_…` is the member of the reference that differs
    (`id`, `internalVersion`, `version`). `fits` tells whether the offering can be ordered with the specification; it
    is true if one of them is unknown. `characteristics` has the allowed values of each characteristic; it is None if
    the specification is unknown or lists no characteristics. `agrees` if nothing is unmatched and both fit.
    """

    unmatched_offering: str | None
    specification: ProductSpecification | None
    unmatched_specification: str | None
    fits: bool
    characteristics: Mapping[str, AllowedValues] | None
    agrees: bool


class _NoReference:
    """How a line item without an offering, or without a specification, refers to it."""

    id = internal_version = version = None


_NO_REFERENCE: Any = _NoReference()


def _is_given(name: str | None) -> TypeGuard[str]:
    return bool(name and not name.isspace())


class OrderedByItems(dict[Any, Ordered]):
    """`Ordered` for each line item of an order, computed on first use; items are compared by identity.

    `look` takes id, internal version and version of the offering, then those of the specification.
    """

    def __init__(self, look: Callable[..., Ordered]) -> None:
        super().__init__()
        self._look = look

    def __missing__(self, item: Any) -> Ordered:  # noqa: ANN401 - the item of either profile
        offering = item.product_offering or _NO_REFERENCE
        product = item.product
        named = (product.product_specification if product else None) or _NO_REFERENCE
        ordered = self[item] = self._look(
            offering.id, offering.internal_version, offering.version, named.id, named.internal_version, named.version
        )
        return ordered


class ReferenceData:
    """The reference data that rules use, looked up when an order refers to it, in bounded memory.

    `ordered` gives the catalogue records of a line item; it keeps the items of one order, until `order_validated`.
    A name is an id, else an external id. `loaded` are the types that have records; with `strict`, all types. Records
    that are imported during a run are used by it, except where an answer is cached already. `SPECIFICATION` is the type
    of the specifications.
    """

    SPECIFICATION: ClassVar = "ProductSpecification"

    def __init__(self, records: Records, *, strict: bool = False) -> None:
        self._records = records
        self._strict = strict
        self.loaded = frozenset(RECORD_TYPES) if strict else records.types()
        self._lacks = lru_cache(OTHER_ANSWERS)(self._look_for)
        self._nearest = lru_cache(MOST_NEAR)(self._look_near)
        self._left_near = MOST_NEAR
        self._found: set[Name] = set()
        self._match_product = lru_cache(OTHER_ANSWERS)(self._match)
        self._match_in_catalogue = lru_cache(CATALOGUE_ANSWERS)(self._match)
        self._characteristics_of = lru_cache(CATALOGUE_ANSWERS)(self._find_characteristics)
        self._offered_by = lru_cache(CATALOGUE_ANSWERS)(self._find_offered)
        self._is_part_of = lru_cache(OTHER_ANSWERS)(self._look_whether_part)
        self.ordered = OrderedByItems(lru_cache(CATALOGUE_ANSWERS)(self._look_what_is_ordered))

    def turned_into(self, kind: type[ReferenceData]) -> ReferenceData:
        """Return the same records as reference data of another class."""
        return kind(self._records, strict=self._strict)

    def look_ahead(self, names: Iterable[Name]) -> None:
        """Prepare for lookups of the names in the next orders, so that they are found faster."""
        self._records.look_ahead((each, name) for each, name in names if each in self.loaded)

    def order_validated(self) -> None:
        """Forget the items of the order that was validated."""
        self.ordered.clear()

    def lacks(self, record_type: str, name: str | None) -> bool:
        """Return whether the type is loaded and has no record of this name; False if no name is given."""
        return record_type in self.loaded and self._lacks(record_type, name)

    def lacks_any(self, names: set[Name]) -> bool:
        """Return whether `lacks` is true of any of these names; those that were found before are not looked up."""
        if names <= self._found:
            return False
        fresh = names - self._found
        if any(self.lacks(*each) for each in fresh):
            return True
        if len(self._found) + len(fresh) > OTHER_ANSWERS:
            self._found.clear()
        self._found |= fresh
        return False

    def nearest(self, record_type: str, name: str) -> str | None:
        """Return the id or external id of the type that is most similar to an unknown one; None if none is similar.

        Only the first 100 unknown names of a run are compared, because comparing is slow.
        """
        return self._nearest(record_type, name)

    def specification(self, reference: Reference, record_type: str | None = None) -> ProductSpecification | None:
        """Return the specification that a reference names, by default one of `SPECIFICATION`; None if it is unknown."""
        found = self._meant(
            record_type or self.SPECIFICATION, reference.id, reference.internal_version, reference.version
        )
        return found.record  # type: ignore[no-any-return]

    def product(self, name: str | None) -> Product | None:
        """Return the product of the inventory with this name; None if it is unknown."""
        return self._match_product("Product", name).record if "Product" in self.loaded else None

    def currency(self, code: str) -> Currency | None:
        """Return the currency with this code; None if it is unknown."""
        return self._meant("Currency", code).record  # type: ignore[no-any-return]

    def is_part_of(self, child: ProductSpecification, parent: ProductSpecification) -> bool:
        """Return whether one of the two records states that the child belongs to the parent."""
        return self._is_part_of(child.id, parent.id)

    @cached_property
    def relates_specifications(self) -> bool:
        """Return whether any specification of the catalogue has a relation HasChild or HasParent."""
        return self._records.has_relations((HAS_CHILD, HAS_PARENT))

    def _look_what_is_ordered(
        self,
        offering_id: str | None,
        offering_internal_version: str | None,
        offering_version: str | None,
        *specification_names: str | None,
    ) -> Ordered:
        offering, unmatched_offering = self._meant(
            "ProductOffering", offering_id, offering_internal_version, offering_version
        )
        specification, unmatched_specification = self._meant(self.SPECIFICATION, *specification_names)
        fits = offering is None or specification is None or self._offers(offering, specification)
        return Ordered(
            unmatched_offering,
            specification,
            unmatched_specification,
            fits,
            self._characteristics_of(specification.id) if specification else None,
            agrees=fits and not unmatched_offering and not unmatched_specification,
        )

    def _meant(
        self, record_type: str, name: str | None, internal_version: str | None = None, version: str | None = None
    ) -> _Match:
        if record_type not in self.loaded:
            return _NOTHING
        return self._match_in_catalogue(record_type, name, internal_version, version)

    def _named(self, record_type: str, name: str | None) -> Any:  # noqa: ANN401 - any record
        return self._meant(record_type, name).record

    def _look_for(self, record_type: str, name: str | None) -> bool:
        return _is_given(name) and not self._records.knows(record_type, name)

    def _look_near(self, record_type: str, name: str) -> str | None:
        if not self._left_near or len(name) > LONGEST_NEAR:
            return None
        self._left_near -= 1
        from difflib import get_close_matches  # only for unknown names

        found = get_close_matches(name, self._records.names_near(record_type, name), n=1, cutoff=LEAST_NEAR)
        return found[0] if found else None

    def _match(
        self, record_type: str, name: str | None, internal_version: str | None = None, version: str | None = None
    ) -> _Match:
        """Return the newest record with this name and these versions; one without a version matches every version."""
        if not _is_given(name):
            return _NOTHING
        try:
            fitting = [decode_record(record_type, body) for body in self._records.find(record_type, name)]
        except UNREADABLE as error:
            raise damaged(f"the record {name!r}") from error
        if not fitting:
            return _Match(None, "id")
        if internal_version:
            fitting = [each for each in fitting if each.internal_version in {None, internal_version}]
            if not fitting:
                return _Match(None, "internalVersion")
        if version:
            fitting = [each for each in fitting if each.version in {None, version}]
        return _Match(fitting[0], None) if fitting else _Match(None, "version")

    def _find_characteristics(self, specification_id: str) -> Mapping[str, AllowedValues] | None:
        specification: ProductSpecification | None = self._named(self.SPECIFICATION, specification_id)
        listed = specification.characteristics if specification else None
        return None if listed is None else {each.name: AllowedValues(each) for each in listed if each and each.name}

    def _offers(self, offering: ProductOffering, specification: ProductSpecification) -> bool:
        """Return whether the offering can be ordered with this specification.

        An offering without a specification can be ordered with any. Otherwise it can be ordered with its own, with
        the parts of that at any depth, and with those of its bundled offerings.
        """
        own = offering.product_specification
        return own is None or not own.id or identity(specification) in self._offered_by(offering.id)

    def _look_whether_part(self, child_id: str, parent_id: str) -> bool:
        child, parent = (self._named(self.SPECIFICATION, each) for each in (child_id, parent_id))
        return bool(child and parent and is_part_of(child, parent))

    def _find_offered(self, offering_id: str) -> frozenset[str]:
        """Return the specifications with which an offering can be ordered, each by its `identity`."""
        offering: ProductOffering | None = self._named("ProductOffering", offering_id)
        if offering is None:
            return frozenset()
        waiting = self._specifications_of(offering)
        found = {identity(each) for each in waiting}
        while waiting:
            for child in self._parts(waiting.pop()):
                if identity(child) not in found:
                    found.add(identity(child))
                    waiting.append(child)
        for each in bundled_ids(offering):
            found.update(map(identity, self._specifications_of(self._named("ProductOffering", each))))
        return frozenset(found)

    def _specifications_of(self, offering: ProductOffering | None) -> list[ProductSpecification]:
        own = offering.product_specification if offering else None
        found = self._named("ProductSpecification", own.id) if own else None
        return [found] if found else []

    def _parts(self, specification: ProductSpecification) -> Iterator[ProductSpecification]:
        """Yield the parts of a specification, whichever of the two records states the relation."""
        parents = self._records.relating_to(names(specification), HAS_PARENT)
        for name in (*related_ids(specification, HAS_CHILD), *parents):
            if found := self._named("ProductSpecification", name):
                yield found
