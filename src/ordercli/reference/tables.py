"""The tables of reference data, made from their row types: keys and indexes."""

from sqlalchemy import CheckConstraint, Index, PrimaryKeyConstraint, UniqueConstraint

from ordercli.database.models import table, where
from ordercli.reference.imports import ImportRow
from ordercli.reference.store import GenerationRow, RecordRow, RelationRow

ReferenceRecord = table(
    RecordRow,
    PrimaryKeyConstraint("seq"),
    UniqueConstraint("type", "id", name="record_key"),
    Index("record_external_id", "type", "external_id", **where("external_id IS NOT NULL")),
)

SpecificationRelation = table(
    RelationRow,
    PrimaryKeyConstraint("specification_id", "n"),
    Index("relation_to", "related_id"),
    sqlite_with_rowid=False,
)

ReferenceGeneration = table(GenerationRow, PrimaryKeyConstraint("id"), CheckConstraint("id = 1", name="one_generation"))

ReferenceImport = table(ImportRow, PrimaryKeyConstraint("type"))
