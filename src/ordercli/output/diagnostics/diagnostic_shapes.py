"""What `validate`, `convert` and `quote convert` print, and the expectations that it reads."""

from typing import Annotated, TypedDict

from msgspec import UNSET, Meta, UnsetType

from ordercli.operations.results import FoundGroups, OtherGroups
from ordercli.result_types import (
    Code,
    Count,
    ExitStatus,
    MissingTypes,
    Pointer,
    Position,
    ReferenceRules,
    Result,
    SuggestionApplicability,
)
from ordercli.rulebook.rule import Severity


class Diagnostic(Result):
    """One thing that is wrong in an order, and the stretch of the file where it stands."""

    file: str
    line: Position
    column: Position
    end_line: Position
    end_column: Annotated[int, Meta(ge=1, description="the first column after it")]
    record: Annotated[int, Meta(ge=1, description="the how-manieth order of the file")]
    external_id: str | None
    pointer: Pointer
    code: Code
    name: str
    severity: Severity
    message: str
    suggestion: str | None
    applicability: SuggestionApplicability = UNSET


class Diagnostics(Result, kw_only=True):
    """What a run of validate, convert or quote convert found."""

    files: Count
    orders: Count
    errors: Count
    warnings: Count
    exit_code: ExitStatus
    reference_rules: ReferenceRules
    missing_reference_types: MissingTypes
    expected: Annotated[Count, Meta(description="findings that came as a sidecar `….expect.json` names them")]
    unreadable: Annotated[list[str], Meta(description="what is wrong with inputs that could not be read, or not whole")]
    converted: (
        Annotated[
            Count,
            Meta(description="with convert and quote convert: the orders written; `orders` counts what was read"),
        ]
        | UnsetType
    ) = UNSET
    groups: FoundGroups
    other_groups: OtherGroups
    diagnostics: list[Diagnostic]


class RuleCount(Result):
    """How often a rule was broken."""

    code: Code
    name: str
    severity: Severity
    count: Position


class ExpectedFinding(TypedDict):
    """A finding that a file must give."""

    code: Code
    pointer: Pointer


class Expectation(TypedDict):
    """The sidecar of a file that must fail: `bad.expect.json` beside `bad.json`."""

    findings: list[ExpectedFinding]
