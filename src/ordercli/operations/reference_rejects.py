"""The lines of the rejects file of an import of reference data."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ordercli.intake.record import Record
from ordercli.operations.contexts import rejected_line
from ordercli.operations.results import OrderError, errors
from ordercli.result_types import Position, Result
from ordercli.rulebook.rule import Finding


class RecordRefusal(Result, kw_only=True):
    """Where a refused record of reference data came from, and why it was refused."""

    request: Annotated[Literal["reference import"], Meta(description="the command that takes the line")]
    file: str
    line: Position
    record: Position
    errors: list[OrderError]


class RecordReject(Result):
    """A line of the rejects file of `reference import`, which reads the record in it."""

    reject: RecordRefusal = msgspec.field(name="$reject")
    order: Annotated[Any, Meta(description="the record as it came")] | UnsetType = UNSET
    raw: Annotated[str, Meta(description="its text, if it is not JSON")] | UnsetType = UNSET


class Rejects(Protocol):
    """What keeps refused records."""

    def add(self, line: bytes) -> None:
        """Keep the line of a record."""

    def write(self) -> str | None:
        """Write what was kept, before anything is loaded; return the path of the file, if there was any."""


def record_line(record: Record, findings: list[Finding]) -> bytes:
    """Return the line of a refused record."""
    refusal = RecordRefusal(
        request="reference import",
        file=record.file,
        line=record.line,
        record=record.record,
        errors=errors(record, findings),
    )
    return rejected_line(refusal, record.data)
