"""Rules that are applied when reference data is imported."""

from __future__ import annotations

from ordercli.rulebook.rule import Level, Rule

_SECTION = "ordercli, docs/cli.md, ordercli reference import"

UNKNOWN_RECORD_TYPE = Rule(
    level=Level.BODY,
    code="ORD501",
    name="unknown-record-type",
    about="""A record of reference data has no type, or one that is not known.

    `@type` tells offerings, specifications, products, parties, channels, places and currencies apart. Use a type that
    the message lists; for a subtype, give that type as its `@baseType`. `reference import --type TYPE` sets the type of
    records without `@type`. Records of other TM Forum resources (prices, categories, addresses) are skipped.
    """,
    says="{found}; @type is one of {types}",
    source=_SECTION,
)

RECORD_ID_MISSING = Rule(
    level=Level.BODY,
    code="ORD502",
    name="record-id-missing",
    about="""A record of reference data has no id.

    Orders could not refer to it, and a second import could not tell which record it replaces. Give it the id that
    orders use. The body of a request to create a record has no id, but its response has one.
    """,
    says="{type} has no id",
    source=_SECTION,
)

RECORD_TWICE = Rule(
    level=Level.BODY,
    code="ORD503",
    name="record-twice",
    about="""A record occurs twice in one import, with different content.

    It is not clear which one is right: the first one is loaded, this one is refused. Remove one of them. To replace a
    record, import the new one separately.
    """,
    says="{type} {id} stands in this import already, with other content ({file}:{first})",
    source=_SECTION,
)

UNKNOWN_REFERENCE_IN_RECORD = Rule(
    level=Level.BODY,
    code="ORD504",
    name="unknown-reference-in-record",
    about="""A record refers to another one that is neither loaded nor part of the import.

    References are checked after the whole import was read, so the order of records does not matter. Load the missing
    record too, or correct the id.
    """,
    says="{type} {id} does not exist",
    source=_SECTION,
)

CYCLIC_CHARACTERISTICS = Rule(
    level=Level.BODY,
    code="ORD505",
    name="cyclic-characteristics",
    about="""The characteristics of a specification depend on each other in a circle.

    To set one of them, another one must be set first, without end. Remove one of the relationships
    (productSpecCharRelationship). Mutual exclusion (`exclusivity`) makes no circle.
    """,
    says="Cyclic characteristics: {circle}",
    source="TMF620 v4.1.0, ProductSpecificationCharacteristicRelationship",
)
