"""Rules for the records of reference data themselves; `reference import` refuses what breaks one."""

from __future__ import annotations

from ordercli.rulebook.rule import Level, Rule

_SECTION = "ordercli reference data"

UNKNOWN_RECORD_TYPE = Rule(
    level=Level.BODY,
    code="ORD501",
    name="unknown-record-type",
    about="""A record of reference data does not say what it is, or says something unknown.

    `@type` tells offerings, specifications, products, parties, channels, places and currencies apart. Give one of the
    types that the message lists, for a subtype as its `@baseType`. `reference import --type TYPE` names the type of
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

    No order could point at it, and a second import could not tell what it replaces. Give it the id that orders use. The
    body of a request to create a record has no id; its answer has.
    """,
    says="{type} has no id",
    source=_SECTION,
)

RECORD_TWICE = Rule(
    level=Level.BODY,
    code="ORD503",
    name="record-twice",
    about="""A record stands twice in one import, with different content.

    Which of them holds cannot be told: the first one is loaded, this one refused. Take one of them out; an import of
    its own replaces the record.
    """,
    says="{type} {id} stands in this import already, with other content ({file}:{first})",
    source=_SECTION,
)

UNKNOWN_REFERENCE_IN_RECORD = Rule(
    level=Level.BODY,
    code="ORD504",
    name="unknown-reference-in-record",
    about="""A record points at another one that is neither loaded nor part of the import.

    An offering, a specification or a product would lead nowhere. The references are checked when the import has been
    read to its end, so the order of records does not matter. Load what is missing too, or correct the id.
    """,
    says="{type} {id} does not exist",
    source=_SECTION,
)

CYCLIC_CHARACTERISTICS = Rule(
    level=Level.BODY,
    code="ORD505",
    name="cyclic-characteristics",
    about="""The characteristics of a specification depend on each other in a circle.

    Whoever sets one would have to set another first, without end. Take one of the relations out
    (productSpecCharRelationship); mutual exclusion (`exclusivity`) is no circle.
    """,
    says="Cyclic characteristics: {circle}",
    source="TMF620 v4, ProductSpecificationCharacteristicRelationship",
)
