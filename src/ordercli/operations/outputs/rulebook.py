"""What `rules`, `explain` and `schema` print."""

from typing import Annotated, Any, TypedDict

from msgspec import Meta

from ordercli.resources.product_order.words import Profile
from ordercli.result_types import Code, Pointer, Position
from ordercli.rulebook.rule import Severity


class Rule(TypedDict):
    """A rule in one line."""

    code: Code
    name: str
    severity: Severity
    profiles: list[Profile]
    warnsIn: Annotated[list[Profile], Meta(description="the profiles in which an error is a warning")]
    fault: str


class ExampleFinding(TypedDict):
    """What the bad example of a rule gives; line and column only where the reading of the document names them."""

    pointer: Pointer
    line: Position | None
    column: Position | None
    message: str
    suggestion: str | None


class Explanation(Rule):
    """All that a rule says of itself; an example is a document as text, or edits of a good order by pointer."""

    message: Annotated[str, Meta(description="with placeholders in braces")]
    details: Annotated[list[str], Meta(description="what further details say")]
    why: str
    bad: dict[str, Any] | str | None
    finding: ExampleFinding | None
    good: dict[str, Any] | str | None
    source: str


class SchemaLine(TypedDict):
    """A JSON Schema in one line."""

    name: str
    usedBy: str
    about: str
