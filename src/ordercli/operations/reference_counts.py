"""What an import of reference data did."""

from __future__ import annotations

from typing import Annotated, Self

from msgspec import UNSET, Meta, UnsetType, field
from msgspec.structs import astuple

from ordercli.operations.delete_reference import DeletedRecord
from ordercli.operations.reference_gaps import RecordsWithGap
from ordercli.operations.results import FindingGroup, OtherGroups
from ordercli.result_types import Count, ExitStatus, Result, Seconds, StoreName

_GROUPS = "records with findings of the same code and value: the 20 largest groups, errors before warnings"


class Replaced(Result):
    """What became of stored records that the input of `--replace` lacks; the first of those that stayed are listed."""

    type: str
    deleted: Count
    in_use: Annotated[Count, Meta(description="records that stayed, because something open refers to them")]
    examples: Annotated[list[DeletedRecord], Meta(description="the first of those in use, and what refers to them")]


class RecordGroup(FindingGroup):
    """Records with a finding of the same code about the same value."""

    orders: Annotated[Count, Meta(description="how many records have this finding")] = field(name="records")

    @classmethod
    def of(cls, group: FindingGroup) -> Self:
        """Return a group whose documents are records."""
        return cls(*astuple(group))


class ReferenceImport(Result):
    """The result of an import of reference data."""

    # A record that is in the input twice with equal content counts as unchanged the second time.
    read: Count = 0
    inserted: Count = 0
    updated: Count = 0
    unchanged: Count = 0
    refused: Count = 0
    skipped: Annotated[dict[str, Count], Meta(description="records that no rule uses, by type")] = field(
        default_factory=dict
    )
    limited: Annotated[list[RecordsWithGap], Meta(description="loaded records that some rules cannot use")] = field(
        default_factory=list
    )
    replaced: Annotated[Replaced, Meta(description="with --replace, unless a record was refused")] | UnsetType = UNSET
    # As the next two, left out if no record was refused.
    groups: Annotated[list[RecordGroup], Meta(description=_GROUPS)] | UnsetType = UNSET
    other_groups: OtherGroups | UnsetType = UNSET
    rejects_file: Annotated[str | None, Meta(description="the refused records; null: none was written")] | UnsetType = (
        UNSET
    )
    dry_run: Annotated[bool, Meta(description="nothing was changed")] | UnsetType = UNSET
    elapsed_seconds: Seconds = 0.0
    exit_code: ExitStatus = 0
    store: StoreName = UNSET
