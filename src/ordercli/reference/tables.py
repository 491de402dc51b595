"""The tables of reference data: the records, and the relations between their specifications."""

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from ordercli.database.models import KEY, where


class ReferenceRecord(SQLModel, table=True):
    """One record of the catalogue, the inventory, the parties, channels, places or currencies.

    `type` is one of `RECORD_TYPES`; the table does not check that, so that a new type needs no migration. Several
    records of a type may have the same external id: they are versions of one thing.
    """

    __tablename__ = "reference_record"
    __table_args__ = (
        UniqueConstraint("type", "id", name="record_key"),
        Index("record_external_id", "type", "external_id", **where("external_id IS NOT NULL")),
    )

    seq: int = Field(primary_key=True, sa_type=KEY)
    type: str
    id: str
    external_id: str | None = None
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class SpecificationRelation(SQLModel, table=True):
    """One productSpecificationRelationship, `n` from 0; it names the other specification by its id or external id."""

    __tablename__ = "specification_relation"
    __table_args__ = (
        Index("relation_to", "related_id"),
        {"sqlite_with_rowid": False},
    )

    specification_id: str = Field(primary_key=True)
    n: int = Field(primary_key=True)
    related_id: str
    relationship_type: str
